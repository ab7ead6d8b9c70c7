package commit

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/workspace"
)

// What a tool does; the volume has a, b, dir/x, dir/deep/y, file, mode, link and kept/one.
var tools = map[string]string{
	"nothing":                "true",
	"+1 ~1 -1":               "echo new > new; echo more >> a; rm b",
	"deep":                   "mkdir -p n/e/w; echo x > n/e/w/f; echo y > dir/deep/z",
	"modes":                  "chmod 755 mode; chmod 0400 a; echo x > closed; chmod 0 closed",
	"links":                  "ln -s ../../etc/passwd out; ln -sfn elsewhere link; rm a; ln -s b a",
	"a link becomes a file":  "rm link; echo file > link",
	"odd names":              `echo x > 'ünïcode 🙂 "q"'; echo y > -- '-rf'; echo z > 'trailing. '; echo w > new/../.hidden 2>/dev/null || echo w > .hidden`,
	"a directory goes":       "rm -r dir",
	"a directory is renamed": "mv dir moved",
	"a directory for a file": "rm file; mkdir file; echo x > file/below; mkdir file/deep; echo y > file/deep/er",
	"a file for a directory": "rm -r dir; echo x > dir",
	"two change places":      "mv a t; mv b a; mv t b",
	"one content often":      "for i in $(seq 50); do echo same > s$i; done; ln -s same to-same; cp to-same x 2>/dev/null || true",
	"emptied, but kept":      "rm kept/one",
	"large":                  "head -c 3000000 /dev/urandom > large; truncate -s 2000000 sparse",
}

func example(t testing.TB) string {
	root := volume(t, "a", "b", "dir/x", "dir/deep/y", "file", "mode", "kept/one", "untouched/z")
	if err := os.Symlink("a", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestACommitIsExactlyWhatTheToolDid(t *testing.T) {
	for name, script := range tools {
		t.Run(name, func(t *testing.T) {
			root := example(t)
			order, text, now := set(t, root, script)
			expect(t, committer(order, root, text), Committed)
			want := snapshot(t, now)
			same(t, "committed", snapshot(t, root), want)
			expect(t, committer(order, root, text), Committed)
			same(t, "again", snapshot(t, root), want)
		})
	}
}

func TestACommitStaysInItsSubPath(t *testing.T) {
	root := volume(t, "in/it/a", "in/b", "c")
	order, text, now := set(t, filepath.Join(root, "in/it"), "echo x > a; echo y > b")
	order.SubPath = "in/it"
	expect(t, committer(order, root, text), Committed)
	same(t, "committed", snapshot(t, filepath.Join(root, "in/it")), snapshot(t, now))
	got := snapshot(t, root)
	maps.DeleteFunc(got, func(path, _ string) bool { return strings.HasPrefix(path, "in/it/"+workspace.CommitDirectory) })
	if !strings.Contains(got["in/b"], "old in/b") || len(got) != 6 {
		t.Errorf("%v", got)
	}
	order.SubPath = "in/none"
	expect(t, committer(order, root, text), Conflict, "/in/none")
	if err := os.Symlink("it", filepath.Join(root, "in/link")); err != nil {
		t.Fatal(err)
	}
	order.SubPath = "in/link"
	expect(t, committer(order, root, text), Conflict, "/in/link")
}

// Whoever has another name of a file that was changed keeps what it was.
func TestAHardLinkIsNotWrittenThrough(t *testing.T) {
	root := volume(t, "a")
	if err := os.Link(filepath.Join(root, "a"), filepath.Join(root, "other")); err != nil {
		t.Fatal(err)
	}
	order, text, _ := set(t, root, "rm a; echo new > a")
	expect(t, committer(order, root, text), Committed)
	if content, err := os.ReadFile(filepath.Join(root, "other")); err != nil || string(content) != "old a" {
		t.Errorf("%q %v", content, err)
	}
}

func TestWhatIsNotAsTheRunSawItIsAConflict(t *testing.T) {
	const script = "echo more >> a; rm b; echo new > new; mkdir d; echo x > d/e; rm -r dir; echo y > dir"
	outside := volume(t, "e")
	for name, each := range map[string]struct{ script, paths string }{
		"edited":                         {"echo theirs > a", "a"},
		"edited alike in size":           {"printf 'Old a' > a", "a"},
		"another mode":                   {"chmod 600 a", "a"},
		"gone":                           {"rm a", "a"},
		"a link to the same":             {"mv a t; ln -s t a", "a"},
		"a directory":                    {"rm a; mkdir a", "a"},
		"a fifo":                         {"rm a; mkfifo a", "a"},
		"the deleted is edited":          {"echo theirs > b", "b"},
		"the deleted is gone":            {"rm b", "b"},
		"the new is there":               {"echo theirs > new", "new"},
		"its directory is there":         {"mkdir new", "new"},
		"a link is there":                {"ln -s nowhere new", "new"},
		"a file for the directory":       {"echo theirs > d", "d/e"},
		"a link for the directory":       {"ln -s " + outside + " d", "d/e"},
		"a link for an old directory":    {"mv dir t; ln -s t dir", "dir|dir/deep/y|dir/x"},
		"more in the directory to go":    {"echo theirs > dir/theirs", "dir"},
		"several":                        {"echo x > a; rm b", "a|b"},
		"the directory is there already": {"mkdir d", ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := example(t)
			order, text, _ := set(t, root, script)
			do(t, root, each.script)
			before := snapshot(t, root)
			if each.paths == "" {
				expect(t, committer(order, root, text), Committed)
				return
			}
			expect(t, committer(order, root, text), Conflict, strings.Split(each.paths, "|")...)
			same(t, "refused", snapshot(t, root), before)
		})
	}
	if got := snapshot(t, outside); len(got) != 1 {
		t.Errorf("outside: %v", got)
	}
}

func TestWhatWasEditedWhileTheRunWasOnIsAConflict(t *testing.T) {
	root := volume(t, "a", "b")
	now := filepath.Join(t.TempDir(), "now")
	do(t, root, "cp -a . "+now+"; echo x > "+now+"/a; echo y > "+now+"/c")
	order, text := traced(t, root, now, time.Unix(1, 0))
	before := snapshot(t, root)
	expect(t, committer(order, root, text), Conflict, "a")
	same(t, "refused", snapshot(t, root), before)
}

// Somebody else edits what is not applied yet, at each step of the application: it is not overwritten, and everything else is as it was.
func TestAnEditDuringTheApplicationIsNotLost(t *testing.T) {
	const script = "for i in 1 2; do echo more >> m$i; rm d$i; echo new > n$i; done; rm -r gone; mkdir -p p/q; echo x > p/q/r"
	for name, edit := range map[string]string{
		"written in place": "echo theirs >> m2", "replaced": "echo theirs > t; mv t m2", "removed": "rm m2", "made": "echo theirs > n2", "a directory": "rm m2; mkdir m2; echo theirs > m2/in",
		"the deleted": "[ ! -e d2 ] || echo theirs > d2", "a link": "ln -sf m1 m2", "made in its way": "echo theirs > p",
	} {
		t.Run(name, func(t *testing.T) {
			outcomes := map[Outcome]int{}
			for at := 1; ; at++ {
				root := volume(t, "m1", "m2", "d1", "d2", "gone/x", "other")
				order, text, now := set(t, root, script)
				before, edited := snapshot(t, root), map[string]string(nil)
				c := committer(order, root, text)
				steps := 0
				c.step = func() {
					if steps++; steps == at {
						copied := filepath.Join(t.TempDir(), "copy")
						do(t, root, "cp -a . "+copied+"; rm -rf "+copied+"/.cofferdam-commit")
						untouched := snapshot(t, copied)
						do(t, root, strings.ReplaceAll(edit, "echo theirs > p", "[ -e p ] || echo theirs > p"))
						edited = map[string]string{}
						for path, text := range snapshot(t, root) {
							if untouched[path] != text && !strings.HasPrefix(path, workspace.CommitDirectory) {
								edited[path] = text
							}
						}
						for path := range untouched {
							if _, err := os.Lstat(filepath.Join(root, path)); err != nil {
								edited[path] = "" // removed
							}
						}
					}
				}
				decision, err := c.Commit(context.Background())
				if err != nil {
					t.Fatalf("at step %d: %v", at, err)
				}
				if edited == nil {
					break
				}
				outcomes[decision.Outcome]++
				want := before
				if decision.Outcome == Committed {
					want = snapshot(t, now)
				}
				for path, text := range edited {
					if want[path] = text; text == "" {
						delete(want, path)
					}
				}
				if !same(t, fmt.Sprintf("edited at step %d, %s", at, decision.Outcome), snapshot(t, root), want) {
					return
				}
			}
			t.Log(outcomes)
		})
	}
}

// Who has a file open writes to it wherever it is.
func TestAWriteToAnOpenFileIsNotLost(t *testing.T) {
	root := volume(t, "m1", "m2")
	order, text, _ := set(t, root, "echo x >> m1; echo y >> m2")
	open, err := os.OpenFile(filepath.Join(root, "m1"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	c := committer(order, root, text)
	steps := 0
	c.step = func() {
		if steps++; steps == 3 { // m1 has been exchanged, and m2 just now
			fmt.Fprint(open, ", and theirs")
		}
	}
	expect(t, c, Conflict, "m1")
	got := snapshot(t, root)
	if !strings.Contains(got["m1"], "old m1, and theirs") || !strings.Contains(got["m2"], "old m2") || len(got) != 2 {
		t.Errorf("%v", got)
	}
}
