package run

import (
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/redact"
)

// A capture reads one stream of the tool to its end: all of it is counted, the first `bound` bytes are kept.
type capture struct {
	stream channel.Stream
	pipe   *os.File
	bound  int64
	redact *redact.Stream
	keep   func(channel.Output) // must copy what it keeps

	total    int64 // read
	passed   int64 // of these, redacted: what is not may turn out to be a secret
	finished sync.WaitGroup
}

// startCapture reads until the pipe ends or finish is called. The pipe is always emptied, so that the tool never waits for us.
func startCapture(stream channel.Stream, pipe *os.File, bound int, redact *redact.Stream, keep func(channel.Output)) *capture {
	c := &capture{stream: stream, pipe: pipe, bound: int64(bound), redact: redact, keep: keep}
	c.finished.Go(func() {
		buffer := make([]byte, channel.MaxOutputChunk)
		for {
			n, err := c.pipe.Read(buffer)
			c.take(buffer[:n])
			if err != nil {
				return
			}
		}
	})
	return c
}

func (c *capture) take(data []byte) {
	c.total += int64(len(data))
	if c.passed < c.bound {
		c.pass(c.redact.Write(data))
	}
}

// pass keeps what of it is within the bound, in pieces that fit into a frame.
func (c *capture) pass(data []byte) {
	kept := data[:max(0, min(int64(len(data)), c.bound-c.passed))]
	c.passed += int64(len(data))
	for piece := range slices.Chunk(kept, channel.MaxOutputChunk) {
		c.keep(channel.Output{Stream: c.stream, Data: piece})
	}
}

// finish takes what is left in the pipe once all writers are dead, and returns the stream's exact length. It does not wait for the pipe's end:
// a write end that the tool sent into a socket and left there would never close. Reading a pipe fails only where there is nothing in it.
func (c *capture) finish() int64 {
	c.pipe.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
	c.finished.Wait()
	if connection, err := c.pipe.SyscallConn(); err == nil {
		buffer := make([]byte, channel.MaxOutputChunk)
		// Not Read: it would refuse because of the deadline, without looking at the pipe.
		connection.Control(func(fd uintptr) {
			for n, err := unix.Read(int(fd), buffer); n > 0 || err == unix.EINTR; n, err = unix.Read(int(fd), buffer) {
				c.take(buffer[:max(n, 0)])
			}
		})
	}
	c.pass(c.redact.Flush())
	c.pipe.Close()
	return c.total
}

// mirror copies kept output to the container's own streams, for `kubectl logs -f`, until it meets the result. It reads the history at its own pace:
// a log that stalls stalls neither the tool nor the channel.
func mirror(h *history, stdout, stderr io.Writer) {
	for at := (place{}); ; {
		next, after, grown := h.from(at)
		at = after
		switch frame := next.(type) {
		case nil:
			<-grown
		case channel.Output:
			to := stdout
			if frame.Stream == channel.Stderr {
				to = stderr
			}
			to.Write(frame.Data) // a log that cannot be written loses its copy; the run does not
		case channel.Result:
			return
		}
	}
}
