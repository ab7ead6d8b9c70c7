// Package strictjson reads JSON objects of an exactly known shape.
//
// encoding/json alone is too forgiving for a boundary: it matches keys without regard to case, lets a repeated key win, replaces broken UTF-8
// and fills missing keys with zeros. Two readers of one frame must never see two different frames, so all of that is refused here.
package strictjson

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Fields are the members of one object, not yet interpreted. Every key occurred exactly once.
type Fields map[string]json.RawMessage

// Object reads text as exactly one JSON object and nothing after it.
func Object(text []byte) (Fields, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	open, err := decoder.Token()
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if open != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	fields := Fields{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("not JSON: %w", err)
		}
		name := key.(string) // the decoder allows nothing else as a key
		if _, repeated := fields[name]; repeated {
			return nil, fmt.Errorf("key %q is repeated", name)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("value of %q: %w", name, err)
		}
		fields[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("the object does not end: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the object")
	}
	return fields, nil
}

// Exactly reports an error unless the object has these keys and no other.
func (f Fields) Exactly(keys ...string) error {
	for name := range f {
		if !slices.Contains(keys, name) {
			return fmt.Errorf("unknown key %q", name)
		}
	}
	for _, name := range keys {
		if _, present := f[name]; !present {
			return fmt.Errorf("key %q is missing", name)
		}
	}
	return nil
}

// String returns a member that is a string of at most max bytes.
func (f Fields) String(key string, max int) (string, error) {
	text, err := text(f[key])
	if err != nil {
		return "", fmt.Errorf("%q: %w", key, err)
	}
	if len(text) > max {
		return "", fmt.Errorf("%q has %d bytes, the bound is %d", key, len(text), max)
	}
	return text, nil
}

// Integer returns a member that is a number written without fraction or exponent, from min to max.
func (f Fields) Integer(key string, min, max int64) (int64, error) {
	number, err := strconv.ParseInt(string(f[key]), 10, 64)
	if err != nil || number < min || number > max {
		return 0, fmt.Errorf("%q is not an integer from %d to %d", key, min, max)
	}
	return number, nil
}

// Boolean returns a member that is true or false.
func (f Fields) Boolean(key string) (bool, error) {
	switch string(f[key]) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("%q is neither true nor false", key)
	}
}

// Base64 returns the bytes of a member in padded standard base64, at most max of them.
func (f Fields) Base64(key string, max int) ([]byte, error) {
	text, err := f.String(key, base64.StdEncoding.EncodedLen(max))
	if err != nil {
		return nil, err
	}
	// The library skips line breaks; one value must have one spelling.
	decoded, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("%q is not base64", key)
	}
	if len(decoded) > max {
		return nil, fmt.Errorf("%q has %d bytes, the bound is %d", key, len(decoded), max)
	}
	return decoded, nil
}

// Strings returns a member that is an array of at most max strings.
func (f Fields) Strings(key string, max int) ([]string, error) {
	elements, err := f.Elements(key, max)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		if texts[i], err = text(element); err != nil {
			return nil, fmt.Errorf("%q[%d]: %w", key, i, err)
		}
	}
	return texts, nil
}

// Elements returns the elements of a member that is an array of at most max, not yet interpreted.
func (f Fields) Elements(key string, max int) ([]json.RawMessage, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(f[key], &elements); err != nil || elements == nil {
		return nil, fmt.Errorf("%q is not an array", key)
	}
	if len(elements) > max {
		return nil, fmt.Errorf("%q has %d elements, the bound is %d", key, len(elements), max)
	}
	return elements, nil
}

func text(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || raw[0] != '"' { // null would decode into a string without an error
		return "", errors.New("not a string")
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", fmt.Errorf("not a string: %w", err)
	}
	return text, nil
}
