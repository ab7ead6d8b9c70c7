package box

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A tracer sees every program that the tool and its descendants become, before the program's first instruction, and kills the process where the
// program is not granted. It traces by PTRACE_SEIZE, so that signals, stops and exits stay what they are without it. All calls must be made on one
// thread: the kernel takes requests from no other.
type tracer struct {
	tool     int // the tool's first process
	programs *programs
	ledger   *ledger
	began    func() error // called at the tool's first exec
	running  bool
	frost    *frost
	wait     func(pid int, status *unix.WaitStatus, options int, usage *unix.Rusage) (int, error)
	stop     func(patience time.Duration) bool // has all stand still
	frozen   func() error                      // called when all do
	still    bool                              // nobody is resumed any more
	denied   string                            // what the tool's first process became, where that is why it was killed
}

// Every way to make a process or a thread: one that is not traced could become any program. The filter denies CLONE_UNTRACED.
const traceOptions = unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL

const argv0Most = 4096

// seize begins to trace a process with all its threads: gVisor does not wake a tracer for a process whose last thread to end was not traced. What a
// traced thread starts is traced from its beginning, so the threads are all there once a look finds no other.
func seize(pid int) error {
	seized := map[int]bool{}
	for {
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			return err
		}
		before := len(seized)
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				return err
			}
			if seized[id] {
				continue
			}
			switch err := ptrace(unix.PTRACE_SEIZE, id, traceOptions); {
			case err == nil, err == unix.EPERM && seized[pid]: // traced from its beginning, as what a traced thread started
				seized[id] = true
			case err != unix.ESRCH: // else it is gone
				return err
			}
		}
		if !seized[pid] {
			return unix.ESRCH
		}
		if len(seized) == before {
			return nil
		}
	}
}

// follow waits until the tool's first process has ended, and returns how. The kernel ends it after all others of its namespace.
func (t *tracer) follow() (unix.WaitStatus, unix.Rusage, error) {
	for {
		var status unix.WaitStatus
		var usage unix.Rusage
		pid, err := t.wait(-1, &status, unix.WALL, &usage)
		if err != nil && err != unix.EINTR {
			return status, usage, fmt.Errorf("wait for the tool: %w", err)
		}
		if err == nil && pid == t.tool && !status.Stopped() {
			return status, usage, nil
		}
		// At every turn: whoever keeps the tracer busy has it never wait, so no signal ever interrupts that. What has just stopped stays so.
		if err := t.freeze(); err != nil {
			return status, usage, err
		}
		switch {
		case err != nil: // interrupted
		case status.Stopped() && t.still: // for good
		case status.Stopped():
			if err := t.resume(pid, status); err != nil {
				return status, usage, err
			}
		}
	}
}

// freeze stops all that is traced, where that is ordered. What does not stand still in time the supervisor kills.
func (t *tracer) freeze() error {
	if !t.frost.wanted.Load() || t.still {
		return nil
	}
	t.still = true
	t.frost.see()
	if !t.stop(freezePatience) {
		return nil
	}
	return t.frozen()
}

// resume lets a stopped process go on as it would without a tracer, or not at all.
func (t *tracer) resume(pid int, status unix.WaitStatus) error {
	signal := status.StopSignal()
	err := error(nil)
	switch event := int(status) >> 16; {
	case event == unix.PTRACE_EVENT_EXEC:
		return t.executed(pid)
	case event == unix.PTRACE_EVENT_STOP && signal != unix.SIGTRAP:
		err = ptrace(unix.PTRACE_LISTEN, pid, 0) // stopped by its own side: until SIGCONT
	case event != 0:
		err = ptrace(unix.PTRACE_CONT, pid, 0)
	default:
		err = ptrace(unix.PTRACE_CONT, pid, uintptr(signal))
	}
	return unlessGone(err)
}

// executed decides on the program that a process has just become.
func (t *tracer) executed(pid int) error {
	became, err := look(pid)
	if (err != nil || became.name == "") && !isStopped(pid) {
		return nil // killed meanwhile: nothing of the program ran, and its end follows. What could be read of it whole counts all the same
	}
	if err != nil {
		return fmt.Errorf("look at a program: %w", err)
	}
	allowed, calledAs := t.programs.decide(became)
	if !t.running && allowed {
		t.running = true
		if err := t.began(); err != nil {
			return err
		}
	}
	if t.running {
		t.ledger.note(pid, became, calledAs, allowed)
	}
	if !allowed {
		if pid == t.tool {
			t.denied = became.path
		}
		return unlessGone(unix.Kill(pid, unix.SIGKILL))
	}
	return unlessGone(ptrace(unix.PTRACE_CONT, pid, 0))
}

// look identifies the program of a process that is stopped at its exec.
func look(pid int) (loaded, error) {
	proc := fmt.Sprintf("/proc/%d/", pid)
	var stat unix.Stat_t
	if err := unix.Stat(proc+"exe", &stat); err != nil {
		return loaded{}, err
	}
	link := make([]byte, unix.PathMax)
	n, err := unix.Readlink(proc+"exe", link)
	if err != nil {
		return loaded{}, err
	}
	name, err := argv0(proc + "cmdline")
	if err != nil {
		return loaded{}, err
	}
	return loaded{file: identify(&stat), links: uint64(stat.Nlink), path: string(link[:n]), name: name}, nil
}

// argv0 returns the last part of the name that a program was called by, as such programs read it: a login shell's begins with a hyphen.
func argv0(cmdline string) (string, error) {
	fd, err := unix.Open(cmdline, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	text := make([]byte, argv0Most)
	n, err := unix.Read(fd, text)
	if err != nil {
		return "", err
	}
	first, _, whole := bytes.Cut(text[:max(n, 0)], []byte{0})
	if !whole || len(first) == 0 {
		return "", nil // none, or longer than any name that is granted
	}
	return strings.TrimPrefix(path.Base(string(first)), "-"), nil
}

func ptrace(request int, pid int, data uintptr) error {
	_, _, errno := syscall.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(pid), 0, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// isStopped tells whether a process is in a stop of the tracer's: without one the kernel takes no such request. What /proc says of one that was killed in its stop
// depends on how far its end has come: gVisor denies to tell its program, or has it without a name.
func isStopped(pid int) bool {
	_, err := unix.PtraceGetEventMsg(pid)
	return err != unix.ESRCH
}

// unlessGone forgives what a process that was killed in its stop answers: its end follows.
func unlessGone(err error) error {
	if err == unix.ESRCH {
		return nil
	}
	return err
}
