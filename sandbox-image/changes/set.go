// Package changes finds out what a tool has changed in its workspace, after it is dead: the difference between what the workspace was and what it is, by
// content and mode. What comes from there is the tool's doing: nothing of it is followed, and everything is bounded.
package changes

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Change is what became of a path.
type Change string

const (
	Added    Change = "Added"
	Modified Change = "Modified"
	Deleted  Change = "Deleted"
)

// Kind is what is at a path.
type Kind string

const (
	File    Kind = "File"
	Symlink Kind = "Symlink"
)

// Item is one path that is not as it was.
type Item struct {
	Path   string
	Change Change
	// Of what is there now; a Deleted item has none of these.
	Kind   Kind
	Mode   uint32 // permission bits; of a Symlink 0777
	Size   int64
	SHA256 string // hexadecimal; of a Symlink, of its target
}

// Reason says why a change is not part of a set.
type Reason string

const (
	NotGranted  Reason = "NotGranted"  // the rules do not let it be written
	NotAFile    Reason = "NotAFile"    // a device, a socket, a fifo
	NameInvalid Reason = "NameInvalid" // not UTF-8, or with control characters: no rule can speak of it
	PathTooLong Reason = "PathTooLong"
	SetID       Reason = "SetID" // it would run with the rights of its owner or group
)

// Violation is a change that is not part of the set.
type Violation struct {
	Path   string // bounded, and in visible characters
	Reason Reason
}

// Set is what a tool has changed.
type Set struct {
	Added, Modified, Deleted int
	Digest                   string // sha256: and hexadecimal, of all items; empty where the set is not complete
	Items                    []Item // by path
	Violations               []Violation
	ViolationsTotal          int
	Complete                 bool // false: there was more than could be looked at, and nothing of the set may be relied on
}

// Digest covers every item, in order; no part of a line can be taken for another.
func Digest(items []Item) string {
	hash := sha256.New()
	for _, item := range items {
		fmt.Fprintf(hash, "%s\x00%s\x00%04o\x00%d\x00%s\x00%s\n", item.Change, item.Kind, item.Mode, item.Size, item.SHA256, item.Path)
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

func (s *Set) seal() {
	slices.SortFunc(s.Items, func(a, b Item) int { return cmp.Compare(a.Path, b.Path) })
	for _, item := range s.Items {
		switch item.Change {
		case Added:
			s.Added++
		case Modified:
			s.Modified++
		case Deleted:
			s.Deleted++
		}
	}
	if s.Complete {
		s.Digest = Digest(s.Items)
	}
}

// Within returns the set with no more items and violations than fit into so many bytes of JSON each; counts and digest stay those of all.
func (s Set) Within(itemBytes, violationBytes int) Set {
	const frame = 200 // keys, digest, numbers
	for i, item := range s.Items {
		if itemBytes -= frame + jsonBytes(item.Path); itemBytes < 0 {
			s.Items = s.Items[:i]
			break
		}
	}
	for i, violation := range s.Violations {
		if violationBytes -= frame + jsonBytes(violation.Path); violationBytes < 0 {
			s.Violations = s.Violations[:i]
			break
		}
	}
	return s
}

// jsonBytes is what a text takes in JSON, at most.
func jsonBytes(text string) int {
	bytes := 0
	for _, r := range text {
		if r < ' ' || strings.ContainsRune("<>&\u2028\u2029\x7f", r) {
			bytes += 6
		} else if r == '"' || r == '\\' {
			bytes += 2
		} else {
			bytes += utf8.RuneLen(r)
		}
	}
	return bytes
}

const shownBytes = 256

// Shown is a path in visible characters, bounded, for people.
func Shown(path string) string {
	if !utf8.ValidString(path) || strings.ContainsFunc(path, func(r rune) bool { return !strconv.IsPrint(r) }) {
		path = strconv.QuoteToASCII(path)
		path = path[1 : len(path)-1]
	}
	for len(path) > shownBytes {
		_, size := utf8.DecodeLastRuneInString(path)
		path = path[:len(path)-size]
	}
	return path
}
