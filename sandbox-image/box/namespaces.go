package box

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// builderCapabilities are what the builder keeps when it is executed: its user is not mapped yet, so that none would be left.
var builderCapabilities = []uintptr{
	unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_KILL, unix.CAP_SETGID, unix.CAP_SETUID, unix.CAP_SETPCAP, unix.CAP_NET_BIND_SERVICE,
	unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_SYS_CHROOT, unix.CAP_SYS_PTRACE, unix.CAP_SYS_ADMIN, unix.CAP_MKNOD, unix.CAP_SETFCAP,
}

// entrantCapabilities are for its map of users, for its mounts, for emptying the bounding set, and for the overlay, which gives what it copies up to
// whom it belonged.
var entrantCapabilities = []uintptr{unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP, unix.CAP_CHOWN}

// inNamespaces starts a program in a new user namespace and others. The library's way, with maps written by the parent, copies the address space first, and
// under gVisor that costs half as much as all the rest of a start. Here the parent waits for the execve (vfork), and the program maps its user itself.
func inNamespaces(others uintptr, capabilities []uintptr) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | others | syscall.CLONE_VM | syscall.CLONE_VFORK,
		AmbientCaps: capabilities,
		Setsid:      true,
	}
}

// mapUser makes the one user and the one group that this process may be in its new user namespace. Nobody can map another, or these again.
func mapUser(inside, outsideUser, outsideGroup int) error {
	// Without it no kernel that has it takes a map of groups.
	if err := tell("setgroups", "deny"); err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	if err := tell("gid_map", fmt.Sprintf("%d %d 1", inside, outsideGroup)); err != nil {
		return err
	}
	return tell("uid_map", fmt.Sprintf("%d %d 1", inside, outsideUser))
}

// tell writes a file of this process in /proc, in one piece.
func tell(name, content string) error {
	file, err := os.OpenFile("/proc/self/"+name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteString(content)
	return err
}
