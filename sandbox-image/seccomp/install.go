package seccomp

import (
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A Filter is compiled before the tool's limits hold; a broken rule then stops the box, not the filter.
type Filter struct{ program []bpf.RawInstruction }

// Compile makes the filter. allowJIT leaves out the rules on machine code that is in no file.
func Compile(allowJIT bool) (Filter, error) {
	program, err := Program(allowJIT)
	return Filter{program}, err
}

// Install puts the filter on the calling thread, for good, and on all that it starts. The thread must have no_new_privs set.
// Afterwards the thread should do nothing but execve.
func (f Filter) Install() error {
	program := f.program
	kernel := unix.SockFprog{
		Len:    uint16(len(program)),
		Filter: (*unix.SockFilter)(unsafe.Pointer(unsafe.SliceData(program))), // the same four fields
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&kernel)))
	runtime.KeepAlive(&kernel)
	if errno != 0 {
		return errno
	}
	return nil
}

// The conversion in Install holds only while this does.
var _ = [1]struct{}{}[unsafe.Sizeof(bpf.RawInstruction{})-unsafe.Sizeof(unix.SockFilter{})]
