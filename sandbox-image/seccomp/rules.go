// Package seccomp is the system-call filter of the tool.
//
// It is a deny list. Tools are arbitrary Linux programs, so an allow list would be long, would break programs with each new libc, and would let
// nearly everything pass anyway; and the kernel that is shielded is gVisor's, which has its own narrow interface to the host. The filter takes away
// what could loosen the box from the inside (namespaces, mounts, tracing), what has no use without a capability but has had bugs, and what opens
// ways to talk that the policy cannot see.
package seccomp

import "golang.org/x/sys/unix"

// A rule denies one system call, always or for some arguments.
type rule struct {
	call  uint32
	errno unix.Errno
	when  condition // nil: always
}

const cloneNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWTIME

const (
	socketTypeMask = 0xf // the rest of socket(2)'s type are flags
	sockPacket     = 10  // obsolete, but still a way to AF_PACKET
	queryPersona   = 0xffffffff
	shmExec        = 0o100000
)

// rules say what is denied. A denied call answers as if the caller lacked the privilege; ENOSYS where the libc then takes another way.
var rules = join(
	// A mount of the tool's own could uncover what a mask hides or make a noexec file executable.
	deny(unix.EPERM, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT,
		unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR),
	// A new user namespace gives every capability inside it; a new network namespace would have no listeners of ours.
	deny(unix.EPERM, unix.SYS_UNSHARE, unix.SYS_SETNS),
	[]rule{
		// A child that must not be traced could become any program.
		{unix.SYS_CLONE, unix.EPERM, anyBit(0, cloneNamespaces|unix.CLONE_UNTRACED)},
		// Its flags lie in memory, where a filter cannot look: ENOSYS makes every libc fall back to clone.
		{unix.SYS_CLONE3, unix.ENOSYS, nil},
	},
	// Tracing changes other processes: exec rules and the supervisor's own tracing must stay the only word.
	deny(unix.EPERM, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_GETFD, unix.SYS_KCMP,
		unix.SYS_PROCESS_MADVISE),
	// Code in the kernel, or another kernel.
	deny(unix.EPERM, unix.SYS_BPF, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
		unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD),
	// Large interfaces with a history of bugs that an ordinary program has a substitute for. io_uring would also do I/O past this filter.
	deny(unix.ENOSYS, unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER),
	deny(unix.EPERM, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_FANOTIFY_INIT, unix.SYS_LOOKUP_DCOOKIE,
		unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY),
	// File handles open files past the directories, so past the masks, that lead to them.
	deny(unix.EPERM, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT),
	// The machine's administration: pointless without capabilities, and never what a tool call is for.
	deny(unix.EPERM, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_REBOOT, unix.SYS_ACCT,
		unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
		unix.SYS_IOPL, unix.SYS_IOPERM, unix.SYS_SYSLOG, unix.SYS_VHANGUP, unix.SYS_NFSSERVCTL, unix.SYS_MODIFY_LDT),
	[]rule{
		// Other execution domains switch protections off: READ_IMPLIES_EXEC makes all memory executable.
		{unix.SYS_PERSONALITY, unix.EPERM, noneOf(0, 0, queryPersona)},
		// Families: local, IP, and routing netlink, which getaddrinfo(3) and getifaddrs(3) need and which without a capability only reads.
		// All else (packet, vsock, alg, bluetooth, …) has paths to the outside or code that no tool call needs.
		{unix.SYS_SOCKET, unix.EAFNOSUPPORT, noneOf(0, unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK)},
		{unix.SYS_SOCKET, unix.EPROTONOSUPPORT, both(oneOf(0, unix.AF_NETLINK), noneOf(2, unix.NETLINK_ROUTE))},
		// Raw IP sockets see and forge what listeners of the box should. (Netlink sockets are of type raw by convention.)
		{unix.SYS_SOCKET, unix.EPERM, both(noneOf(0, unix.AF_NETLINK), masked(1, socketTypeMask, unix.SOCK_RAW, sockPacket))},
		// Every address is the box's own, so a ping would answer: a tool must not take that for a way out.
		{unix.SYS_SOCKET, unix.EPERM, both(oneOf(0, unix.AF_INET, unix.AF_INET6), oneOf(2, unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6))},
		// Typing into a terminal runs commands as whoever reads it.
		{unix.SYS_IOCTL, unix.EPERM, oneOf(1, unix.TIOCSTI, unix.TIOCLINUX)},
	},
)

// codeRules keep a tool from running machine code that no file of its image holds, past every rule about programs: a page that it may write never
// becomes one that it may execute. Files that it can write lie on mounts where nothing is executable, so anonymous memory is what is left.
var codeRules = join(
	[]rule{
		{unix.SYS_MMAP, unix.EPERM, both(anyBit(2, unix.PROT_EXEC), anyBit(3, unix.MAP_ANONYMOUS))},
		{unix.SYS_MMAP, unix.EPERM, both(anyBit(2, unix.PROT_EXEC), anyBit(2, unix.PROT_WRITE))},
		// Also for a private copy of an image's file, which could have been written before.
		{unix.SYS_MPROTECT, unix.EPERM, anyBit(2, unix.PROT_EXEC)},
		{unix.SYS_PKEY_MPROTECT, unix.EPERM, anyBit(2, unix.PROT_EXEC)},
		{unix.SYS_SHMAT, unix.EPERM, anyBit(2, shmExec)},
	},
	// A file on no mount, so on none without execution.
	deny(unix.EPERM, unix.SYS_MEMFD_CREATE, unix.SYS_MEMFD_SECRET),
	deny(unix.EPERM, unix.SYS_REMAP_FILE_PAGES),
)

func deny(errno unix.Errno, calls ...uint32) []rule {
	rules := make([]rule, len(calls))
	for i, call := range calls {
		rules[i] = rule{call: call, errno: errno}
	}
	return rules
}

func join(lists ...[]rule) []rule {
	var all []rule
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
