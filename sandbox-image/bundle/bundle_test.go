package bundle_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
)

func content(text string) changes.Content {
	sum := sha256.Sum256([]byte(text))
	return changes.Content{Kind: changes.File, Mode: 0o644, Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:])}
}

func item(path string, change changes.Change, was, is string) changes.Traced {
	item := changes.Traced{Item: changes.Item{Path: path, Change: change}}
	if change != changes.Added {
		before := content(was)
		item.Was = &before
	}
	if change != changes.Deleted {
		now := content(is)
		item.Kind, item.Mode, item.Size, item.SHA256 = now.Kind, now.Mode, now.Size, now.SHA256
	}
	return item
}

var texts = []string{"new", "", "other", "", "new"}

func example() bundle.Manifest {
	return bundle.Manifest{
		Items: []changes.Traced{
			item(`a "b" <é>`, changes.Added, "", "new"), item("b/old", changes.Deleted, "x", ""), item("c", changes.Modified, "1", "other"),
			item("d", changes.Added, "", ""), item("e/f", changes.Added, "", "new"),
		},
		Removed: []string{"b", "x/y"},
	}
}

func open(i int) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(texts[i])), nil
}

func written(t *testing.T, manifest bundle.Manifest) []byte {
	t.Helper()
	var to bytes.Buffer
	if err := bundle.Write(&to, manifest, 1<<20, open); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

// encoded is a manifest's text.
func encoded(t *testing.T, manifest bundle.Manifest) []byte {
	t.Helper()
	archive := tar.NewReader(bytes.NewReader(written(t, manifest)))
	if _, err := archive.Next(); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(archive)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func read(text []byte) (string, error) {
	var told strings.Builder
	err := bundle.Read(bytes.NewReader(text), func(manifest bundle.Manifest, _ []byte) error {
		fmt.Fprintf(&told, "%d items %q|", len(manifest.Items), manifest.Removed)
		return nil
	}, func(items []int, content io.Reader) error {
		text, err := io.ReadAll(content)
		fmt.Fprintf(&told, "%v %q|", items, text)
		return err
	})
	return told.String(), err
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	text := written(t, example())
	if !bytes.Equal(text, written(t, example())) {
		t.Error("one set has two bundles")
	}
	told, err := read(text)
	if want := `5 items ["b" "x/y"]|[0 4] "new"|[2] "other"|[3] ""|`; err != nil || told != want {
		t.Errorf("%s %v, want %s", told, err, want)
	}
}

func TestContentsThatAreNotWhatTheSetSaysAreNotWritten(t *testing.T) {
	for name, text := range map[string]string{"shorter": "ne", "other": "xxx"} {
		err := bundle.Write(io.Discard, example(), 1<<20, func(int) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
		if err == nil {
			t.Errorf("%s: written", name)
		}
	}
	if err := bundle.Write(io.Discard, example(), 7, open); err == nil {
		t.Error("too much is written")
	}
}

// As many files as a set can have, with paths as long as they can be, fit; a manifest of 16 MiB and more is neither written nor read.
func TestAManifestIsBounded(t *testing.T) {
	long := strings.Repeat(strings.Repeat("d", 99)+"/", 10)
	var manifest bundle.Manifest
	for i := range changes.MaxItems {
		manifest.Items = append(manifest.Items, item(fmt.Sprintf("%s%024d", long, i), changes.Modified, "x", "new"))
	}
	new := func(int) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("new")), nil }
	var text bytes.Buffer
	if err := bundle.Write(&text, manifest, 1<<20, new); err != nil {
		t.Fatal(err)
	}
	if told, err := read(text.Bytes()); err != nil {
		t.Errorf("%.100s %v", told, err)
	}
	for i := range 4000 {
		manifest.Removed = append(manifest.Removed, fmt.Sprintf("%s%024d", strings.ReplaceAll(long, "d", "e"), i))
	}
	if err := bundle.Write(io.Discard, manifest, 1<<20, new); err == nil {
		t.Error("more is written")
	}
	empty := `{"version":1,"items":[],"removed":[]}`
	if _, err := bundle.Decode([]byte(empty + strings.Repeat(" ", 16<<20-len(empty)))); err != nil {
		t.Error(err)
	}
	if _, err := bundle.Decode([]byte(empty + strings.Repeat(" ", 16<<20+1-len(empty)))); err == nil {
		t.Error("more is read")
	}
}

func TestABundleThatIsCutOrChangedIsNone(t *testing.T) {
	text := written(t, example())
	for cut := 0; cut < len(text)-1024; cut += 97 {
		if told, err := read(text[:cut]); err == nil {
			t.Fatalf("cut at %d: %s", cut, told)
		}
	}
	for _, content := range []string{"new", "other"} {
		changed := bytes.Clone(text)
		changed[bytes.LastIndex(text, []byte(content))] ^= 0x20
		if told, err := read(changed); !errors.Is(err, bundle.ErrInvalid) {
			t.Errorf("%s is changed: %s %v", content, told, err)
		}
	}
}

func archive(t *testing.T, entries ...*tar.Header) []byte {
	t.Helper()
	var to bytes.Buffer
	writer := tar.NewWriter(&to)
	for _, entry := range entries {
		text := entry.Linkname
		if entry.Typeflag == tar.TypeReg {
			entry.Linkname, entry.Size = "", int64(len(text))
		}
		if err := writer.WriteHeader(entry); err != nil {
			t.Fatal(err)
		}
		if entry.Typeflag == tar.TypeReg {
			writer.Write([]byte(text))
		}
	}
	writer.Close()
	return to.Bytes()
}

func file(name, text string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Linkname: text, Format: tar.FormatUSTAR}
}

func TestWhatIsNoBundleIsRefused(t *testing.T) {
	one := bundle.Manifest{Items: []changes.Traced{item("a", changes.Added, "", "new")}}
	encoded := encoded(t, one)
	manifest := file("manifest.json", string(encoded))
	hash := content("new").SHA256
	if _, err := read(archive(t, manifest, file(hash, "new"))); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"nothing":             nil,
		"no manifest":         archive(t, file(hash, "new")),
		"no contents":         archive(t, manifest),
		"another content":     archive(t, manifest, file(hash, "old")),
		"another size":        archive(t, manifest, file(hash, "newer")),
		"another name":        archive(t, manifest, file(content("old").SHA256, "old")),
		"more":                archive(t, manifest, file(hash, "new"), file(content("old").SHA256, "old")),
		"twice":               archive(t, manifest, file(hash, "new"), file(hash, "new")),
		"a link":              archive(t, manifest, &tar.Header{Typeflag: tar.TypeSymlink, Name: hash, Linkname: "/etc/passwd"}),
		"a directory":         archive(t, manifest, &tar.Header{Typeflag: tar.TypeDir, Name: hash}),
		"an extended header":  archive(t, manifest, &tar.Header{Typeflag: tar.TypeReg, Name: hash, Linkname: "new", Format: tar.FormatPAX, PAXRecords: map[string]string{"A.b": "c"}}),
		"the manifest's link": archive(t, &tar.Header{Typeflag: tar.TypeSymlink, Name: "manifest.json", Linkname: "/etc/passwd"}),
	} {
		if told, err := read(text); !errors.Is(err, bundle.ErrInvalid) {
			t.Errorf("%s: %s %v", name, told, err)
		}
	}
}

func TestWhatNoHonestSupervisorSaysIsNoManifest(t *testing.T) {
	valid := strings.ReplaceAll(string(encoded(t, example())), "\n", "")
	if _, err := bundle.Decode([]byte(valid)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another version":        {`"version":1`, `"version":2`},
		"another key":            {`"version":1`, `"version":1,"x":1`},
		"no directories":         {`,"removed":["b","x/y"]`, ``},
		"out of order":           {`"path":"c"`, `"path":"z"`},
		"twice":                  {`"path":"d"`, `"path":"c"`},
		"absolute":               {`"path":"c"`, `"path":"/c"`},
		"above":                  {`"path":"c"`, `"path":"c/../../c"`},
		"here":                   {`"path":"c"`, `"path":"c/."`},
		"an empty name":          {`"path":"c"`, `"path":"c//d"`},
		"a control character":    {`"path":"c"`, `"path":"c\n"`},
		"a NUL":                  {`"path":"c"`, `"path":"c\u0000"`},
		"our own name":           {`"path":"c"`, `"path":"c/.cofferdam-commit/x"`},
		"a file below a file":    {`"path":"d"`, `"path":"c/x"`},
		"no change":              {`"change":"Modified"`, `"change":"Moved"`},
		"added to what was":      {`"change":"Modified"`, `"change":"Added"`},
		"deleted, and there":     {`"change":"Modified"`, `"change":"Deleted"`},
		"modified from nothing":  {`"change":"Added"`, `"change":"Modified"`},
		"set-user-ID":            {`"mode":"0644","size":5`, `"mode":"4644","size":5`},
		"not a mode":             {`"mode":"0644","size":5`, `"mode":"644","size":5`},
		"not a digest":           {content("other").SHA256, strings.ToUpper(content("other").SHA256)},
		"negative":               {`"size":5`, `"size":-5`},
		"a device":               {`"kind":"File","mode":"0644","size":5`, `"kind":"Device","mode":"0644","size":5`},
		"a link of another mode": {`"kind":"File","mode":"0644","size":5`, `"kind":"Symlink","mode":"0644","size":5`},
		"a link to nothing":      {`"kind":"File","mode":"0644","size":5`, `"kind":"Symlink","mode":"0777","size":0`},
		"a removed path above":   {`["b","x/y"]`, `["..","x/y"]`},
		"removed out of order":   {`["b","x/y"]`, `["x/y","b"]`},
		"edited as text":         {`"edited":false`, `"edited":"no"`},
		"was is a list":          {`"was":null`, `"was":[]`},
	} {
		if !strings.Contains(valid, change[0]) {
			t.Fatalf("%s: the manifest has no %s: %s", name, change[0], valid)
		}
		if got, err := bundle.Decode([]byte(strings.Replace(valid, change[0], change[1], 1))); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
	directory := bundle.Manifest{Items: []changes.Traced{item("d", changes.Added, "", "new"), item("d/x", changes.Deleted, "1", "")}}
	for _, removed := range [][]string{nil, {"d"}} {
		directory.Removed = removed
		if _, err := bundle.Decode(encoded(t, directory)); (err == nil) != (removed != nil) {
			t.Errorf("a file for a directory, removed %v: %v", removed, err)
		}
	}
}
