package box

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Threads that raise signals in a loop are always ready: the wait returns at once, so nothing interrupts it.
func TestATracerThatNeverWaitsHearsTheOrderAllTheSame(t *testing.T) {
	const tool, other = 7, 1 << 30 // no process has that number: it is gone before it is resumed
	turns, froze := 0, 0
	busy := &tracer{
		tool:  tool,
		frost: newFrost(),
		wait: func(_ int, status *unix.WaitStatus, _ int, _ *unix.Rusage) (int, error) {
			if turns++; turns == 10_000 {
				*status = 9 // killed
				return tool, nil
			}
			*status = unix.WaitStatus(int(unix.SIGWINCH)<<8 | 0x7f)
			return other, nil
		},
		stop:   func(time.Duration) bool { return turns < 10_000 },
		frozen: func() error { froze++; return nil },
	}
	busy.frost.wanted.Store(true)
	status, _, err := busy.follow()
	if err != nil || !status.Signaled() || froze != 1 {
		t.Errorf("frozen %d times, status %v, %v", froze, status, err)
	}
	select {
	case <-busy.frost.seen:
	default:
		t.Error("the order goes on")
	}
}
