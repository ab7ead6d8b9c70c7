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

func TestSmallOutputsJoinUntilTheyAreSeen(t *testing.T) {
	h := newHistory()
	h.add(channel.Started{})
	h.add(output("a"))
	h.add(output("b"))
	h.add(channel.Output{Stream: channel.Stderr, Data: []byte("e")})
	h.add(output("c"))
	h.take(3) // a channel got all so far
	h.add(output("d"))
	h.add(output(strings.Repeat("x", channel.MaxOutputChunk)))
	var got []string
	for i := 0; ; i++ {
		next, _ := h.take(i)
		if next == nil {
			break
		}
		if frame, ok := next.(channel.Output); ok {
			got = append(got, string(frame.Stream)+":"+string(frame.Data[:min(len(frame.Data), 4)]))
		}
	}
	if want := "stdout:ab stderr:e stdout:c stdout:d stdout:xxxx"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAWaiterIsWokenByWhatComes(t *testing.T) {
	h := newHistory()
	next, grown := h.take(0)
	if next != nil {
		t.Fatal("an empty history has a frame")
	}
	h.add(channel.Started{})
	<-grown
	if next, _ = h.take(0); next != (channel.Started{}) {
		t.Errorf("got %v", next)
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
		total, err := c.finish()
		if err != nil || total != int64(len(text)) || string(kept) != text[:min(bound, len(text))] {
			t.Errorf("bound %d: total %d, kept %d (%v)", bound, total, len(kept), err)
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
