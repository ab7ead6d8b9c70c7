package changes

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// How a walk looks at what a tool has left: by open directories and names, and never through a link.

func kind(stat unix.Stat_t) uint32 { return stat.Mode & unix.S_IFMT }

// list returns the names in a directory; none where there is no directory.
func list(dir *os.File) ([]string, error) {
	if dir == nil {
		return nil, nil
	}
	names, err := dir.Readdirnames(maxEntries + 1)
	if err == io.EOF {
		err = nil
	}
	if len(names) > maxEntries {
		return nil, errTooMuch
	}
	return names, err
}

// stat says what a name is, and never follows it. Nothing has the mode 0.
func stat(dir *os.File, name string) (unix.Stat_t, error) {
	var stat unix.Stat_t
	if dir == nil {
		return stat, nil
	}
	err := unix.Fstatat(int(dir.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW)
	if err == unix.EACCES { // it may be listed, but not entered
		if err := unix.Fchmod(int(dir.Fd()), 0o700); err != nil {
			return stat, err
		}
		err = unix.Fstatat(int(dir.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err == unix.ENOENT {
		return unix.Stat_t{}, nil
	}
	return stat, err
}

func openDirectory(in *os.File, name string) (*os.File, error) {
	fd, err := open(in, name, unix.O_NONBLOCK) // with O_DIRECTORY, gVisor would follow a link
	if err != nil {
		return nil, err
	}
	dir := os.NewFile(uintptr(fd), name)
	is, err := dir.Stat()
	if err == nil && !is.IsDir() {
		err = unix.ENOTDIR
	}
	if err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// open opens what is there itself, and no link. What the tool has closed to its owner, who we are, is opened again: its mode was read before.
func open(in *os.File, name string, flags int) (int, error) {
	flags |= unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Openat(int(in.Fd()), name, flags, 0)
	if err == unix.EACCES {
		if err := unix.Fchmodat(int(in.Fd()), name, 0o700, 0); err != nil {
			return -1, err
		}
		fd, err = unix.Openat(int(in.Fd()), name, flags, 0)
	}
	return fd, err
}
