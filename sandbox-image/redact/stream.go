package redact

const (
	mask = '*'
	// breaks is how many line breaks in a row are left out: more are the end of what was wrapped. It bounds what is held back.
	breaks = 2
)

// A Stream masks one stream as it comes. Only what may become an occurrence is held back: the longest end of what came so far that is the beginning of a
// form. So at most three times the longest form is held, nothing that looks like none waits, and there is no time after which a half is let go.
//
// One automaton a form instead of one for all: the tables of all forms take 5 bytes for each of their bytes; an automaton for all of them, many times that.
type Stream struct {
	plain, unescaped, unwrapped *matcher

	held   []byte // read and not given out
	offset int64  // where it begins in the stream

	escape []byte // the beginning of a %XX: of held, its last bytes
	broken int    // line breaks that came last
	masked struct{ from, end int64 }
}

// Stream begins a stream. It is nil where there is nothing to look for, and a nil Stream changes nothing.
func (p *Patterns) Stream() *Stream {
	if len(p.plain) == 0 {
		return nil
	}
	return &Stream{plain: newMatcher(p.plain), unescaped: newMatcher(p.unescaped), unwrapped: newMatcher(p.unwrapped)}
}

// Write takes what comes next and returns what can be given out. It is valid until the next call.
func (s *Stream) Write(data []byte) []byte {
	if s == nil {
		return data
	}
	for _, next := range data {
		s.held = append(s.held, next)
		end := s.offset + int64(len(s.held))
		s.mask(s.plain.next(next, end-1), end)
		s.unescape(next, end)
		s.unwrap(next, end)
	}
	return s.release()
}

// Flush ends the stream and returns what was held back. The beginning of a form that is long enough to be looked for is masked: a tool that was killed
// while it wrote has written most of it.
func (s *Stream) Flush() []byte {
	if s == nil {
		return nil
	}
	end := s.offset + int64(len(s.held))
	for _, matcher := range []*matcher{s.plain, s.unescaped, s.unwrapped} {
		if from, depth := matcher.longest(); depth >= shortest {
			s.mask(from, end)
		}
	}
	s.literally(end)
	rest := s.held
	s.offset, s.held = end, nil
	return rest
}

// unescape reads %XX as one byte, and everything else as it is.
func (s *Stream) unescape(next byte, end int64) {
	switch {
	case len(s.escape) == 0 && next == '%', len(s.escape) > 0 && isHex(next):
		s.escape = append(s.escape, next)
		if len(s.escape) == 3 {
			meant := digit(s.escape[1])<<4 | digit(next)
			s.escape = s.escape[:0]
			s.mask(s.unescaped.next(meant, end-3), end)
		}
	case len(s.escape) > 0: // it was none
		s.literally(end - 1)
		s.unescape(next, end)
	default:
		s.mask(s.unescaped.next(next, end-1), end)
	}
}

// literally takes the beginning of an escape for what it is, where it does not go on.
func (s *Stream) literally(end int64) {
	begin := end - int64(len(s.escape))
	for i, each := range s.escape {
		at := begin + int64(i)
		s.mask(s.unescaped.next(each, at), at+1)
	}
	s.escape = s.escape[:0]
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func digit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func (s *Stream) unwrap(next byte, end int64) {
	if next != '\n' && next != '\r' {
		s.broken = 0
		s.mask(s.unwrapped.next(next, end-1), end)
		return
	}
	if s.broken++; s.broken > breaks {
		s.unwrapped.forget()
	}
}

// mask covers what lies between two places of the stream; nothing where `from` is none. What the last call covered is left: occurrences of a value that
// repeats itself overlap almost whole.
func (s *Stream) mask(from, end int64) {
	if from == none {
		return
	}
	if from >= s.masked.from && from < s.masked.end {
		from = min(s.masked.end, end)
	} else {
		s.masked.from = from
	}
	s.masked.end = end
	for i := from - s.offset; i < end-s.offset; i++ {
		s.held[i] = mask
	}
}

func (s *Stream) release() []byte {
	end := s.offset + int64(len(s.held))
	free := end - int64(len(s.escape))
	for _, matcher := range []*matcher{s.plain, s.unescaped, s.unwrapped} {
		matcher.trim()
		if from, _ := matcher.longest(); from != none {
			free = min(free, from)
		}
	}
	ready := s.held[:free-s.offset]
	s.held = append([]byte(nil), s.held[free-s.offset:]...)
	s.offset = free
	return ready
}
