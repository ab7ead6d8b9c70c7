package commit

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/workspace"
)

const manyChanges = "for i in 1 2 3 4 5 6; do echo more >> m$i; rm d$i; echo new > n$i; done; rm -r gone; mkdir -p p/q; echo x > p/q/r; rm file; mkdir file; echo y > file/in; ln -s m1 soft"

func manyFiles(t testing.TB) string {
	return volume(t, "m1", "m2", "m3", "m4", "m5", "m6", "d1", "d2", "d3", "d4", "d5", "d6", "gone/x", "gone/deep/y", "file", "other")
}

// Killed at each of its steps, and run again: the volume has all of the set. The same for a set that is refused on the way: then it has nothing of it.
func TestKilledAtAnyStepAndRunAgainItIsAllOrNothing(t *testing.T) {
	kills := 0
	for at := 1; ; at++ {
		root := manyFiles(t)
		order, text, now := set(t, root, manyChanges)
		task := inChild(t, order, root, text)
		task.KillAt = at
		if err := task.command().Run(); err == nil {
			break // it has fewer steps
		}
		kills++
		task.KillAt = 0
		if decision := task.finish(t); decision.Outcome != Committed {
			t.Errorf("killed at step %d: %+v", at, decision)
		}
		same(t, fmt.Sprintf("killed at step %d", at), snapshot(t, root), snapshot(t, now))
	}
	if kills < 30 {
		t.Errorf("only %d kills", kills)
	}
}

// Killed on the way back, too: somebody changes the last item after the commit point, so that it has to turn.
func TestKilledWhileItTurnsBackItIsAsItWas(t *testing.T) {
	kills := 0
	for at := 2; at < 40; at++ {
		root := manyFiles(t)
		order, text, _ := set(t, root, manyChanges)
		task := inChild(t, order, root, text)
		task.KillAt = 4 // past the commit point
		if task.command().Run() == nil {
			t.Fatal("it has no fourth step")
		}
		write(t, root, "soft", "theirs")
		want := snapshot(t, manyFiles(t))
		want["soft"] = snapshot(t, root)["soft"]
		killed := false
		task.KillAt = at
		if task.command().Run() != nil {
			killed = true
			kills++
		}
		task.KillAt = 0
		decision := task.finish(t)
		if killed && decision.Outcome != Conflict {
			t.Errorf("killed at step %d: %+v", at, decision)
		}
		if !same(t, fmt.Sprintf("killed at step %d", at), snapshot(t, root), want) || !killed {
			break
		}
	}
	if kills < 10 {
		t.Errorf("only %d kills", kills)
	}
}

// Killed wherever it happens to be, by the clock, as often as it takes.
func TestKilledAtRandomInstantsItIsAllOrNothing(t *testing.T) {
	root := volume(t, "big/x")
	for i := range 60 {
		write(t, root, fmt.Sprintf("big/d%d/f%d", i%10, i), fmt.Sprint("old ", i))
	}
	order, text, now := set(t, root, "mv big moved; for i in $(seq 40); do head -c 20000 /dev/urandom > n$i; done")
	before, want := snapshot(t, root), snapshot(t, now)
	begun := time.Now()
	whole := inChild(t, order, filepath.Join(t.TempDir(), "copy"), text)
	do(t, root, "cp -a . "+whole.Volume)
	whole.finish(t)
	takes := time.Since(begun)
	kills := 0
	for round := 0; kills < 40; round++ {
		if round > 400 {
			t.Fatalf("only %d kills", kills)
		}
		place := filepath.Join(t.TempDir(), "volume")
		do(t, root, "cp -a . "+place)
		task := inChild(t, order, place, text)
		for tries := 0; ; tries++ {
			command := task.command()
			var told bytes.Buffer
			command.Stdout = &told
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			alarm := time.AfterFunc(time.Duration(rand.Int64N(int64(takes))), func() { command.Process.Kill() })
			err := command.Wait()
			alarm.Stop()
			if err == nil {
				if !bytes.Contains(told.Bytes(), []byte(`"Committed"`)) {
					t.Fatalf("%s", told.Bytes())
				}
				break
			}
			kills++
			// Whatever it was doing: a volume in which no commit is going on has all or nothing.
			if _, err := os.Stat(filepath.Join(place, workspace.CommitDirectory, order.Run, stateFile)); os.IsNotExist(err) {
				got := snapshot(t, place)
				maps.DeleteFunc(got, func(path, _ string) bool { return strings.HasPrefix(path, workspace.CommitDirectory) })
				if !maps.Equal(got, before) && !maps.Equal(got, want) {
					t.Fatalf("no commit is going on, and the volume has %v", got)
				}
			}
		}
		if !same(t, "in the end", snapshot(t, place), want) {
			return
		}
	}
	t.Logf("%d kills, a commit takes %v", kills, takes)
}

// Whose pod never comes back is finished by the next: its run's set is whole before anything else is done.
func TestTheNextCommitFinishesWhatAnotherHasBegun(t *testing.T) {
	kills := 0
	for at := 1; ; at++ {
		root := manyFiles(t)
		first, firstText, now := set(t, root, manyChanges)
		second, secondText, _ := set(t, root, "echo second > other")
		second.Run = "the-second"
		task := inChild(t, first, root, firstText)
		task.KillAt = at
		if task.command().Run() == nil {
			break
		}
		kills++
		expect(t, committer(second, root, secondText), Committed)
		if at > 2 { // past the commit point
			want := snapshot(t, now)
			want["other"] = snapshot(t, root)["other"]
			got := snapshot(t, root)
			maps.DeleteFunc(got, func(path, _ string) bool { return strings.HasPrefix(path, workspace.CommitDirectory) })
			same(t, fmt.Sprintf("the first was killed at step %d", at), got, want)
		}
		expect(t, committer(first, root, firstText), Committed)
		got := snapshot(t, root)
		if got[workspace.CommitDirectory] != "" || !strings.Contains(got["other"], "second") {
			t.Errorf("killed at step %d: %s, %s", at, got[workspace.CommitDirectory], got["other"])
		}
	}
	if kills < 30 {
		t.Errorf("only %d kills", kills)
	}
}
