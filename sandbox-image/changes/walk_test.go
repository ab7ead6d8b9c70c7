package changes_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/storagetest"
)

const everything = `{allow: [{uri: "fs:///workspace/**", access: [read, write]}]}`

// tree writes files; a path that ends in a slash is a directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func find(t *testing.T, storage, before, now string, drops ...changes.Drop) changes.Set {
	t.Helper()
	rules, err := storagetest.Rules(storage)
	if err != nil {
		t.Fatal(err)
	}
	return changes.Find(rules, opened(t, before), opened(t, now), nil, drops, 1<<20)
}

func opened(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// told is a set in one line for each item and violation.
func told(set changes.Set) []string {
	var lines []string
	for _, item := range set.Items {
		line := string(item.Change) + " " + item.Path
		if item.Change != changes.Deleted {
			line += fmt.Sprintf(" %s %04o %d", item.Kind, item.Mode, item.Size)
		}
		lines = append(lines, line)
	}
	for _, violation := range set.Violations {
		lines = append(lines, string(violation.Reason)+" "+violation.Path)
	}
	return lines
}

func expect(t *testing.T, set changes.Set, want ...string) {
	t.Helper()
	if got := told(set); !slices.Equal(got, want) || !set.Complete {
		t.Errorf("got %v, complete %v:\n%s\nwant\n%s", got, set.Complete, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatIsNotAsItWas(t *testing.T) {
	before := tree(t, map[string]string{"same": "1", "content": "1", "mode": "1", "gone": "1", "d/gone": "1", "d/deep/same": "1", "file": "1", "dir/a": "1", "size": "1"})
	now := tree(t, map[string]string{"same": "1", "content": "2", "mode": "1", "new": "1", "d/deep/same": "1", "d/new": "1", "file/below": "1", "dir": "1", "size": "11", "empty/": ""})
	if err := os.Chmod(filepath.Join(now, "mode"), 0o755); err != nil {
		t.Fatal(err)
	}
	expect(t, find(t, everything, before, now),
		"Modified content File 0644 1", "Deleted d/gone", "Added d/new File 0644 1", "Added dir File 0644 1", "Deleted dir/a", "Deleted file",
		"Added file/below File 0644 1", "Deleted gone", "Modified mode File 0755 1", "Added new File 0644 1", "Modified size File 0644 2")
}

func TestNothingIsFollowedAndWhatIsNoFileIsNoChange(t *testing.T) {
	before := tree(t, map[string]string{"a": "1", "pipe": "1"})
	now := tree(t, map[string]string{"suid": "1", "one": "1"})
	for _, err := range []error{
		os.Symlink("/etc/passwd", filepath.Join(now, "a")), os.Symlink("/etc", filepath.Join(now, "dir")), os.Symlink("missing", filepath.Join(now, "dangling")),
		unix.Mkfifo(filepath.Join(now, "pipe"), 0o644), unix.Chmod(filepath.Join(now, "suid"), 0o4755), os.Link(filepath.Join(now, "one"), filepath.Join(now, "other")),
		os.WriteFile(filepath.Join(now, "odd\nname"), nil, 0o644), os.WriteFile(filepath.Join(now, "\xff"), nil, 0o644),
		os.WriteFile(filepath.Join(now, "closed"), []byte("1"), 0), os.Mkdir(filepath.Join(now, "shut"), 0o755),
		os.WriteFile(filepath.Join(now, "shut", "in"), []byte("1"), 0o644), os.Chmod(filepath.Join(now, "shut"), 0),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	expect(t, find(t, everything, before, now),
		"Modified a Symlink 0777 11", "Added closed File 0000 1", "Added dangling Symlink 0777 7", "Added dir Symlink 0777 4", "Added one File 0644 1",
		"Added other File 0644 1", "Added shut/in File 0644 1", `NameInvalid odd\nname`, "NotAFile pipe", "SetID suid", `NameInvalid \xff`)
}

func TestWhatTheRulesDoNotLetBeWrittenIsAViolation(t *testing.T) {
	before := tree(t, map[string]string{"a": "1", "lib/.git/config": "1"})
	now := tree(t, map[string]string{"a": "1", "b.key": "1", "lib/.git/hook": "1", "lib/c": "1"})
	set := find(t, `{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs://**/*.key"}, {uri: "fs://**/.git", access: [write]}]}`, before, now)
	expect(t, set, "Added lib/c File 0644 1", "NotGranted b.key", "NotGranted lib/.git/config", "NotGranted lib/.git/hook")
	if set.ViolationsTotal != 3 {
		t.Errorf("%d violations", set.ViolationsTotal)
	}
}

func TestWhatIsDroppedIsNew(t *testing.T) {
	before := tree(t, map[string]string{"in/old": "1", "in/kept": "1", "a": "1"})
	dropped := tree(t, map[string]string{"old": "2", "new": "1", "point": "", "d/x": "1"})
	set := find(t, `{allow: [{uri: "fs:///workspace/**", access: [write]}]}`, before, before,
		changes.Drop{Path: "in", Directory: opened(t, dropped), Except: []string{"point"}})
	expect(t, set, "Added in/d/x File 0644 1", "Added in/new File 0644 1", "Modified in/old File 0644 1")
}

func TestTheDigestIsOfAllAndOfNothingElse(t *testing.T) {
	before := tree(t, nil)
	digest := func(files map[string]string) string { return find(t, everything, before, tree(t, files)).Digest }
	one := digest(map[string]string{"a": "1", "b": "2"})
	if one != digest(map[string]string{"b": "2", "a": "1", "empty/": ""}) {
		t.Error("the same changes have two digests")
	}
	for _, other := range []map[string]string{{"a": "1"}, {"a": "1", "b": "3"}, {"a": "1", "c": "2"}, {"a": "1", "b/b": "2"}, {}} {
		if one == digest(other) {
			t.Errorf("%v has the same digest", other)
		}
	}
}

func TestTooMuchIsSaid(t *testing.T) {
	before, now := tree(t, nil), tree(t, map[string]string{"a": "1"})
	if err := os.Truncate(filepath.Join(now, "a"), 1<<40); err != nil { // sparse
		t.Fatal(err)
	}
	if set := find(t, everything, before, now); set.Complete || set.Digest != "" {
		t.Errorf("%+v", set)
	}
	if err := os.Remove(filepath.Join(now, "a")); err != nil {
		t.Fatal(err)
	}
	for i := range changes.MaxItems + 10 {
		if err := os.WriteFile(filepath.Join(now, fmt.Sprint(i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if set := find(t, everything, before, now); set.Complete {
		t.Errorf("%d items", len(set.Items))
	}
	deep := now
	for range 70 {
		deep = filepath.Join(deep, "d")
	}
	if err := os.RemoveAll(now); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if set := find(t, everything, before, now); set.Complete {
		t.Error("a deep directory was walked to its end")
	}
}

func TestALongSetIsCutAndItsCountsAreNot(t *testing.T) {
	files := map[string]string{}
	for i := range 500 {
		files[fmt.Sprintf("file-%03d-<>", i)] = "1"
	}
	set := find(t, everything, tree(t, nil), tree(t, files))
	cut := set.Within(36<<10, 8<<10)
	if len(cut.Items) == 0 || len(cut.Items) >= 500 || cut.Added != 500 || cut.Digest != set.Digest {
		t.Errorf("%d items, %d added, %s", len(cut.Items), cut.Added, cut.Digest)
	}
}

// It is hidden from the tool, which has neither seen nor removed what is in it. What a tool makes under its name is its own doing.
func TestNothingIsToldOfWhatCommittersKeep(t *testing.T) {
	before := tree(t, map[string]string{"a": "a", ".cofferdam-commit/run/of-another": "x", "below/.cofferdam-commit/left": "x"})
	expect(t, find(t, everything, before, tree(t, map[string]string{"a": "a", "below/": ""})), "NotGranted below/.cofferdam-commit/left")
	expect(t, find(t, everything, before, tree(t, map[string]string{"a": "a", "below/": "", ".cofferdam-commit/run/of-another": "x"})),
		"NotGranted .cofferdam-commit/run/of-another", "NotGranted below/.cofferdam-commit/left")
}
