package workspace

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	scheme = "fs:///"
	// MaxPattern bounds a pattern, in bytes.
	MaxPattern = 512
	maxName    = 255 // bytes of one name, as of every file system
)

// Pattern is a rule's way to name paths: whole names, names with one `*` in them, and `**` for any number of names. It answers as
// operator/policy does; both are held to the same tables.
type Pattern struct {
	text     string // canonical: fs:///workspace/src/*.py
	segments []segment
}

type segment struct {
	kind       segmentKind
	begin, end string // of a star; a literal has its name in begin
}

type segmentKind uint8

const (
	literal segmentKind = iota
	star
	deep
)

// ParsePattern reads the canonical spelling, which is all that a gateway sends.
func ParsePattern(text string) (Pattern, error) {
	path, absolute := strings.CutPrefix(text, scheme)
	if !absolute || len(text) > MaxPattern || !utf8.ValidString(text) || strings.ContainsAny(text, "?#%[]{}\\") {
		return Pattern{}, errors.New("not a pattern of paths")
	}
	pattern := Pattern{text: text}
	if path == "" {
		return pattern, nil
	}
	for _, name := range strings.Split(path, "/") {
		switch stars := strings.Count(name, "*"); {
		case name == "**":
			pattern.segments = append(pattern.segments, segment{kind: deep})
		case CheckName(name) != nil || stars > 1:
			return Pattern{}, errors.New("not a pattern of paths")
		case stars == 1:
			begin, end, _ := strings.Cut(name, "*")
			pattern.segments = append(pattern.segments, segment{star, begin, end})
		default:
			pattern.segments = append(pattern.segments, segment{kind: literal, begin: name})
		}
	}
	return pattern, nil
}

func (p Pattern) String() string { return p.text }

// MarshalText and UnmarshalText carry a pattern from the supervisor to the box.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePattern(string(text))
	return err
}

func (s segment) matches(name string) bool {
	switch s.kind {
	case literal:
		return name == s.begin
	case star:
		return len(name) >= len(s.begin)+len(s.end) && strings.HasPrefix(name, s.begin) && strings.HasSuffix(name, s.end)
	default:
		return false
	}
}

// reach tells how far a pattern comes along some names.
type reach struct {
	here   bool // it matches exactly these names
	passed bool // it matches these names or some of the first of them
	deeper bool // it ends in ** and is there: whatever follows, it matches
	alive  bool // with more names it may match
}

func (p Pattern) along(names []string) reach {
	at := make([]bool, len(p.segments)+1)
	at[0] = true
	p.skipDeep(at)
	passed := at[len(p.segments)]
	for _, name := range names {
		next := make([]bool, len(at))
		for i, segment := range p.segments {
			switch {
			case !at[i]:
			case segment.kind == deep:
				next[i] = true
			case segment.matches(name):
				next[i+1] = true
			}
		}
		at = next
		p.skipDeep(at)
		passed = passed || at[len(p.segments)]
	}
	last := len(p.segments) - 1
	result := reach{here: at[len(p.segments)], passed: passed, deeper: last >= 0 && p.segments[last].kind == deep && at[last]}
	for i := range p.segments {
		result.alive = result.alive || at[i]
	}
	return result
}

// skipDeep lets every ** match no name at all.
func (p Pattern) skipDeep(at []bool) {
	for i, segment := range p.segments {
		if at[i] && segment.kind == deep {
			at[i+1] = true
		}
	}
}

// namesDirectory tells whether what it allows is allowed with all below it.
func (p Pattern) namesDirectory() bool {
	return len(p.segments) == 0 || p.segments[len(p.segments)-1].kind == literal
}

// directory returns the one directory that the pattern names, with all below it; false where it may name several.
func (p Pattern) directory() ([]string, bool) {
	var names []string
	for i, segment := range p.segments {
		switch {
		case segment.kind == literal:
			names = append(names, segment.begin)
		case segment.kind == deep && i == len(p.segments)-1:
		default:
			return nil, false
		}
	}
	return names, true
}

// CheckName refuses what is no name of a file, or none that a rule could speak of.
func CheckName(name string) error {
	if name == "" || name == "." || name == ".." || len(name) > maxName || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '/' }) {
		return fmt.Errorf("%q is no name of a file", name)
	}
	return nil
}
