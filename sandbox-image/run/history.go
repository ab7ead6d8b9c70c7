package run

import (
	"sync"

	"cofferdam.dev/sandbox-image/channel"
)

// A history keeps all that the run tells, because after a lost channel the gateway wants all of it again, from `started` on. Its output is bounded by
// limits.outputBytes of each stream, and is few entries however small the pieces are that the tool writes.
type history struct {
	mutex   sync.Mutex
	entries []entry
	grown   chan struct{} // closed and replaced when something is added
}

type frame interface{ Encode() []byte }

// An entry is a frame, or what the tool wrote between two: of each stream as much as fits into one.
type entry struct {
	frame   frame // nil of output
	streams [2][]byte
}

// The streams in the order of an entry's. The order between them is nobody's: they are two pipes.
var streams = [2]channel.Stream{channel.Stdout, channel.Stderr}

// A place is how far somebody has read.
type place struct {
	entry   int
	streams [2]int // bytes of that entry's
}

func newHistory() *history { return &history{grown: make(chan struct{})} }

// add appends a frame. Output joins the output before it, whoever has read that already: readers go on inside an entry.
func (h *history) add(next frame) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if output, ok := next.(channel.Output); !ok {
		h.entries = append(h.entries, entry{frame: next})
	} else {
		h.join(output)
	}
	close(h.grown)
	h.grown = make(chan struct{})
}

func (h *history) join(output channel.Output) {
	which := 0
	if output.Stream == channel.Stderr {
		which = 1
	}
	last := len(h.entries) - 1
	if last < 0 || h.entries[last].frame != nil || len(h.entries[last].streams[which])+len(output.Data) > channel.MaxOutputChunk {
		h.entries = append(h.entries, entry{})
		last++
	}
	h.entries[last].streams[which] = append(h.entries[last].streams[which], output.Data...)
}

// from returns what comes at a place and the place after it. Where more of it may come, or nothing is there yet, also a channel that closes when
// something is added.
func (h *history) from(at place) (next frame, after place, grown <-chan struct{}) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for ; at.entry < len(h.entries); at = (place{entry: at.entry + 1}) {
		here := h.entries[at.entry]
		last := at.entry == len(h.entries)-1
		if here.frame != nil {
			return here.frame, place{entry: at.entry + 1}, nil
		}
		for i, data := range here.streams {
			if at.streams[i] < len(data) {
				next = channel.Output{Stream: streams[i], Data: data[at.streams[i]:]}
				at.streams[i] = len(data)
				if last {
					grown = h.grown
				}
				return next, at, grown
			}
		}
		if last {
			break // more of it may come
		}
	}
	return nil, at, h.grown
}
