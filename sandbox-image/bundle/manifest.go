// Package bundle is the form in which the contents of a set of changes travel from a sandbox to the volume that they are committed to. The contract is
// in channel/README.md.
//
// What writes a bundle is the sandbox's supervisor; what reads one, the committer, takes it for hostile.
package bundle

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/strictjson"
	"cofferdam.dev/sandbox-image/workspace"
)

// Bounds of a bundle.
const (
	MaxBytes      = 256 << 20 // of all of it
	MaxManifest   = 16 << 20  // of its first file: it is held in memory, several times over
	maxPath       = 1024
	maxDepth      = 64
	maxRemoved    = 100_000
	maxTarget     = 4095 // of a symbolic link
	manifestName  = "manifest.json"
	formatVersion = 1
)

// Manifest is all of a set but the contents.
type Manifest struct {
	Items   []changes.Traced // by the bytes of their paths, each once
	Removed []string         // directories that were and are not, likewise
}

// The wire forms.
type (
	wireItem struct {
		Change changes.Change `json:"change"`
		wireFile
		Path   string    `json:"path"`
		Was    *wireFile `json:"was"`
		Edited bool      `json:"edited"`
	}
	wireFile struct {
		Kind   changes.Kind `json:"kind"`
		Mode   string       `json:"mode"`
		Size   int64        `json:"size"`
		SHA256 string       `json:"sha256"`
	}
)

// encode writes the manifest's text piece by piece: what makes it stands beside the files of a tool in the memory of a sandbox.
func (m Manifest) encode(to io.Writer) error {
	pieces := bufio.NewWriter(to)
	encoder := json.NewEncoder(pieces)
	encoder.SetEscapeHTML(false)
	fmt.Fprintf(pieces, `{"version":%d,"items":[`, formatVersion)
	for i, each := range m.Items {
		item := wireItem{Change: each.Change, wireFile: wireOf(each.Content()), Path: each.Path, Edited: each.Edited}
		if each.Was != nil {
			was := wireOf(*each.Was)
			item.Was = &was
		}
		if i > 0 {
			pieces.WriteByte(',')
		}
		if err := encoder.Encode(item); err != nil {
			return err
		}
	}
	pieces.WriteString(`],"removed":[`)
	for i, path := range m.Removed {
		if i > 0 {
			pieces.WriteByte(',')
		}
		if err := encoder.Encode(path); err != nil {
			return err
		}
	}
	pieces.WriteString("]}\n")
	return pieces.Flush() // with the first error of all
}

// size is how many bytes encode writes.
func (m Manifest) size() (int64, error) {
	var counted writtenBytes
	err := m.encode(&counted)
	if err == nil && counted > MaxManifest {
		err = errTooLarge
	}
	return int64(counted), err
}

type writtenBytes int64

func (w *writtenBytes) Write(text []byte) (int, error) {
	*w += writtenBytes(len(text))
	return len(text), nil
}

func wireOf(file changes.Content) wireFile {
	return wireFile{file.Kind, fmt.Sprintf("%04o", file.Mode), file.Size, file.SHA256}
}

// Decode reads a manifest, strictly: what it returns could have been told by an honest supervisor of some run.
func Decode(text []byte) (Manifest, error) {
	if len(text) > MaxManifest {
		return Manifest{}, errTooLarge
	}
	fields, err := strictjson.Object(text)
	if err != nil {
		return Manifest{}, err
	}
	if err := fields.Exactly("version", "items", "removed"); err != nil {
		return Manifest{}, err
	}
	if _, err := fields.Integer("version", formatVersion, formatVersion); err != nil {
		return Manifest{}, err
	}
	elements, err := fields.Elements("items", changes.MaxItems+1)
	if err != nil {
		return Manifest{}, err
	}
	manifest := Manifest{Items: make([]changes.Traced, len(elements))}
	for i, element := range elements {
		if manifest.Items[i], err = item(element); err != nil {
			return Manifest{}, fmt.Errorf("items[%d]: %w", i, err)
		}
		if i > 0 && manifest.Items[i-1].Path >= manifest.Items[i].Path {
			return Manifest{}, errors.New("items are in order, each path once")
		}
	}
	if manifest.Removed, err = fields.Strings("removed", maxRemoved); err != nil {
		return Manifest{}, err
	}
	for i, path := range manifest.Removed {
		if i > 0 && manifest.Removed[i-1] >= path || !isPath(path) {
			return Manifest{}, errors.New("removed are paths in order, each once")
		}
	}
	return manifest, manifest.check()
}

func item(element json.RawMessage) (changes.Traced, error) {
	fields, err := strictjson.Object(element)
	if err != nil {
		return changes.Traced{}, err
	}
	if err := fields.Exactly("change", "kind", "mode", "size", "sha256", "path", "was", "edited"); err != nil {
		return changes.Traced{}, err
	}
	word, err1 := fields.String("change", 16)
	path, err2 := fields.String("path", maxPath)
	content, err3 := file(fields)
	edited, err4 := fields.Boolean("edited")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return changes.Traced{}, err
	}
	if !isPath(path) {
		return changes.Traced{}, errors.New("not a path of a file in a workspace")
	}
	traced := changes.Traced{Item: changes.Item{Path: path, Change: changes.Change(word)}, Edited: edited}
	if string(fields["was"]) != "null" {
		was, err := strictjson.Object(fields["was"])
		if err != nil {
			return traced, err
		}
		if err := was.Exactly("kind", "mode", "size", "sha256"); err != nil {
			return traced, err
		}
		before, err := file(was)
		if err != nil {
			return traced, err
		}
		if !before.IsThere() {
			return traced, errors.New("what was there was nothing")
		}
		traced.Was = &before
	}
	traced.Kind, traced.Mode, traced.Size, traced.SHA256 = content.Kind, content.Mode, content.Size, content.SHA256
	switch {
	case traced.Change == changes.Added && traced.Was == nil && content.IsThere():
	case traced.Change == changes.Modified && traced.Was != nil && content.IsThere() && content != *traced.Was:
	case traced.Change == changes.Deleted && traced.Was != nil && content == changes.Content{}:
	default:
		return traced, errors.New("not a change")
	}
	return traced, nil
}

// file reads what is or was at a path; of what is not there, nothing.
func file(fields strictjson.Fields) (changes.Content, error) {
	kind, err1 := fields.String("kind", 16)
	bits, err2 := fields.String("mode", 4)
	size, err3 := fields.Integer("size", 0, 1<<53)
	hash, err4 := fields.String("sha256", 64)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return changes.Content{}, err
	}
	mode, err := strconv.ParseUint(bits, 8, 32)
	if err != nil || len(bits) != 4 || mode > 0o777 {
		return changes.Content{}, errors.New("not a mode")
	}
	content := changes.Content{Kind: changes.Kind(kind), Mode: uint32(mode), Size: size, SHA256: hash}
	switch {
	case content == changes.Content{}:
	case !isHash(hash):
		return content, errors.New("not a digest")
	case content.Kind == changes.File:
	case content.Kind == changes.Symlink && mode == 0o777 && size > 0 && size <= maxTarget:
	default:
		return content, errors.New("neither a file nor a symbolic link")
	}
	return content, nil
}

// check refuses what no tree of files can be: something below a file. What is below a Deleted file may stand in a directory that took its place, and
// a file may stand where a directory was that is removed.
func (m Manifest) check() error {
	there := map[string]bool{}
	for _, each := range m.Items {
		if each.Change != changes.Deleted {
			there[each.Path] = true
		}
	}
	for _, each := range m.Items {
		for _, above := range Above(each.Path) {
			_, removed := slices.BinarySearch(m.Removed, above)
			if there[above] && !(removed && each.Change == changes.Deleted) {
				return errors.New("a file has another one below it")
			}
		}
	}
	return nil
}

// Above are the directories that a path is in, the nearest first.
func Above(path string) []string {
	var above []string
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '/' {
			above = append(above, path[:i])
		}
	}
	return above
}

// isPath tells whether text is a path that a set may have: of names, none of which is one of ours.
func isPath(text string) bool {
	names := workspace.Names(text)
	if len(text) > maxPath || len(names) == 0 || len(names) > maxDepth+1 {
		return false
	}
	for _, name := range names {
		if workspace.CheckName(name) != nil || workspace.IsReserved(name) {
			return false
		}
	}
	return true
}

func isHash(text string) bool {
	return len(text) == 64 && !slices.ContainsFunc([]byte(text), func(c byte) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'f') })
}
