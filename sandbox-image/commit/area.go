package commit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/workspace"
)

const (
	lockName = "lock"
	// lockPatience is how long a commit waits for another one on the same directory.
	lockPatience = 30 * time.Second
	lockInterval = 100 * time.Millisecond
)

var (
	errBusy    = errors.New("another commit is at work on this volume")
	errForeign = errors.New("it is not a directory that only this user can open: nobody may commit here before it is removed")
)

// area is the directory in which committers keep their work, locked: of the tree that they commit to, because renames do not cross file systems. It is this
// user's alone, or it is refused: what stands in it is believed. No run sees it, and no set has a path in it.
type area struct {
	tree tree
	dir  *os.File
	lock *os.File
}

// openArea makes the area where it is missing, and waits for the lock.
func openArea(ctx context.Context, tree tree) (*area, error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		opened, err := tryArea(tree)
		if err == nil || !errors.Is(err, errBusy) {
			return opened, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(lockInterval):
		}
	}
}

func tryArea(tree tree) (*area, error) {
	err := unix.Mkdirat(int(tree.root.Fd()), workspace.CommitDirectory, 0o700)
	if err != nil && err != unix.EEXIST {
		return nil, at(workspace.CommitDirectory, err)
	}
	dir, err := openBeneath(tree.root, workspace.CommitDirectory, unix.O_RDONLY|unix.O_DIRECTORY)
	switch {
	case err == unix.ENOENT: // whoever had it is done, and has removed it
		return nil, errBusy
	case isOneOf(err, elsewhere), isOneOf(err, lasting):
		return nil, decide(NotWritable, errForeign, workspace.CommitDirectory)
	case err != nil:
		return nil, err
	}
	a := &area{tree: tree, dir: dir}
	if err := a.take(); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *area) take() error {
	var stat unix.Stat_t
	if err := unix.Fstat(int(a.dir.Fd()), &stat); err != nil {
		return err
	}
	if int(stat.Uid) != os.Geteuid() || stat.Mode&0o077 != 0 {
		return decide(NotWritable, errForeign, workspace.CommitDirectory)
	}
	var err error
	if a.lock, err = openBeneath(a.dir, lockName, unix.O_RDWR|unix.O_CREAT); err != nil {
		return at(workspace.CommitDirectory, err)
	}
	switch err := unix.Flock(int(a.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
	case nil:
	case unix.EWOULDBLOCK:
		return errBusy
	case unix.ENOLCK, unix.ENOSYS, unix.EOPNOTSUPP:
		return decide(NotWritable, fmt.Errorf("the file system has no locks: %w", err), workspace.CommitDirectory)
	default:
		return err
	}
	// The one before may have removed what we have just locked.
	held, err := identify(a.lock)
	if err != nil {
		return err
	}
	now, err := place{a.dir, lockName}.stat()
	if err != nil {
		return err
	}
	if now.Dev != held.device || now.Ino != held.inode || !a.tree.holds(workspace.CommitDirectory+"/"+lockName, place{a.dir, lockName}) {
		return errBusy
	}
	return nil
}

func (a *area) close() {
	if a.lock != nil {
		a.lock.Close()
	}
	a.dir.Close()
}

// remove takes the area away where no other commit has anything in it.
func (a *area) remove() {
	names, err := list(a.dir)
	if err != nil || len(names) != 1 || names[0] != lockName {
		return
	}
	unix.Unlinkat(int(a.dir.Fd()), lockName, 0)
	unix.Unlinkat(int(a.tree.root.Fd()), workspace.CommitDirectory, unix.AT_REMOVEDIR)
}

// list returns the names in a directory that was opened to be read.
func list(dir *os.File) ([]string, error) {
	if _, err := dir.Seek(0, 0); err != nil {
		return nil, err
	}
	return dir.Readdirnames(-1)
}
