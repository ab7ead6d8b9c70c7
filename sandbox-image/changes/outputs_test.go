package changes_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/storagetest"
)

func TestOutputsAreFilesThatMayBeReadAndWritten(t *testing.T) {
	root := tree(t, map[string]string{
		"a": "text", "d/b": "deep", "key": "secret", "only/read": "x", "large": strings.Repeat("x", changes.MaxOutputBytes-7), "fits": strings.Repeat("y", changes.MaxOutputBytes-8),
		"empty": "", "closed": "closed",
	})
	if err := errors.Join(
		os.Symlink("/etc/passwd", filepath.Join(root, "soft")), os.Symlink("d", filepath.Join(root, "way")), unix.Mkfifo(filepath.Join(root, "pipe"), 0o644),
		os.Chmod(filepath.Join(root, "closed"), 0),
	); err != nil {
		t.Fatal(err)
	}
	rules, err := storagetest.Rules(`{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/key"}, {uri: "fs:///workspace/only", access: [write]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range []struct{ path, want string }{
		{"a", `Present "text"`}, {"d/b", `Present "deep"`}, {"empty", `Present ""`}, {"none", `Missing ""`}, {"d/none", `Missing ""`}, {"none/b", `Missing ""`},
		{"a/b", `NotAFile ""`}, {"d", `NotAFile ""`}, {"soft", `NotAFile ""`}, {"way/b", `NotAFile ""`}, {"pipe", `NotAFile ""`},
		{"key", `Unknown ""`}, {"only/read", `Unknown ""`}, {"../a", `Unknown ""`}, {"closed", `Present "closed"`},
	} {
		got := changes.Outputs(rules, opened(t, root), []string{each.path})
		if told := fmt.Sprintf("%s %q", got[0].State, got[0].Content); len(got) != 1 || told != each.want {
			t.Errorf("%s: %s, want %s", each.path, told, each.want)
		}
	}
	got := changes.Outputs(rules, opened(t, root), []string{"a", "d/b", "large", "fits", "a"})
	if got[2].State != changes.TooLarge || got[3].State != changes.Present || got[4].State != changes.TooLarge {
		t.Errorf("%s %s %s", got[2].State, got[3].State, got[4].State)
	}
}
