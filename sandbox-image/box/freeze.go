package box

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// freezeOrder stops the tool and all that it started, for good: no instruction of theirs runs any more, and all that they are stays to be looked at.
const freezeOrder = "freeze"

const (
	// freezePatience is what everything has to stand still; the supervisor then kills it.
	freezePatience = 5 * time.Second
	// wakeAgain is how often the tracer is told that has not heard yet.
	wakeAgain = 10 * time.Millisecond
	// restarted is SA_RESTART: a call that a signal interrupts goes on by itself.
	restarted = 0x10000000
)

// Freeze orders the tool and all that it started stopped for good; Frozen follows, or Ended where it ended meanwhile. What then stands still only Stop or
// Destroy ends.
func (b *Box) Freeze() error { return json.NewEncoder(b.orders).Encode(freezeOrder) }

// A frost brings the order to the tracer, which alone can carry it out, and waits for its tracees in a system call.
type frost struct {
	tracer int // its thread
	wanted atomic.Bool
	seen   chan struct{}
	once   sync.Once
}

func newFrost() *frost { return &frost{tracer: unix.Gettid(), seen: make(chan struct{})} }

// order returns when the tracer has heard, or needs to hear nothing more.
func (f *frost) order() {
	f.wanted.Store(true)
	signal.Notify(make(chan os.Signal, 1), unix.SIGUSR1)
	if interrupts(unix.SIGUSR1) != nil {
		return // the supervisor kills what does not stand still
	}
	for {
		unix.Tgkill(unix.Getpid(), f.tracer, unix.SIGUSR1)
		select {
		case <-f.seen:
			return
		case <-time.After(wakeAgain): // it came before the tracer was waiting
		}
	}
}

// see says that the tracer has heard, or is through.
func (f *frost) see() { f.once.Do(func() { close(f.seen) }) }

// interrupts has a signal end the system calls that it interrupts; the Go runtime's own handler stays.
func interrupts(number unix.Signal) error {
	var action struct {
		handler  uintptr
		flags    uint64
		restorer uintptr
		mask     uint64
	}
	at := uintptr(unsafe.Pointer(&action))
	if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(number), 0, at, 8, 0, 0); errno != 0 {
		return errno
	}
	action.flags &^= restarted
	if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(number), at, 0, 8, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// standStill stops every thread below this process and returns whether all stand still: each is in a stop of the tracer's, which no signal but SIGKILL ends, or
// in a wait of the kernel's from which the next step leads into one. Threads and processes that are made meanwhile are traced from their beginning, and so begin
// in such a stop. It must run on the tracer's thread, which from then on resumes nobody.
func standStill(patience time.Duration) bool {
	interrupted := map[int]bool{}
	for deadline, still := time.Now().Add(patience), 0; ; {
		threads, err := filepath.Glob("/proc/[0-9]*/task/[0-9]*")
		moving := err != nil
		for _, thread := range threads {
			pid, id := 0, 0
			if _, err := fmt.Sscanf(thread, "/proc/%d/task/%d", &pid, &id); err != nil || pid == os.Getpid() {
				continue
			}
			switch state(thread) {
			case 't', 'Z', 'X', 0: // stopped by us; ended; gone
				continue
			case 'T', 'D':
				moving = moving || !interrupted[id]
			default:
				moving = true
			}
			interrupted[id] = unlessGone(ptrace(unix.PTRACE_INTERRUPT, id, 0)) == nil
		}
		switch still++; {
		case moving:
			still = 0
		case still == 2: // what was made during the first look is met by the second
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(time.Millisecond)
	}
}

// state reads the third field of proc(5)'s stat; 0 where the thread is gone.
func state(thread string) byte {
	text, err := os.ReadFile(thread + "/stat")
	if err != nil {
		return 0
	}
	return stateOf(text)
}

func stateOf(stat []byte) byte {
	for i := len(stat) - 1; i >= 0; i-- {
		if stat[i] == ')' && i+2 < len(stat) { // the command before it may hold anything
			return stat[i+2]
		}
	}
	return 0
}

// isFreeze tells whether an order is this one; all others are the entrant's.
func isFreeze(order json.RawMessage) bool { return string(order) == strconv.Quote(freezeOrder) }
