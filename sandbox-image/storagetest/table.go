// Package storagetest reads tables of tests about storage, in which rules stand as in a policy.
package storagetest

import (
	"regexp"
	"strings"

	"cofferdam.dev/sandbox-image/workspace"
)

var rule = regexp.MustCompile(`uri: "fs://([^"]*)"(?:, access: \[([^\]]*)\])?`)

// Rules reads permissions.storage of a policy, written in one style only: {allow: [{uri: "…", access: […]}], deny: […]}.
func Rules(yaml string) (workspace.Rules, error) {
	allow, deny, _ := strings.Cut(yaml, "deny:")
	allowed, err := rules(allow)
	if err != nil {
		return workspace.Rules{}, err
	}
	denied, err := rules(deny)
	return workspace.Rules{Allow: allowed, Deny: denied}, err
}

func rules(text string) ([]workspace.Rule, error) {
	var rules []workspace.Rule
	for _, found := range rule.FindAllStringSubmatch(text, -1) {
		path := found[1]
		if !strings.HasPrefix(path, "/") {
			path = workspace.Root + "/" + path
		}
		for strings.Contains(path, "**/**") {
			path = strings.ReplaceAll(path, "**/**", "**")
		}
		if path == "/**" && found[2] == "" {
			continue // a compiler takes it out: it only says again what holds
		}
		pattern, err := workspace.ParsePattern("fs://" + strings.TrimSuffix(path, "/"))
		if err != nil {
			return nil, err
		}
		rule := workspace.Rule{Pattern: pattern}
		if found[2] == "" || strings.Contains(found[2], "read") {
			rule.Access |= workspace.Read
		}
		if found[2] == "" || strings.Contains(found[2], "write") {
			rule.Access |= workspace.Write
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// Section is one part of a table: a policy, and what is tried under it.
type Section struct {
	Title, YAML string
	Files       []string
	Rows        [][]string // their cells
}

// Sections reads a table's text.
func Sections(text string) []Section {
	var sections []Section
	for _, part := range strings.Split(text, "\n## ")[1:] {
		title, rest, _ := strings.Cut(part, "\n")
		_, rest, _ = strings.Cut(rest, "```yaml\n")
		yaml, rest, _ := strings.Cut(rest, "```\n")
		section := Section{Title: title, YAML: yaml}
		head := true
		for _, line := range strings.Split(rest, "\n") {
			if files, ok := strings.CutPrefix(line, "Files: "); ok {
				section.Files = strings.Split(files, ", ")
			}
			if !strings.HasPrefix(line, "| ") {
				continue
			}
			if head {
				head = false
				continue
			}
			var cells []string
			for _, cell := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), "|"), " |") {
				cells = append(cells, strings.TrimSpace(cell))
			}
			section.Rows = append(section.Rows, cells)
		}
		sections = append(sections, section)
	}
	return sections
}
