package redact

// none is no place in a stream.
const none = int64(-1)

// A matcher looks for patterns in one reading of a stream, in which a character may take several bytes, or have bytes that do not count before it.
type matcher struct {
	patterns []pattern
	first    [256][]int // patterns by their first byte: only these can begin
	depth    []int32    // how much of each is there
	active   []int      // those of which something is
	from     []int64    // where the last characters begin in the stream
}

func newMatcher(patterns []pattern) *matcher {
	m := &matcher{patterns: patterns, depth: make([]int32, len(patterns))}
	for i, pattern := range patterns {
		m.first[pattern.text[0]] = append(m.first[pattern.text[0]], i)
	}
	return m
}

// next takes a character that begins at a place of the stream, and returns where the longest pattern begins that it completes, or none.
func (m *matcher) next(character byte, at int64) int64 {
	m.from = append(m.from, at)
	found := none
	active := m.active[:0]
	for _, i := range m.active {
		pattern := m.patterns[i]
		m.depth[i] = pattern.step(m.depth[i], character)
		if int(m.depth[i]) == len(pattern.text) {
			if begin := m.begin(m.depth[i]); found == none || begin < found {
				found = begin
			}
			m.depth[i] = pattern.fall[len(pattern.text)-1]
		}
		if m.depth[i] > 0 {
			active = append(active, i)
		}
	}
	for _, i := range m.first[character] {
		if m.depth[i] == 0 {
			m.depth[i] = 1
			active = append(active, i)
		}
	}
	m.active = active
	return found
}

func (m *matcher) begin(depth int32) int64 { return m.from[len(m.from)-int(depth)] }

// longest returns where the longest beginning of a pattern begins that is there now, and how much of it there is.
func (m *matcher) longest() (int64, int) {
	var depth int32
	for _, i := range m.active {
		depth = max(depth, m.depth[i])
	}
	if depth == 0 {
		return none, 0
	}
	return m.begin(depth), int(depth)
}

// forget begins anew.
func (m *matcher) forget() {
	for _, i := range m.active {
		m.depth[i] = 0
	}
	m.active = m.active[:0]
}

// trim drops the places that nothing needs.
func (m *matcher) trim() {
	_, depth := m.longest()
	m.from = append(m.from[:0], m.from[len(m.from)-depth:]...)
}
