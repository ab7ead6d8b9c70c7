package commit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/changes"
)

// resolution is how every path of a volume is resolved: no link is followed, none of /proc either, and nothing above the directory or on another file
// system is ever reached, whatever others move about meanwhile.
const resolution = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV

const openTries = 100

// tree is the directory that is committed to.
type tree struct{ root *os.File }

// openTree opens a sub-path of a volume; empty: the volume.
func openTree(volume, subPath string) (tree, error) {
	root, err := os.OpenFile(volume, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil || subPath == "" {
		return tree{root}, err
	}
	defer root.Close()
	below, err := openBeneath(root, subPath, unix.O_PATH|unix.O_DIRECTORY)
	return tree{below}, err
}

func openBeneath(dir *os.File, name string, flags int) (*os.File, error) {
	how := unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC | unix.O_NOFOLLOW), Resolve: resolution}
	if flags&unix.O_CREAT != 0 {
		how.Mode = 0o600
	}
	for try := 1; ; try++ {
		fd, err := unix.Openat2(int(dir.Fd()), name, &how)
		switch {
		case err == nil:
			return os.NewFile(uintptr(fd), name), nil
		case (err == unix.EINTR || err == unix.EAGAIN) && try < openTries: // something was renamed meanwhile
		default:
			return nil, err
		}
	}
}

// directory opens one of the tree; empty: its root.
func (t tree) directory(name string) (*os.File, error) {
	if name == "" {
		name = "."
	}
	return openBeneath(t.root, name, unix.O_PATH|unix.O_DIRECTORY)
}

// place is a name in an open directory.
type place struct {
	dir  *os.File
	name string
}

func (p place) close() { p.dir.Close() }

// above is the directory that a path is in; empty: the root.
func above(name string) string {
	if dir := path.Dir(name); dir != "." {
		return dir
	}
	return ""
}

// place opens the directory that a path is in.
func (t tree) place(name string) (place, error) {
	dir, err := t.directory(above(name))
	return place{dir, path.Base(name)}, err
}

// holds tells whether a path still leads to a place. What was moved away after it was opened may be anywhere by now.
func (t tree) holds(name string, at place) bool {
	again, err := t.directory(above(name))
	if err != nil {
		return false
	}
	defer again.Close()
	one, err1 := identify(again)
	other, err2 := identify(at.dir)
	return err1 == nil && err2 == nil && one == other
}

type identity struct{ device, inode uint64 }

func identify(file *os.File) (identity, error) {
	var stat unix.Stat_t
	err := unix.Fstat(int(file.Fd()), &stat)
	return identity{stat.Dev, stat.Ino}, err
}

// stat says what is at a place, itself. Nothing has the mode 0.
func (p place) stat() (unix.Stat_t, error) {
	var stat unix.Stat_t
	err := unix.Fstatat(int(p.dir.Fd()), p.name, &stat, unix.AT_SYMLINK_NOFOLLOW)
	if err == unix.ENOENT {
		return unix.Stat_t{}, nil
	}
	return stat, err
}

func kind(stat unix.Stat_t) uint32 { return stat.Mode & unix.S_IFMT }

// move renames by descriptors, so that neither side can become another one.
func move(from, to place, flags uint) error {
	for {
		if err := unix.Renameat2(int(from.dir.Fd()), from.name, int(to.dir.Fd()), to.name, flags); err != unix.EINTR {
			return err
		}
	}
}

// has tells whether exactly this is at a place: kind, mode and content.
func (p place) has(want changes.Content) (bool, error) {
	stat, err := p.stat()
	if err != nil {
		return false, err
	}
	switch {
	case kind(stat) == unix.S_IFLNK && want.Kind == changes.Symlink:
		buffer := make([]byte, unix.PathMax)
		n, err := unix.Readlinkat(int(p.dir.Fd()), p.name, buffer)
		if isOneOf(err, []error{unix.ENOENT, unix.EINVAL}) { // another one by now
			return false, nil
		}
		sum := sha256.Sum256(buffer[:max(n, 0)])
		return int64(n) == want.Size && hex.EncodeToString(sum[:]) == want.SHA256, err
	case kind(stat) == unix.S_IFREG && want.Kind == changes.File && stat.Mode&0o777 == want.Mode && stat.Size == want.Size:
		return p.contains(want)
	default:
		return false, nil
	}
}

func (p place) contains(want changes.Content) (bool, error) {
	file, err := openBeneath(p.dir, p.name, unix.O_RDONLY|unix.O_NONBLOCK)
	if isOneOf(err, elsewhere) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	if is, err := file.Stat(); err != nil || !is.Mode().IsRegular() {
		return false, err
	}
	hash := sha256.New()
	n, err := io.Copy(hash, io.LimitReader(file, want.Size+1))
	return n == want.Size && hex.EncodeToString(hash.Sum(nil)) == want.SHA256, err
}

// isEmpty tells whether a directory is at a place, and nothing in it.
func (p place) isEmpty() (bool, error) {
	dir, err := openBeneath(p.dir, p.name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK)
	if isOneOf(err, elsewhere) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer dir.Close()
	_, err = dir.Readdirnames(1)
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	return false, err
}

// mayBeWritten tells whether this user may make and remove names in a directory.
func mayBeWritten(dir *os.File) error {
	return unix.Faccessat(int(dir.Fd()), ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS)
}
