package commit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/workspace"
)

// maxStaged bounds what the files of a set take together: each item is a file of its own, also where several have one content.
const maxStaged = 1 << 30

// errOther says that what came is not the bundle that was announced. Another replica may have it.
var errOther = errors.New("it is not the bundle that was announced")

// approved holds a manifest to what somebody approved, and to the rules.
func approved(order Order, manifest bundle.Manifest) error {
	items := make([]changes.Item, len(manifest.Items))
	staged := int64(0)
	for i, each := range manifest.Items {
		items[i] = each.Item
		if !order.Rules.May(workspace.Names(each.Path), workspace.Write) {
			return decide(NotWritable, errors.New("the rules do not let it be written"), each.Path)
		}
		if staged += each.Size; staged > maxStaged {
			return decide(ContentsInvalid, errors.New("the files of the set are too large together"))
		}
	}
	for _, dir := range manifest.Removed {
		if !order.Rules.May(workspace.Names(dir), workspace.Write) {
			return decide(NotWritable, errors.New("the rules do not let it be written"), dir)
		}
	}
	if changes.Digest(items) != order.Digest {
		return decide(ContentsInvalid, errors.New("the digest is not the one that was approved"))
	}
	if !order.Shown.isOf(items) {
		return decide(ContentsInvalid, errors.New("whoever approved it was shown another set"))
	}
	return nil
}

// stage puts a bundle into a journal: everything that will be moved to its place, and nothing outside of the journal. It is verified wholly before
// it returns.
func stage(j *journal, order Order, from io.Reader) (bundle.Manifest, error) {
	all := sha256.New()
	counted := new(counter)
	body := io.TeeReader(io.LimitReader(from, order.Contents.Bytes+1), io.MultiWriter(all, counted))
	var manifest bundle.Manifest
	err := bundle.Read(body, func(told bundle.Manifest, text []byte) error {
		manifest = told
		if err := approved(order, told); err != nil {
			return err
		}
		return at(workspace.CommitDirectory, j.write(manifestFile, text))
	}, func(items []int, content io.Reader) error {
		return stageContent(j, manifest, items, content)
	})
	decision, isDecided := of(err)
	if err != nil && !errors.Is(err, bundle.ErrInvalid) && !(isDecided && decision.Outcome == ContentsInvalid) {
		return manifest, err
	}
	// What is wrong with a bundle is only believed of the very one that was announced.
	if _, lost := io.Copy(io.Discard, body); lost != nil {
		return manifest, lost
	}
	if int64(*counted) != order.Contents.Bytes || hex.EncodeToString(all.Sum(nil)) != order.Contents.SHA256 {
		return manifest, errOther
	}
	if errors.Is(err, bundle.ErrInvalid) {
		return manifest, decide(ContentsInvalid, err)
	}
	return manifest, err
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(text []byte) (int, error) {
	*c += counter(len(text))
	return len(text), nil
}

// stageContent makes the files of all items that have one content.
func stageContent(j *journal, manifest bundle.Manifest, items []int, content io.Reader) error {
	again := &source{from: content}
	defer again.close()
	for _, i := range items {
		if err := stageItem(j, manifest.Items[i], strconv.Itoa(i), again); err != nil {
			return at(manifest.Items[i].Path, err)
		}
	}
	return nil
}

// source is a content that can be read more than once.
type source struct {
	from  io.Reader
	first *os.File // what was made of it first; nil before, and where that is a link
	link  string   // the link's target
}

func (s *source) close() {
	if s.first != nil {
		s.first.Close()
	}
}

func (s *source) reader() (io.Reader, error) {
	switch {
	case s.first != nil:
		_, err := s.first.Seek(0, io.SeekStart)
		return s.first, err
	case s.link != "":
		return strings.NewReader(s.link), nil
	default:
		return s.from, nil
	}
}

func stageItem(j *journal, item changes.Traced, name string, content *source) error {
	from, err := content.reader()
	if err != nil {
		return err
	}
	if item.Kind == changes.Symlink {
		target, err := io.ReadAll(from)
		if err != nil {
			return err
		}
		if content.first == nil {
			content.link = string(target)
		}
		if strings.ContainsRune(string(target), 0) {
			return fmt.Errorf("%w: a link's target has a NUL", bundle.ErrInvalid)
		}
		return unix.Symlinkat(string(target), int(j.new.Fd()), name)
	}
	file, err := openBeneath(j.new, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	if err == nil {
		err = unix.Fchmod(int(file.Fd()), item.Mode)
	}
	if content.first == nil {
		content.first = file // its descriptor can be read whatever its mode is
		return err
	}
	return errors.Join(err, file.Close())
}

// probe tells whether the file system can do what a commit needs of it.
func probe(j *journal) error {
	one, other := child(j.new, "probe-1"), child(j.new, "probe-2")
	for _, each := range []place{one, other} {
		file, err := openBeneath(each.dir, each.name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL)
		if err != nil {
			return err
		}
		file.Close()
		defer unix.Unlinkat(int(each.dir.Fd()), each.name, 0)
	}
	if err := move(one, other, unix.RENAME_EXCHANGE); err != nil {
		return fmt.Errorf("the file system cannot exchange files: %w", err)
	}
	if err := move(one, other, unix.RENAME_NOREPLACE); err != unix.EEXIST {
		return fmt.Errorf("the file system cannot rename without replacing: %w", err)
	}
	return nil
}
