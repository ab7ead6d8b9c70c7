// Package redact masks secrets in what a tool writes. Each byte of an occurrence becomes an asterisk: positions and counts stay as they were, and so the
// cut at limits.outputBytes, which falls into an occurrence as often as not, shows nothing of it.
//
// It is a help against slips, not a wall: whoever wants to can write a secret in a form that is not looked for. docs/security/threat-model.md says which.
package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
)

const (
	// shortest is the least length of a value that is looked for, in bytes. Shorter ones are in every other word.
	shortest = 8
	// shortestLine is the same for one line of a value of several: a key in PEM is often printed line by line.
	shortestLine = 16
)

// Patterns are all forms of all secrets of a run, by the reading of the stream in which they are looked for. Any number of streams may share them.
type Patterns struct {
	plain     []pattern // byte by byte
	unescaped []pattern // %XX read as the byte that it stands for: any escaping for URLs, of all bytes or of some
	unwrapped []pattern // line breaks left out: base64(1) and xxd(1) break their lines
}

// New looks for these values. What surrounds a value of white space is no secret, and often lost on the way.
func New(values [][]byte) *Patterns {
	var plain, unescaped, unwrapped [][]byte
	for _, value := range values {
		value = bytes.TrimSpace(value)
		if len(value) < shortest {
			continue
		}
		plain = append(plain, value)
		plain = append(plain, lines(value)...)
		unescaped = append(unescaped, value, bytes.ReplaceAll(value, []byte(" "), []byte("+"))) // as in a form's data
		digits := []byte(hex.EncodeToString(value))
		unwrapped = append(unwrapped, digits, bytes.ToUpper(digits))
		unwrapped = append(unwrapped, inBase64(value)...)
	}
	return &Patterns{plain: compile(plain), unescaped: compile(unescaped), unwrapped: compile(unwrapped)}
}

func lines(value []byte) [][]byte {
	var lines [][]byte
	for line := range bytes.Lines(value) {
		if line = bytes.TrimSpace(line); len(line) >= shortestLine && len(line) < len(value) {
			lines = append(lines, line)
		}
	}
	return lines
}

// inBase64 are the characters that depend on the value alone, whatever stands before and behind it in what was encoded, in both alphabets. The outermost
// characters carry up to four bits of the value's first and last byte and are not among them.
func inBase64(value []byte) [][]byte {
	var forms [][]byte
	for before := range 3 {
		whole := append(make([]byte, before), value...)
		first, end := (8*before+5)/6, 8*len(whole)/6
		for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			forms = append(forms, []byte(alphabet.EncodeToString(whole)[first:end]))
		}
	}
	return forms
}

// A pattern is one form, with the function of Knuth, Morris and Pratt: of the first i+1 bytes, the longest proper beginning that is an end, too.
type pattern struct {
	text []byte
	fall []int32
}

func compile(texts [][]byte) []pattern {
	seen := map[string]bool{}
	var patterns []pattern
	for _, text := range texts {
		if seen[string(text)] {
			continue
		}
		seen[string(text)] = true
		next := pattern{text: text, fall: make([]int32, len(text))}
		for i := 1; i < len(text); i++ {
			next.fall[i] = next.step(next.fall[i-1], text[i])
		}
		patterns = append(patterns, next)
	}
	return patterns
}

// step returns how much of the beginning is there after another byte, where `depth` of it was before.
func (p pattern) step(depth int32, next byte) int32 {
	for {
		switch {
		case p.text[depth] == next:
			return depth + 1
		case depth == 0:
			return 0
		}
		depth = p.fall[depth-1]
	}
}
