package bundle

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"cofferdam.dev/sandbox-image/changes"
)

var (
	errTooLarge = errors.New("a bundle of this set is too large")
	// ErrInvalid says that what was read is no bundle.
	ErrInvalid = errors.New("not a bundle")
)

// contents are the different contents of a manifest, in the order in which it first names them.
func (m Manifest) contents() []content {
	var all []content
	at := map[string]int{}
	for i, each := range m.Items {
		if each.Change == changes.Deleted {
			continue
		}
		number, known := at[each.SHA256]
		if !known {
			number = len(all)
			at[each.SHA256] = number
			all = append(all, content{sha256: each.SHA256, size: each.Size})
		}
		all[number].items = append(all[number].items, i)
	}
	return all
}

type content struct {
	sha256 string
	size   int64
	items  []int // of the manifest
}

// Write writes a bundle. Open gives what is now at an item, of a symbolic link its target; where that is not what the item says, nothing of the bundle may
// be used. The contents have so many bytes at most. The same manifest gives the same bytes.
func Write(to io.Writer, manifest Manifest, most int64, open func(item int) (io.ReadCloser, error)) error {
	size, err := manifest.size()
	if err != nil {
		return err
	}
	all := manifest.contents()
	total, framed := int64(0), size
	for _, each := range all {
		total += each.size
		framed += each.size + 1024 // its header, and what fills its last block
		if total > most || framed > MaxBytes-4096 {
			return errTooLarge
		}
	}
	archive := tar.NewWriter(to)
	if err := archive.WriteHeader(header(manifestName, size)); err != nil {
		return err
	}
	if err := manifest.encode(archive); err != nil {
		return err
	}
	for _, each := range all {
		if err := writeContent(archive, each, open); err != nil {
			return err
		}
	}
	return archive.Close()
}

func header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o400, Format: tar.FormatUSTAR}
}

func writeContent(archive *tar.Writer, what content, open func(item int) (io.ReadCloser, error)) error {
	from, err := open(what.items[0])
	if err != nil {
		return err
	}
	defer from.Close()
	if err := archive.WriteHeader(header(what.sha256, what.size)); err != nil {
		return err
	}
	hash := sha256.New()
	if n, err := io.Copy(io.MultiWriter(archive, hash), io.LimitReader(from, what.size)); err != nil || n != what.size {
		return fmt.Errorf("a content has %d bytes of %d: %w", n, what.size, errors.Join(err, io.ErrUnexpectedEOF))
	}
	if hex.EncodeToString(hash.Sum(nil)) != what.sha256 {
		return errors.New("a content is not what the set says")
	}
	return nil
}

// Read reads a bundle. Begin gets the manifest, then each gets every content with the items that have it, and must read it to its end. Contents are held
// to their digests and sizes; an error of either function ends the reading and is returned. What is no bundle is ErrInvalid.
func Read(from io.Reader, begin func(Manifest, []byte) error, each func(items []int, content io.Reader) error) error {
	archive := tar.NewReader(from)
	first, err := next(archive)
	if err != nil {
		return err
	}
	if first.Name != manifestName || first.Size > MaxManifest {
		return fmt.Errorf("%w: the first file is its manifest", ErrInvalid)
	}
	text, err := io.ReadAll(archive)
	if err != nil {
		return broken(err)
	}
	manifest, err := Decode(text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err := begin(manifest, text); err != nil {
		return err
	}
	for _, wanted := range manifest.contents() {
		found, err := next(archive)
		if err != nil {
			return err
		}
		if found.Name != wanted.sha256 || found.Size != wanted.size {
			return fmt.Errorf("%w: a content is missing", ErrInvalid)
		}
		hash := sha256.New()
		counted := &counter{from: archive}
		if err := each(wanted.items, io.TeeReader(counted, hash)); err != nil {
			return err
		}
		if counted.failed != nil {
			return broken(counted.failed)
		}
		if counted.bytes != wanted.size || hex.EncodeToString(hash.Sum(nil)) != wanted.sha256 {
			return fmt.Errorf("%w: a content is not what its name says", ErrInvalid)
		}
	}
	if _, err := archive.Next(); err == nil {
		return fmt.Errorf("%w: there is more than the manifest names", ErrInvalid)
	} else if err != io.EOF {
		return broken(err)
	}
	return nil
}

func next(archive *tar.Reader) (*tar.Header, error) {
	header, err := archive.Next()
	if err == io.EOF {
		return nil, fmt.Errorf("%w: it ends early", ErrInvalid)
	}
	if err != nil {
		return nil, broken(err)
	}
	if header.Typeflag != tar.TypeReg || len(header.PAXRecords) > 0 || header.Size < 0 {
		return nil, fmt.Errorf("%w: an entry is no regular file", ErrInvalid)
	}
	return header, nil
}

// broken tells what cannot be read as a tar from what could not be read at all.
func broken(err error) error {
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, tar.ErrFieldTooLong) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return err
}

// counter remembers how a reader ended.
type counter struct {
	from   io.Reader
	bytes  int64
	failed error
}

func (c *counter) Read(into []byte) (int, error) {
	n, err := c.from.Read(into)
	c.bytes += int64(n)
	if err != nil && err != io.EOF {
		c.failed = err
	}
	return n, err
}
