package commit

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/changes"
)

// undo puts everything back, the last first. What somebody else has put in the place of what we put there stays; then what was there before is kept in the
// journal, and its paths are returned.
func (a *application) undo() (kept []string, err error) {
	for i, item := range slices.Backward(a.manifest.Items) {
		back := true
		var err error
		switch item.Change {
		case changes.Added:
			err = a.takeBack(i, item)
		case changes.Modified:
			back, err = a.exchangeBack(i, item)
		}
		if err != nil {
			return nil, err
		}
		if !back {
			kept = append(kept, item.Path)
		}
	}
	for _, dir := range slices.Backward(a.state.Made) {
		if where, err := a.tree.place(dir); err == nil {
			unix.Unlinkat(int(where.dir.Fd()), where.name, unix.AT_REMOVEDIR) // one that is not empty is somebody else's by now
			where.close()
		}
	}
	for i, dir := range a.manifest.Removed {
		back, err := a.putBack(dir, a.journal.removed(i))
		if err != nil {
			return nil, err
		}
		if !back {
			kept = append(kept, dir)
		}
	}
	for i, item := range slices.Backward(a.manifest.Items) {
		if item.Change != changes.Deleted {
			continue
		}
		back, err := a.putBack(item.Path, a.journal.before(i))
		if err != nil {
			return nil, err
		}
		if !back {
			kept = append(kept, item.Path)
		}
	}
	return kept, nil
}

// placeAgain looks for a place for a while: somebody may be about to put its directory back.
func (a *application) placeAgain(path string) (place, error) {
	for {
		where, err := a.tree.place(path)
		if !isOneOf(err, unreachable) || a.waited >= undoPatience {
			return where, err
		}
		a.waited += undoDelay
		time.Sleep(undoDelay)
	}
}

const (
	undoDelay    = 5 * time.Millisecond
	undoPatience = 2 * time.Second // in all
)

// takeBack takes what was added into the journal again, if it is still that.
func (a *application) takeBack(i int, item changes.Traced) error {
	staged := a.journal.staged(i)
	if now, err := staged.stat(); err != nil || kind(now) != 0 {
		return err
	}
	where, err := a.placeAgain(item.Path)
	if isOneOf(err, unreachable) {
		return nil
	}
	if err != nil {
		return err
	}
	defer where.close()
	if ours, err := a.isOurs(i, item, where); err != nil || !ours {
		return err
	}
	if err := move(where, staged, unix.RENAME_NOREPLACE); err != nil {
		if isOneOf(err, elsewhere) {
			return nil
		}
		return err
	}
	ours, err := a.isOurs(i, item, staged)
	if err == nil && !ours { // it was replaced in the very moment
		err = move(staged, where, unix.RENAME_NOREPLACE)
	}
	return err
}

// exchangeBack puts what was there in the place of what we put there; false where that was not possible.
func (a *application) exchangeBack(i int, item changes.Traced) (bool, error) {
	staged := a.journal.staged(i)
	now, err := staged.stat()
	if err != nil {
		return false, err
	}
	if kind(now) == 0 || now.Ino == a.state.Staged[i] {
		return true, nil // it is where it belongs
	}
	where, err := a.placeAgain(item.Path)
	if isOneOf(err, unreachable) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer where.close()
	err = move(staged, where, unix.RENAME_EXCHANGE)
	if err == unix.ENOENT {
		return a.putBack(item.Path, staged)
	}
	if err != nil {
		return false, err
	}
	ours, err := a.isOurs(i, item, staged)
	if err != nil || ours {
		return ours, err
	}
	return false, move(staged, where, unix.RENAME_EXCHANGE)
}

// putBack puts what was taken to its place again; false where that is taken or gone.
func (a *application) putBack(path string, taken place) (bool, error) {
	if now, err := taken.stat(); err != nil || kind(now) == 0 {
		return true, err
	}
	where, err := a.placeAgain(path)
	if isOneOf(err, unreachable) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer where.close()
	err = move(taken, where, unix.RENAME_NOREPLACE)
	if isOneOf(err, elsewhere) {
		return false, nil
	}
	return err == nil, err
}

// isOurs tells whether what we staged is at a place, and nobody has written to it.
func (a *application) isOurs(i int, item changes.Traced, where place) (bool, error) {
	now, err := where.stat()
	if err != nil || kind(now) == 0 || now.Ino != a.state.Staged[i] {
		return false, err
	}
	same, err := where.has(item.Content())
	if isOneOf(err, lasting) { // closed to ourselves: nobody else has opened it either
		return now.Size == item.Size, nil
	}
	return same, err
}

const (
	keptPrefix = "kept-"
	keptPaths  = "paths"
)

// keep moves what could not be put back out of the journal, which will be removed, into a directory beside it, with a list of its paths.
func (a *application) keep(area *os.File, run string, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	if err := unix.Mkdirat(int(area.Fd()), keptPrefix+run, 0o700); err != nil && err != unix.EEXIST {
		return err
	}
	dir, err := openBeneath(area, keptPrefix+run, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer dir.Close()
	list, err := openBeneath(dir, keptPaths, unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND)
	if err != nil {
		return err
	}
	defer list.Close()
	for i, item := range a.manifest.Items {
		if !slices.Contains(paths, item.Path) {
			continue
		}
		taken := a.journal.before(i)
		if item.Change == changes.Modified {
			taken = a.journal.staged(i)
		}
		if _, err := fmt.Fprintf(list, "%d %s\n", i, item.Path); err != nil {
			return err
		}
		if err := move(taken, child(dir, strconv.Itoa(i)), unix.RENAME_NOREPLACE); err != nil && err != unix.ENOENT {
			return err
		}
	}
	return nil
}
