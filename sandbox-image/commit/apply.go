package commit

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
)

// An application moves what is staged to its places, and what was there into the journal. Every step is one rename, and can be told from the journal: so it can
// be gone on with, and undone, at any point.
type application struct {
	tree     tree
	journal  *journal
	manifest bundle.Manifest
	state    state

	taken  map[int]unix.Stat_t // what was taken for each item, when it was found to be as it should
	step   func()              // called after each rename, by tests
	waited time.Duration       // for directories to come back
}

// apply goes on to the end, or to what is not as the run saw it.
func (a *application) apply() error {
	a.taken = map[int]unix.Stat_t{}
	for i, item := range a.manifest.Items {
		if item.Change == changes.Deleted {
			if err := a.takeAway(i, item); err != nil {
				return err
			}
		}
	}
	for i, dir := range slices.Backward(a.manifest.Removed) {
		if err := a.takeDirectory(i, dir); err != nil {
			return err
		}
	}
	for _, dir := range a.state.Made {
		if err := a.makeDirectory(dir); err != nil {
			return err
		}
	}
	for i, item := range a.manifest.Items {
		var err error
		switch item.Change {
		case changes.Added:
			err = a.add(i, item)
		case changes.Modified:
			err = a.exchange(i, item)
		}
		if err != nil {
			return err
		}
	}
	return a.stillAsTaken()
}

// unreachable is what the kernel says of a path that was verified: its directories are not where they were. Of a path that has just been moved out of the
// tree it says that it leads to another device.
var unreachable = append(slices.Clone(elsewhere), unix.EXDEV)

func (a *application) place(path string) (place, error) {
	where, err := a.tree.place(path)
	if isOneOf(err, unreachable) {
		return where, decide(Conflict, err, path)
	}
	return where, at(path, err)
}

// takeAway moves what is to be deleted into the journal, and only then looks whether it is what the run saw.
func (a *application) takeAway(i int, item changes.Traced) error {
	before := a.journal.before(i)
	moved, err := before.stat()
	if err != nil {
		return err
	}
	if kind(moved) == 0 {
		where, err := a.place(item.Path)
		if err != nil {
			return err
		}
		defer where.close()
		if err := a.move(item.Path, where, before, where, unix.RENAME_NOREPLACE); err != nil {
			return err
		}
	}
	return a.take(i, item, before)
}

// exchange puts what is staged in the place of what was there.
func (a *application) exchange(i int, item changes.Traced) error {
	staged := a.journal.staged(i)
	now, err := staged.stat()
	if err != nil {
		return err
	}
	if now.Ino == a.state.Staged[i] {
		where, err := a.place(item.Path)
		if err != nil {
			return err
		}
		defer where.close()
		if err := a.move(item.Path, staged, where, where, unix.RENAME_EXCHANGE); err != nil {
			return err
		}
	}
	return a.take(i, item, staged)
}

// add puts what is staged where nothing is.
func (a *application) add(i int, item changes.Traced) error {
	staged := a.journal.staged(i)
	now, err := staged.stat()
	if err != nil || kind(now) == 0 {
		return err
	}
	where, err := a.place(item.Path)
	if err != nil {
		return err
	}
	defer where.close()
	return a.move(item.Path, staged, where, where, unix.RENAME_NOREPLACE)
}

// move renames, and takes it back where the directory that was opened is no longer where its path leads: it may have been moved out of the tree.
func (a *application) move(path string, from, to, outside place, flags uint) error {
	if err := move(from, to, flags); err != nil {
		return at(path, err)
	}
	if a.step != nil {
		a.step()
	}
	if a.tree.holds(path, outside) {
		return nil
	}
	if err := move(to, from, flags); err != nil {
		return err
	}
	return conflict(path)
}

// take holds what was taken to what the run saw.
func (a *application) take(i int, item changes.Traced, taken place) error {
	same, err := taken.has(*item.Was)
	if err != nil {
		return at(item.Path, err)
	}
	if !same {
		return conflict(item.Path)
	}
	a.taken[i], err = taken.stat()
	return err
}

// stillAsTaken looks once more: whoever had opened a file before it was taken can write to it all the same.
func (a *application) stillAsTaken() error {
	for i, item := range a.manifest.Items {
		if item.Change == changes.Added {
			continue
		}
		taken := a.journal.before(i)
		if item.Change == changes.Modified {
			taken = a.journal.staged(i)
		}
		now, err := taken.stat()
		if err != nil {
			return err
		}
		if was := a.taken[i]; now.Mtim != was.Mtim || now.Size != was.Size || now.Ino != was.Ino {
			return conflict(item.Path)
		}
	}
	return nil
}

// takeDirectory moves a directory that is not to be there any more into the journal, if it is empty. One that is not, or that this user may not move, stays.
func (a *application) takeDirectory(i int, path string) error {
	removed := a.journal.removed(i)
	moved, err := removed.stat()
	if err != nil || kind(moved) != 0 {
		return err
	}
	where, err := a.tree.place(path)
	if isOneOf(err, unreachable) {
		return nil
	}
	if err != nil {
		return at(path, err)
	}
	defer where.close()
	if empty, err := where.isEmpty(); err != nil || !empty {
		if isOneOf(err, lasting) {
			return nil
		}
		return err
	}
	err = a.move(path, where, removed, where, unix.RENAME_NOREPLACE)
	if decision, isDecided := of(err); isDecided && decision.Outcome == NotWritable {
		return nil
	}
	if err != nil {
		return err
	}
	if empty, err := removed.isEmpty(); err != nil || empty {
		return err
	}
	return at(path, move(removed, where, unix.RENAME_NOREPLACE)) // somebody was faster
}

func (a *application) makeDirectory(path string) error {
	where, err := a.place(path)
	if err != nil {
		return err
	}
	defer where.close()
	err = unix.Mkdirat(int(where.dir.Fd()), where.name, 0o755)
	if err == unix.EEXIST { // by us, or by somebody else: what is added to it finds out
		return nil
	}
	if err != nil {
		return at(path, err)
	}
	if a.step != nil {
		a.step()
	}
	if a.tree.holds(path, where) {
		return nil
	}
	unix.Unlinkat(int(where.dir.Fd()), where.name, unix.AT_REMOVEDIR)
	return conflict(path)
}
