package box

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dropCapabilities leaves the calling thread without any capability, and without a way to get one back.
func dropCapabilities() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return err
	}
	for capability := range uintptr(64) {
		// EINVAL ends the list: the kernel knows no capability of this number.
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err == unix.EINVAL {
			break
		} else if err != nil {
			return err
		}
	}
	header, none := noCapabilities()
	return unix.Capset(&header, &none[0])
}

// dropAllCapabilities does the same for every thread of the process: the builder goes on running after it.
func dropAllCapabilities() error {
	header, none := noCapabilities()
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0)
	runtime.KeepAlive(&header)
	runtime.KeepAlive(&none)
	if errno != 0 {
		return errno
	}
	return nil
}

func noCapabilities() (unix.CapUserHeader, [2]unix.CapUserData) {
	return unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, [2]unix.CapUserData{}
}

const (
	stackBytes  = 8 << 20
	signalCount = 64
)

// setLimits bounds each process of the tool; soft and hard alike, so that none can raise them.
func setLimits(tool Tool) error {
	seconds := uint64(unix.RLIM_INFINITY)
	if tool.CPUSeconds > 0 {
		seconds = uint64(tool.CPUSeconds)
	}
	for _, limit := range []struct {
		resource int
		max      uint64
	}{
		{unix.RLIMIT_CORE, 0}, // a core file would hold the tool's memory and fill the workspace
		{unix.RLIMIT_STACK, stackBytes},
		{unix.RLIMIT_MEMLOCK, 64 << 10},
		{unix.RLIMIT_CPU, seconds},
		{unix.RLIMIT_NOFILE, uint64(tool.OpenFiles)},
		{unix.RLIMIT_NPROC, uint64(tool.Tasks)},
	} {
		// Not syscall.Setrlimit: that one is for the Go runtime's own bookkeeping, and this process ends here.
		if err := unix.Prlimit(0, limit.resource, &unix.Rlimit{Cur: limit.max, Max: limit.max}, nil); err != nil {
			return err
		}
	}
	return nil
}

// resetSignals gives the tool the default of every signal and an empty mask: execve resets what is handled but keeps what is ignored or blocked.
func resetSignals() error {
	var byDefault [4]uint64 // the kernel's struct sigaction: handler SIG_DFL, no flags, no restorer, empty mask
	for signal := uintptr(1); signal <= signalCount; signal++ {
		if signal == uintptr(unix.SIGKILL) || signal == uintptr(unix.SIGSTOP) || signal == uintptr(unix.SIGURG) {
			continue // the first two cannot be set; the Go runtime still sends itself the third, whose default is to be ignored anyway
		}
		if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, signal, uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0); errno != 0 {
			return errno
		}
	}
	return unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil)
}

// execve is syscall.Exec without its preparations, which would allocate and restore the Go runtime's own limit of open files.
func execve(program *byte, argv, environment []*byte) error {
	_, _, errno := unix.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(program)),
		uintptr(unsafe.Pointer(unsafe.SliceData(argv))), uintptr(unsafe.Pointer(unsafe.SliceData(environment))))
	return errno
}
