package run

import (
	"sync"

	"cofferdam.dev/sandbox-image/channel"
)

// A history keeps every frame of the run, because after a lost channel the gateway wants them all again, from `started` on. It is bounded by
// limits.outputBytes of each stream.
type history struct {
	mutex  sync.Mutex
	frames []frame
	taken  int           // frames that some channel was given: these no longer change
	grown  chan struct{} // closed and replaced when something is added
}

type frame interface{ Encode() []byte }

func newHistory() *history { return &history{grown: make(chan struct{})} }

// add appends a frame. Output joins the frame before it while nobody has seen that one: a tool that writes byte by byte then costs few frames.
func (h *history) add(next frame) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if output, ok := next.(channel.Output); !ok || !h.join(output) {
		h.frames = append(h.frames, next)
	}
	close(h.grown)
	h.grown = make(chan struct{})
}

func (h *history) join(output channel.Output) bool {
	last := len(h.frames) - 1
	if last < h.taken {
		return false
	}
	before, ok := h.frames[last].(channel.Output)
	if !ok || before.Stream != output.Stream || len(before.Data)+len(output.Data) > channel.MaxOutputChunk {
		return false
	}
	before.Data = append(before.Data, output.Data...)
	h.frames[last] = before
	return true
}

// take returns frame i, or a channel that closes when there may be one.
func (h *history) take(i int) (frame, <-chan struct{}) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if i >= len(h.frames) {
		return nil, h.grown
	}
	h.taken = max(h.taken, i+1)
	return h.frames[i], nil
}
