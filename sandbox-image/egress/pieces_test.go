package egress

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
)

// supply gives as much as is asked for, of what there is, and keeps what was asked for.
type supply struct {
	left  int
	most  int // at a time
	end   error
	asked []int
}

func (s *supply) Read(into []byte) (int, error) {
	s.asked = append(s.asked, len(into))
	n := min(len(into), s.left, s.most)
	s.left -= n
	if n == 0 {
		return 0, s.end
	}
	return n, nil
}

func TestPiecesGrowWithWhatComes(t *testing.T) {
	for name, test := range map[string]struct {
		from supply
		most int // the largest that was asked for
	}{
		"little at a time": {supply{left: 1 << 20, most: firstPiece - 1, end: io.EOF}, firstPiece},
		"much":             {supply{left: 1 << 20, most: 1 << 20, end: io.EOF}, largestPiece},
		"nothing":          {supply{end: io.EOF}, firstPiece},
	} {
		t.Run(name, func(t *testing.T) {
			want := test.from.left
			var tool bytes.Buffer
			if err := pass(&tool, &test.from); err != nil || tool.Len() != want {
				t.Errorf("%d of %d bytes, %v", tool.Len(), want, err)
			}
			if slices.Max(test.from.asked) != test.most {
				t.Errorf("asked for %v, want at most %d", test.from.asked, test.most)
			}
		})
	}
}

// What was asked for is never held back: a server that says little is heard at once, and nothing is lost at the end of one that says much.
func TestAllThatComesIsRead(t *testing.T) {
	here, there := net.Pipe()
	sent := bytes.Repeat([]byte("0123456789"), gulp/5)
	go func() {
		there.Write([]byte("x"))
		for at := 0; at < len(sent); at += 20_000 {
			there.Write(sent[at:min(at+20_000, len(sent))])
		}
		there.Close()
	}()
	from := newGulping(here)
	var first [16]byte
	if n, err := from.Read(first[:]); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	got, err := io.ReadAll(from)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d of %d bytes, %v", len(got), len(sent), err)
	}
}

func TestABrokenTunnelIsNoEnd(t *testing.T) {
	broken := errors.New("reset")
	if err := pass(io.Discard, &supply{left: 10, most: 3, end: broken}); err != broken {
		t.Error(err)
	}
	tool, gone := net.Pipe()
	gone.Close()
	if err := pass(tool, &supply{left: 10, most: 3, end: io.EOF}); err == nil {
		t.Error("a tool that is gone takes nothing")
	}
}
