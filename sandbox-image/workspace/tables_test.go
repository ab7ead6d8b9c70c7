package workspace_test

import (
	"os"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/storagetest"
	"cofferdam.dev/sandbox-image/workspace"
)

// The engine that decides in the operator and this one answer the same: both read this file.
const tables = "../../operator/policy/src/test/resources/tables/storage.md"

func TestTheRulesAnswerAsTheOperatorsDo(t *testing.T) {
	text, err := os.ReadFile(tables)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, section := range storagetest.Sections(string(text)) {
		rules, err := storagetest.Rules(section.YAML)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range section.Rows {
			if row[3] == "PathInvalid" {
				continue
			}
			rows++
			access := map[string]workspace.Access{"read": workspace.Read, "write": workspace.Write}[row[1]]
			path := strings.Split(strings.TrimPrefix(row[0], "/"), "/")
			if path[0] == "" {
				path = nil
			}
			if got := workspace.MayFromTheRoot(rules, path, access); got != (row[2] == "Allowed") {
				t.Errorf("%s: %v: %v", section.Title, row, got)
			}
		}
	}
	if rows < 50 {
		t.Errorf("only %d rows were read", rows)
	}
}
