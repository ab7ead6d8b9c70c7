package box

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// standIn gives a Box whose builder answers each request with a pipe, writes one byte into it, and then waits until its reader is gone.
func standIn(t *testing.T) *Box {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	sockets := os.NewFile(uintptr(pair[0]), "sockets")
	t.Cleanup(func() { sockets.Close() })
	go func() {
		defer unix.Close(pair[1])
		for {
			if n, _, err := unix.Recvfrom(pair[1], make([]byte, 1), 0); err != nil || n == 0 {
				return
			}
			var ends [2]int
			if err := errors.Join(unix.Pipe2(ends[:], unix.O_CLOEXEC), unix.SetNonblock(ends[0], true)); err != nil {
				t.Error(err)
				return
			}
			err := unix.Sendmsg(pair[1], []byte{1}, unix.UnixRights(ends[0]), nil, 0)
			unix.Close(ends[0])
			unix.Write(ends[1], []byte("x"))
			for polled := error(unix.EINTR); polled == unix.EINTR; { // POLLERR: no reader is left
				_, polled = unix.Poll([]unix.PollFd{{Fd: int32(ends[1])}}, -1)
			}
			unix.Close(ends[1])
			if err := errors.Join(err, unix.Sendmsg(pair[1], []byte{bundleBroken}, nil, nil, 0)); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	return &Box{sockets: sockets}
}

// Whoever sends a body may be waiting for more of it when it is given up, and is then the first to hear of its end.
func TestABundleThatIsGivenUpWhileItIsReadLeavesTheNext(t *testing.T) {
	b := standIn(t)
	for round := range 3 {
		bundle, err := b.Contents()
		if err != nil {
			t.Fatalf("bundle %d: %v", round, err)
		}
		into := make([]byte, 1)
		if _, err := bundle.Read(into); err != nil || into[0] != 'x' {
			t.Fatalf("bundle %d: %q, %v", round, into, err)
		}
		ended := make(chan error)
		go func() {
			_, err := bundle.Read(into)
			ended <- err
		}()
		awaitReader(bundle.(*contents))
		bundle.Close()
		if err := <-ended; !errors.Is(err, os.ErrClosed) {
			t.Errorf("bundle %d: its reader ended with %v", round, err)
		}
		if _, err := bundle.Read(into); err == nil {
			t.Errorf("bundle %d is read after its end", round)
		}
	}
}

// awaitReader returns when somebody reads: the reader holds the mutex until it has something.
func awaitReader(of *contents) {
	for of.mutex.TryLock() {
		of.mutex.Unlock()
		runtime.Gosched()
	}
}
