package run

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
)

func output(text string) channel.Output {
	return channel.Output{Stream: channel.Stdout, Data: []byte(text)}
}

func TestSmallOutputsJoinWhoeverHasReadThem(t *testing.T) {
	h := newHistory()
	h.add(channel.Started{})
	h.add(output("a"))
	_, _, at := read(h, place{})
	h.add(output("b"))
	h.add(channel.Output{Stream: channel.Stderr, Data: []byte("e")})
	h.add(output("c"))
	first, seen, at := read(h, at)
	h.add(channel.Event{})
	h.add(output("d"))
	h.add(output(strings.Repeat("x", channel.MaxOutputChunk)))
	second, _, _ := read(h, at)
	again, all, _ := read(h, place{})
	if first != "stdout:bc stderr:e" || second != "event stdout:d stdout:xxxx" || again != "started stdout:abc stderr:e event stdout:d stdout:xxxx" {
		t.Errorf("%q, then %q; from the beginning %q", first, second, again)
	}
	if seen != 2 || all != 6 {
		t.Errorf("%d frames, in all %d", seen, all)
	}
}

// read returns what there is from a place on, the first bytes of each frame, and how many frames it was.
func read(h *history, at place) (text string, frames int, after place) {
	var got []string
	for {
		next, beyond, _ := h.from(at)
		switch frame := next.(type) {
		case nil:
			return strings.Join(got, " "), len(got), beyond
		case channel.Output:
			got = append(got, string(frame.Stream)+":"+string(frame.Data[:min(len(frame.Data), 4)]))
		case channel.Started:
			got = append(got, "started")
		case channel.Event:
			got = append(got, "event")
		}
		at = beyond
	}
}

// Whoever reads may be right behind the tool.
func TestSingleBytesAreFewFramesAndAllAreMirrored(t *testing.T) {
	const bytesEach = 100_000
	h := newHistory()
	var stdout, stderr bytes.Buffer
	mirrored := make(chan struct{})
	go func() {
		mirror(h, &stdout, &stderr)
		close(mirrored)
	}()
	var want [2][]byte
	for i := range bytesEach {
		for j, stream := range streams {
			each := []byte{byte(i>>j) | 1}
			want[j] = append(want[j], each...)
			h.add(channel.Output{Stream: stream, Data: each})
		}
	}
	h.add(channel.Result{Outcome: channel.Exited})
	<-mirrored
	if !bytes.Equal(stdout.Bytes(), want[0]) || !bytes.Equal(stderr.Bytes(), want[1]) {
		t.Errorf("%d and %d bytes were mirrored", stdout.Len(), stderr.Len())
	}
	if _, frames, _ := read(h, place{}); frames > 2*(bytesEach/channel.MaxOutputChunk+1) {
		t.Errorf("%d frames", frames)
	}
}

func TestAWaiterIsWokenByWhatComes(t *testing.T) {
	h := newHistory()
	next, at, grown := h.from(place{})
	if next != nil {
		t.Fatal("an empty history has a frame")
	}
	h.add(channel.Started{})
	<-grown
	if next, at, grown = h.from(at); next != (channel.Started{}) || grown != nil {
		t.Errorf("got %v, which may grow: %v", next, grown != nil)
	}
	h.add(output("a"))
	if _, _, grown = h.from(at); grown == nil {
		t.Error("the last output does not grow")
	}
	h.add(channel.Result{})
	<-grown
	if _, _, grown = h.from(at); grown != nil {
		t.Error("what has something behind it still grows")
	}
}

func TestTheMirrorWritesEachStreamToItsOwnAndEnds(t *testing.T) {
	h := newHistory()
	h.add(channel.Started{})
	h.add(output("out"))
	h.add(channel.Output{Stream: channel.Stderr, Data: []byte("err")})
	h.add(channel.Result{Outcome: channel.Exited})
	var stdout, stderr bytes.Buffer
	mirror(h, &stdout, &stderr)
	if stdout.String() != "out" || stderr.String() != "err" {
		t.Errorf("got %q and %q", stdout.String(), stderr.String())
	}
}

func TestACaptureKeepsTheFirstBytesAndCountsAll(t *testing.T) {
	for _, bound := range []int{0, 1, 5, 70000, 200000} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var kept []byte
		c := startCapture(channel.Stdout, read, bound, nil, func(output channel.Output) { kept = append(kept, output.Data...) })
		text := strings.Repeat("0123456789", 15000)
		if _, err := io.WriteString(write, text); err != nil {
			t.Fatal(err)
		}
		// The write end stays open, as one that a dead tool left in a socket would.
		if total := c.finish(); total != int64(len(text)) || string(kept) != text[:min(bound, len(text))] {
			t.Errorf("bound %d: total %d, kept %d", bound, total, len(kept))
		}
		write.Close()
	}
}

func TestExitCodes(t *testing.T) {
	for want, result := range map[int]channel.Result{
		0:   {Outcome: channel.Exited},
		42:  {Outcome: channel.Exited, ExitCode: 42},
		139: {Outcome: channel.Signaled, Signal: 11},
		124: {Outcome: channel.TimedOut},
		137: {Outcome: channel.Stopped},
		127: {Outcome: channel.ToolNotFound},
		126: {Outcome: channel.ToolNotExecutable},
		125: {Outcome: channel.BoxFailed, Step: "proc"},
	} {
		if got := exitCode(result); got != want {
			t.Errorf("%+v: %d, want %d", result, got, want)
		}
	}
}
