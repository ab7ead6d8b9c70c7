package commit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/workspace"
)

// attacked commits beside somebody who attacks again and again, from the commit point on.
func attacked(t *testing.T, c *Committer, attack func()) Outcome {
	t.Helper()
	over := make(chan struct{})
	var attacker sync.WaitGroup
	begin := sync.OnceFunc(func() {
		attacker.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					attack()
				}
			}
		})
	})
	c.step = begin
	decision, err := c.Commit(context.Background())
	if err != nil {
		t.Error(err)
	}
	close(over)
	attacker.Wait()
	return decision.Outcome
}

// Somebody who may write the volume swaps a directory of the set for a link to the outside, all the time.
func TestALinkInTheWayLeadsNowhere(t *testing.T) {
	outcomes := map[Outcome]int{}
	for range 15 {
		root, outside := volume(t), volume(t, "f0", "f1", "n0", "keep")
		for i := range 60 {
			write(t, root, fmt.Sprintf("d/f%d", i), "old")
		}
		order, text, _ := set(t, root, "for i in $(seq 0 59); do echo new > d/f$i; echo new > d/n$i; done; rm d/f7; echo x > d/o/p 2>/dev/null || { mkdir d/o; echo x > d/o/p; }")
		before := snapshot(t, outside)
		if err := os.Symlink(outside, filepath.Join(root, "link")); err != nil {
			t.Fatal(err)
		}
		swap := func() {
			unix.Renameat2(unix.AT_FDCWD, filepath.Join(root, "d"), unix.AT_FDCWD, filepath.Join(root, "link"), unix.RENAME_EXCHANGE)
		}
		outcomes[attacked(t, committer(order, root, text), swap)]++
		same(t, "outside", snapshot(t, outside), before)
		real := "d"
		if _, err := os.Readlink(filepath.Join(root, "d")); err == nil {
			real = "link"
		}
		for i := range 60 { // whatever became of it, no file is in pieces
			content, err := os.ReadFile(filepath.Join(root, real, fmt.Sprintf("f%d", i)))
			if i != 7 && (err != nil || string(content) != "old" && string(content) != "new\n") {
				t.Errorf("f%d: %q %v", i, content, err)
			}
		}
	}
	t.Log(outcomes)
}

// Somebody moves a directory of the set out of the sub-path and back: what is written to it while it is outside is taken back.
func TestWhatIsMovedOutOfTheSubPathIsLeftAlone(t *testing.T) {
	outcomes := map[Outcome]int{}
	for range 15 {
		volume := volume(t, "keep")
		root := filepath.Join(volume, "sub")
		for i := range 60 {
			write(t, root, fmt.Sprintf("d/f%d", i), "old")
		}
		order, text, _ := set(t, root, "for i in $(seq 0 59); do echo new > d/f$i; done")
		order.SubPath = "sub"
		away := func() {
			os.Rename(filepath.Join(root, "d"), filepath.Join(volume, "d"))
			os.Rename(filepath.Join(volume, "d"), filepath.Join(root, "d"))
		}
		outcomes[attacked(t, committer(order, volume, text), away)]++
		all := snapshot(t, volume)
		for path := range all {
			if !strings.HasPrefix(path, "sub") && path != "keep" {
				t.Errorf("%s is outside", path)
			}
		}
	}
	t.Log(outcomes)
}

// A set whose path is the committers' own would be the next one's journal.
func TestNoSetHasWhatACommitterBelieves(t *testing.T) {
	root := volume(t, "a")
	for _, path := range []string{workspace.CommitDirectory + "/01234567/state", "sub/" + workspace.CommitDirectory + "/x", ".cofferdam-else"} {
		now := filepath.Join(t.TempDir(), "now")
		do(t, root, "cp -a . "+now)
		write(t, now, path, "forged")
		forged := bundle.Manifest{Items: []changes.Traced{itemOf("forged", path)}}
		order, text := ordered(t, rules(t, everything), forged, reader("forged"))
		before := snapshot(t, root)
		expect(t, committer(order, root, text), ContentsInvalid)
		same(t, path, snapshot(t, root), before)
		if told, _ := traced(t, root, now, longAgo); told.Digest != changes.Digest(nil) {
			t.Errorf("a supervisor tells of %s", path)
		}
	}
}

func TestAnAreaThatOthersCouldHaveMadeIsNotUsed(t *testing.T) {
	outside := volume(t, "keep")
	for name, script := range map[string]string{
		"a link":          "ln -s " + outside + " .cofferdam-commit",
		"a file":          "echo x > .cofferdam-commit",
		"open to all":     "mkdir .cofferdam-commit; chmod 777 .cofferdam-commit",
		"somebody's":      "mkdir -m 700 .cofferdam-commit; chown 1234 .cofferdam-commit",
		"its lock a link": "mkdir -m 700 .cofferdam-commit; ln -s " + outside + "/lock .cofferdam-commit/lock",
	} {
		t.Run(name, func(t *testing.T) {
			root := volume(t, "a")
			order, text, _ := set(t, root, "echo x > a; echo y > b")
			do(t, root, script)
			before := snapshot(t, root)
			decision, err := committer(order, root, text).Commit(context.Background())
			if err != nil || decision.Outcome == Committed {
				t.Errorf("%+v %v", decision, err)
			}
			same(t, "refused", snapshot(t, root), before)
		})
	}
	if got := snapshot(t, outside); len(got) != 1 {
		t.Errorf("outside: %v", got)
	}
}

// A journal of somebody else's making grants nothing: what it says is held to what was approved.
func TestAForgedJournalAppliesNothing(t *testing.T) {
	root := volume(t, "a", "b")
	order, text, _ := set(t, root, "echo x > a")
	other, otherText, _ := set(t, root, "echo evil > b")
	task := inChild(t, other, root, otherText)
	task.KillAt = 2
	if task.command().Run() == nil {
		t.Fatal("it was not killed")
	}
	do(t, root, "mv .cofferdam-commit/"+other.Run+" .cofferdam-commit/0; mv .cofferdam-commit/0 .cofferdam-commit/"+order.Run)
	before := snapshot(t, root)
	if decision, err := committer(order, root, text).Commit(context.Background()); err == nil {
		t.Errorf("%+v", decision)
	}
	same(t, "refused", snapshot(t, root), before)
}

// A status lists the first of many changes. Whoever approved its digest has seen these, and the counts: a digest beside them that is of another set grants nothing.
func TestWhatWasShownIsOfTheSetThatIsApplied(t *testing.T) {
	root := volume(t, "a", "b", "c")
	order, text, _ := set(t, root, "echo x > a; rm b; echo y > c; echo new > d; echo new > e")
	before := snapshot(t, root)
	none := order
	none.Shown.Items, none.Shown.Digest = 0, changes.Digest(nil)
	first := order
	first.Shown.Items = 1
	first.Shown.Digest = changes.Digest([]changes.Item{{Path: "a", Change: changes.Modified, Kind: changes.File, Mode: 0o644, Size: 2, SHA256: hashOf("x\n")}})
	for name, change := range map[string]func(*Shown){
		"another first item": func(s *Shown) {
			s.Digest = changes.Digest([]changes.Item{{Path: "a", Change: changes.Modified, Kind: changes.File, Mode: 0o644, Size: 2, SHA256: hashOf("z\n")}})
		},
		"an item less":       func(s *Shown) { s.Items-- },
		"an item more":       func(s *Shown) { s.Items++ },
		"more than there is": func(s *Shown) { s.Items = 6 },
		"added":              func(s *Shown) { s.Added++ },
		"modified":           func(s *Shown) { s.Modified-- },
		"deleted":            func(s *Shown) { s.Deleted = 0 },
	} {
		other := first
		change(&other.Shown)
		expect(t, committer(other, root, text), ContentsInvalid)
		same(t, name, snapshot(t, root), before)
	}
	for _, honest := range []Order{none, first, order} {
		place := filepath.Join(t.TempDir(), "volume")
		do(t, root, "cp -a . "+place)
		expect(t, committer(honest, place, text), Committed)
	}
}

func TestWhatWasNotApprovedIsNotApplied(t *testing.T) {
	root := volume(t, "a", "secret/key")
	order, text, _ := set(t, root, "echo x > a; echo y > secret/key")
	before := snapshot(t, root)
	other := order
	other.Digest = changes.Digest(nil)
	expect(t, committer(other, root, text), ContentsInvalid)
	narrow := order
	narrow.Rules = rules(t, `{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/secret"}]}`)
	expect(t, committer(narrow, root, text), NotWritable, "secret/key")
	none := order
	none.Rules = workspace.Rules{}
	expect(t, committer(none, root, text), NotWritable, "a")
	for name, cut := range map[string]one{"cut": text[:len(text)-512], "longer": append(append(one{}, text...), 0), "changed": flipped(text, len(text)-1500), "empty": {}} {
		if decision, err := committer(order, root, cut).Commit(context.Background()); err == nil {
			t.Errorf("%s: %+v", name, decision)
		}
		same(t, name, snapshot(t, root), before)
	}
	same(t, "refused", snapshot(t, root), before)
}

func flipped(text one, at int) one {
	changed := append(one{}, text...)
	changed[at] ^= 1
	return changed
}

// A committer that waits for another one goes on when that is done; two sets that have nothing in common are both applied.
func TestCommitsOfOneVolumeComeOneAfterTheOther(t *testing.T) {
	root := volume(t)
	for i := range 40 {
		write(t, root, fmt.Sprintf("f%d", i), "old")
	}
	var all sync.WaitGroup
	var commits []func()
	for n := range 4 {
		order, text, _ := set(t, root, fmt.Sprintf("for i in $(seq %d %d); do echo new > f$i; done; echo x > n%d", n*10, n*10+9, n))
		order.Run = fmt.Sprintf("run-%d", n)
		commits = append(commits, func() { expect(t, committer(order, root, text), Committed) })
	}
	for _, each := range commits {
		all.Go(each)
	}
	all.Wait()
	got := snapshot(t, root)
	if len(got) != 44 {
		t.Errorf("%d names", len(got))
	}
	for path, text := range got {
		if !strings.Contains(text, "new") && !strings.Contains(text, "x") {
			t.Errorf("%s is %s", path, text)
		}
	}
}

func TestACommitThatIsHeldUpEndsWithoutADecision(t *testing.T) {
	root := volume(t, "a")
	order, text, _ := set(t, root, "echo x > a")
	tree, err := openTree(root, "")
	if err != nil {
		t.Fatal(err)
	}
	held, err := openArea(context.Background(), tree)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if decision, err := committer(order, root, text).Commit(ctx); err == nil {
		t.Errorf("%+v", decision)
	}
	held.close()
	expect(t, committer(order, root, text), Committed)
}
