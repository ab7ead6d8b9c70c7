package commit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/workspace"
)

// Its pod is gone before anybody has read its last word: the next one of the run says the same, whatever has become of the volume, and touches nothing.
func TestADecisionWhoseWordIsLostIsNotTakenAgain(t *testing.T) {
	for name, after := range map[string]string{
		"nothing":           "true",
		"edited":            "echo theirs > a",
		"as it was before":  "printf 'old a' > a; printf 'old b' > b; rm new",
		"all of it is gone": "rm -r a new",
	} {
		t.Run(name, func(t *testing.T) {
			root := volume(t, "a", "b")
			order, text, _ := set(t, root, "echo x > a; rm b; echo y > new")
			expect(t, committer(order, root, text), Committed)
			do(t, root, after)
			before := snapshot(t, root)
			expect(t, committer(order, root, text), Committed)
			same(t, "again", snapshot(t, root), before)
			other := order
			other.Digest = "sha256:" + strings.Repeat("0", 64)
			expect(t, committer(other, root, text), ContentsInvalid)
			same(t, "another set", snapshot(t, root), before)
		})
	}
}

// What was turned back stays turned back, though it could be applied by now: it has been said, or may have been.
func TestAConflictWhoseWordIsLostStaysOne(t *testing.T) {
	root := volume(t, "a", "b")
	order, text, _ := set(t, root, "echo x > a; echo y > new")
	task := inChild(t, order, root, text)
	task.KillAt = 2 // past the commit point, and before what is new is in its place
	if task.command().Run() == nil {
		t.Fatal("it was not killed")
	}
	write(t, root, "new", "theirs")
	expect(t, committer(order, root, text), Conflict, "new")
	do(t, root, "rm new")
	before := snapshot(t, root)
	expect(t, committer(order, root, text), Conflict, "new")
	same(t, "again", snapshot(t, root), before)
}

// A decision is kept as long as somebody may ask; what a killed committer left beside it is not.
func TestADecisionIsKeptNoLongerThanAnybodyAsks(t *testing.T) {
	root := volume(t, "a", "b", "c")
	kept := func() (kept []string) {
		for _, run := range []string{"first", "second", "third"} {
			if _, err := os.Lstat(filepath.Join(root, workspace.CommitDirectory, run)); err == nil {
				kept = append(kept, run)
			}
		}
		return kept
	}
	next := func(run, script, want string) {
		t.Helper()
		order, text, _ := set(t, root, "rm -rf .cofferdam-commit; "+script)
		order.Run = run
		expect(t, committer(order, root, text), Committed)
		if got := strings.Join(kept(), " "); got != want {
			t.Errorf("after the %s: %s are kept, want %s", run, got, want)
		}
	}
	next("first", "echo x > a", "first")
	old := time.Now().Add(-47 * time.Hour)
	if err := os.Chtimes(filepath.Join(root, workspace.CommitDirectory, "first", stateFile), old, old); err != nil {
		t.Fatal(err)
	}
	write(t, root, workspace.CommitDirectory+"/first/new/0", "left")
	next("second", "echo y > b", "first second")
	if !onlyDecisions(t, root) {
		t.Error("what was left stays")
	}
	old = time.Now().Add(-49 * time.Hour)
	if err := os.Chtimes(filepath.Join(root, workspace.CommitDirectory, "first", stateFile), old, old); err != nil {
		t.Fatal(err)
	}
	next("third", "echo z > c", "second third")
}
