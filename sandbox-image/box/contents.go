package box

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
)

// What a tool changed and somebody may commit leaves the box as a bundle. The builder makes it, who has no network and no secret, from descriptors of its
// own, as often as the supervisor asks: a gateway that is lost may have lost it, too.

// What the builder says after a bundle, through the socket that passes descriptors.
const (
	bundleWhole  = 1
	bundleBroken = 2
)

// answerPatience bounds what the builder takes to begin a bundle, or to say how one ended, in seconds.
const answerPatience = 20

// serveContents makes a bundle whenever the supervisor asks for one, until it is gone.
func serveContents(trace *changes.Trace, most int64) error {
	for {
		n, _, err := unix.Recvfrom(socketsFD, make([]byte, 1), 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return err
		}
		if err := serveBundle(trace, most); err != nil {
			return err
		}
	}
}

func serveBundle(trace *changes.Trace, most int64) error {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	pipe := os.NewFile(uintptr(ends[1]), "bundle")
	if err := unix.SetNonblock(ends[0], true); err != nil { // so that its reader can be woken
		return err
	}
	if err := passSockets(ends[:1]); err != nil {
		pipe.Close()
		return err
	}
	buffered := bufio.NewWriterSize(pipe, 64<<10)
	err := bundle.Write(buffered, bundle.Manifest{Items: trace.Items, Removed: trace.Removed}, most, trace.Open)
	err = errors.Join(err, buffered.Flush(), pipe.Close())
	last := byte(bundleWhole)
	if err != nil {
		last = bundleBroken
	}
	return unix.Sendmsg(socketsFD, []byte{last}, nil, nil, unix.MSG_NOSIGNAL)
}

// Contents asks for the bundle of what the tool changed, after a report that has Traced, one at a time. Its end is an error unless it is whole. It must
// be closed before the next.
func (b *Box) Contents() (io.ReadCloser, error) {
	socket := int(b.sockets.Fd())
	if err := unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: answerPatience}); err != nil {
		return nil, err
	}
	if err := unix.Sendmsg(socket, []byte{0}, nil, nil, unix.MSG_NOSIGNAL); err != nil {
		return nil, err
	}
	pipes, err := b.Sockets(1)
	if err != nil {
		return nil, err
	}
	return &contents{socket: socket, pipe: pipes[0]}, nil
}

type contents struct {
	socket int
	pipe   *os.File

	mutex sync.Mutex // whoever sends a body may still read when it is closed
	ended error      // of its reader
	heard bool       // the builder's word, which the next bundle comes behind
}

func (c *contents) Read(into []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.ended != nil {
		return 0, c.ended
	}
	n, err := c.pipe.Read(into)
	if err == io.EOF {
		err = c.end()
	}
	c.ended = err
	return n, err
}

// end waits for the builder's word.
func (c *contents) end() error {
	word := make([]byte, 1)
	for {
		n, _, err := unix.Recvfrom(c.socket, word, 0)
		c.heard = err == nil
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return fmt.Errorf("the end of a bundle: %w", err)
		case n == 1 && word[0] == bundleWhole:
			return io.EOF
		default:
			return errors.New("what was changed could not be read again as it was")
		}
	}
}

// Close gives up what has not been read. A reader that waits in the pipe meanwhile ends without the builder's word, so it is waited for here.
func (c *contents) Close() error {
	c.pipe.Close() // the builder's next write fails
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.heard {
		c.end()
	}
	if c.ended == nil {
		c.ended = os.ErrClosed
	}
	return nil
}
