package changes

import (
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/workspace"
)

// Bounds of what is read of a source so that a set can be committed to it later. Beyond them the set is told all the same, but nobody can commit it.
const (
	maxWasBytes  = 1 << 30
	maxWasTime   = 10 * time.Second
	maxRemoved   = 100_000
	clockSlack   = 50 * time.Millisecond // the kernel's clock of files lags behind by up to one tick
	linkPathMost = unix.PathMax
)

// Content is what is at a path; the zero value is nothing.
type Content struct {
	Kind   Kind
	Mode   uint32 // permission bits; of a Symlink 0777
	Size   int64
	SHA256 string // hexadecimal; of a Symlink, of its target
}

// IsThere tells whether there is anything.
func (c Content) IsThere() bool { return c.Kind != "" }

// Content is what is there now.
func (i Item) Content() Content { return Content{i.Kind, i.Mode, i.Size, i.SHA256} }

// Traced is an item with what it was made from.
type Traced struct {
	Item
	Was    *Content // what the source has there; nil where the item is Added
	Edited bool     // somebody else has changed that since the tool started, so the tool may have seen another
}

// Trace is what has to be known of a set besides itself to commit it. It holds descriptors open.
type Trace struct {
	Items   []Traced // all of the set, in its order
	Removed []string // directories that were and are not, by path

	places []place // of Items, in their order
	lost   bool    // something could not be learned

	opened, openedIn *os.File // the directory that was opened last, and below what
	openedAs         []string
}

// place is where an item can be read now.
type place struct {
	root  *os.File
	names []string
}

// tracer collects a trace while the walk goes on.
type tracer struct {
	since time.Time
	until time.Time
	left  int64
	items map[string]traced
	Trace
}

type traced struct {
	was    *Content
	edited bool
	place  place
}

// FindTraced is Find, for a set that may be committed to its source: the tool started not before `since`, by the clock of the machine that has the
// files. The trace is nil where it could not be followed to its end; the descriptors given must stay open as long as it is used.
func FindTraced(rules workspace.Rules, before, now, upper *os.File, drops []Drop, maxBytes int64, since time.Time) (Set, *Trace) {
	t := &tracer{since: since.Add(-clockSlack), until: time.Now().Add(maxWasTime), left: maxWasBytes, items: map[string]traced{}}
	set := find(rules, before, now, upper, drops, maxBytes, t)
	if t.lost || !set.Complete {
		return set, nil
	}
	for _, item := range set.Items {
		with := t.items[item.Path]
		t.Items = append(t.Items, Traced{item, with.was, with.edited})
		t.places = append(t.places, with.place)
	}
	slices.Sort(t.Removed)
	return set, &t.Trace
}

// Open gives what is now at an item: of a symbolic link its target. No link is followed.
func (t *Trace) Open(item int) (io.ReadCloser, error) {
	names := t.places[item].names
	at, err := t.directory(t.places[item].root, names[:len(names)-1])
	if err != nil {
		return nil, err
	}
	name := names[len(names)-1]
	if t.Items[item].Kind == Symlink {
		target, err := readLink(at, name)
		return io.NopCloser(strings.NewReader(target)), err
	}
	fd, err := open(at, name, unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// directory opens the one that an item is in. It stays open for the next item, which is most often in the same.
func (t *Trace) directory(root *os.File, names []string) (*os.File, error) {
	if len(names) == 0 {
		return root, nil
	}
	if t.opened != nil && t.openedIn == root && slices.Equal(t.openedAs, names) {
		return t.opened, nil
	}
	at := root
	for i, name := range names {
		next, err := openDirectory(at, name)
		if i > 0 {
			at.Close()
		}
		if err != nil {
			return nil, err
		}
		at = next
	}
	if t.opened != nil {
		t.opened.Close()
	}
	t.opened, t.openedIn, t.openedAs = at, root, names
	return at, nil
}

func readLink(in *os.File, name string) (string, error) {
	buffer := make([]byte, linkPathMost)
	length, err := unix.Readlinkat(int(in.Fd()), name, buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:length]), nil
}

// trace notes what an item was. Known is what has been read of it already, if it has.
func (w *walk) trace(names []string, in layers, was unix.Stat_t, known *Item) {
	t := w.tracer
	if t == nil || t.lost {
		return
	}
	with := traced{place: place{w.root, names[len(w.above):]}}
	if kind(was) == unix.S_IFREG || kind(was) == unix.S_IFLNK {
		if known == nil {
			item, err := w.was(in.before, names[len(names)-1], was)
			if err != nil {
				t.lost = true
				return
			}
			known = &item
		}
		content := known.Content()
		with.was = &content
		now, err := stat(in.before, names[len(names)-1])
		if err != nil {
			t.lost = true
			return
		}
		// What was read is what stood there before the tool started only where it has stayed that until it was read.
		with.edited = !time.Unix(was.Ctim.Unix()).Before(t.since) || now.Ctim != was.Ctim || now.Size != was.Size || now.Ino != was.Ino
	}
	t.items[strings.Join(names, "/")] = with
}

// was reads what the source has, within the bounds of a trace instead of those of the walk.
func (w *walk) was(in *os.File, name string, was unix.Stat_t) (Item, error) {
	if w.tracer.left -= was.Size; w.tracer.left < 0 || time.Now().After(w.tracer.until) {
		return Item{}, errTooMuch
	}
	left := w.left
	w.left = was.Size
	item, err := w.describe(in, name, was)
	w.left = left
	return item, err
}

// removed notes a directory that is not there any more.
func (w *walk) removed(names []string) {
	t := w.tracer
	if t == nil || !w.rules.May(names, workspace.Write) {
		return
	}
	path := strings.Join(names, "/")
	if len(path) > maxPath || len(t.Removed) >= maxRemoved {
		t.lost = true
		return
	}
	t.Removed = append(t.Removed, path)
}
