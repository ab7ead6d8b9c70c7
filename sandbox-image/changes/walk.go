package changes

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/workspace"
)

// Bounds of a walk. What is beyond makes the set incomplete.
const (
	MaxItems   = 10_000
	maxEntries = 100_000
	maxDepth   = 64
	maxPath    = 1024 // bytes of a path
)

// errTooMuch says that there is more than a walk may look at.
var errTooMuch = errors.New("there is more than may be looked at")

// A Drop is a directory that the tool may write and not read: what is in it is new, whatever the source has there.
type Drop struct {
	Path      string
	Directory *os.File
	Except    []string // names of mount points in it
}

// Find compares what a workspace is with what it was. The tool and all that it started must be dead; contents of so many bytes are read at most.
//
// What is not in the overlay's upper layer has not been touched, and is not looked at: a source may be much larger than what a tool makes of it. Without
// an upper layer, all is looked at.
func Find(rules workspace.Rules, before, now, upper *os.File, drops []Drop, maxBytes int64) Set {
	return find(rules, before, now, upper, drops, maxBytes, nil)
}

func find(rules workspace.Rules, before, now, upper *os.File, drops []Drop, maxBytes int64, tracer *tracer) Set {
	w := &walk{rules: rules, left: maxBytes, seen: map[string]bool{}, root: now, tracer: tracer}
	err := w.directory(nil, layers{before, now, upper}, nil, false)
	for _, drop := range drops {
		if err == nil {
			err = w.drop(before, drop)
		}
	}
	set := Set{Items: w.items, Violations: w.violations, ViolationsTotal: w.violated, Complete: err == nil}
	set.seal()
	return set
}

// layers are one directory: as it was, as it is, and where the overlay has what is not as it was. Each may be nil: before and now where there is none,
// upper where all has to be looked at.
type layers struct{ before, now, upper *os.File }

// names are those that have to be looked at.
func (l layers) names(keep bool) ([]string, error) {
	if l.upper != nil {
		return list(l.upper)
	}
	is, err := list(l.now)
	if err != nil || keep {
		return is, err
	}
	was, err := list(l.before)
	all := append(was, is...)
	slices.Sort(all)
	return slices.Compact(all), err
}

type walk struct {
	rules      workspace.Rules
	left       int64 // bytes that may still be read
	entries    int
	items      []Item
	violations []Violation
	violated   int
	seen       map[string]bool

	root   *os.File // what is walked now, and the names above it
	above  []string
	tracer *tracer // nil where nobody wants a trace
}

const violationsKept = 64

func (w *walk) violation(names []string, reason Reason) {
	w.violated++
	if len(w.violations) < violationsKept {
		w.violations = append(w.violations, Violation{Shown(strings.Join(names, "/")), reason})
	}
}

func (w *walk) drop(before *os.File, drop Drop) error {
	names := workspace.Names(drop.Path)
	at := before
	for _, name := range names {
		next, err := openDirectory(at, name)
		if at != before {
			at.Close()
		}
		if err == unix.ENOENT { // it was made for the rules
			at = nil
			break
		}
		if err != nil {
			return err
		}
		at = next
	}
	w.root, w.above = drop.Directory, names
	return w.directory(names, layers{before: at, now: drop.Directory}, drop.Except, true)
}

// directory compares one directory. With keep, what is missing now has not been deleted.
func (w *walk) directory(names []string, at layers, except []string, keep bool) error {
	if len(names) > maxDepth {
		return errTooMuch
	}
	all, err := at.names(keep)
	if err != nil {
		return err
	}
	slices.Sort(all)
	for _, name := range all {
		if w.entries++; w.entries > maxEntries || len(w.items) > MaxItems {
			return errTooMuch
		}
		if slices.Contains(except, name) {
			continue
		}
		if err := w.entry(append(names[:len(names):len(names)], name), at, keep); err != nil {
			return err
		}
	}
	return nil
}

// entry compares what a path was with what it is.
func (w *walk) entry(names []string, in layers, keep bool) error {
	name := names[len(names)-1]
	was, err := stat(in.before, name)
	if err != nil {
		return err
	}
	is, err := stat(in.now, name)
	if err != nil {
		return err
	}
	if len(names) == 1 && name == workspace.CommitDirectory {
		was = unix.Stat_t{} // it was hidden from the tool: nothing that a committer keeps there is told
	}
	if keep && is.Mode == 0 {
		return nil
	}
	if kind(was) == unix.S_IFDIR || kind(is) == unix.S_IFDIR {
		if err := w.below(names, in, was, is, keep); err != nil {
			return err
		}
	}
	if kind(was) == unix.S_IFDIR && kind(is) != unix.S_IFDIR {
		w.removed(names)
	}
	switch kind(is) {
	case 0, unix.S_IFDIR: // what was a file is gone
		if (kind(was) == unix.S_IFREG || kind(was) == unix.S_IFLNK) && w.add(names, Item{Change: Deleted}) {
			w.trace(names, in, was, nil)
		}
		return nil
	case unix.S_IFREG, unix.S_IFLNK:
		item, err := w.describe(in.now, name, is)
		if err != nil {
			return err
		}
		item.Change = Added
		var before *Item
		if kind(was) == unix.S_IFREG || kind(was) == unix.S_IFLNK {
			item.Change = Modified
			if before, err = w.before(item, in.before, name, was); err != nil || before != nil && before.Content() == item.Content() {
				return err
			}
		}
		if is.Mode&(unix.S_ISUID|unix.S_ISGID) != 0 {
			w.violation(names, SetID)
			return nil
		}
		if w.add(names, item) {
			w.trace(names, in, was, before)
		}
		return nil
	default:
		w.violation(names, NotAFile)
		return nil
	}
}

// before reads what a file was, where it may have been what it is. What is of another size need not be read, however large it was: then it is nil.
func (w *walk) before(item Item, in *os.File, name string, was unix.Stat_t) (*Item, error) {
	if kind(was) == unix.S_IFREG && (item.Kind != File || item.Size != was.Size || item.Mode != was.Mode&0o777) {
		return nil, nil
	}
	old, err := w.describe(in, name, was)
	return &old, err
}

func (w *walk) below(names []string, in layers, was, is unix.Stat_t, keep bool) error {
	name := names[len(names)-1]
	var inside layers
	var err error
	if kind(was) == unix.S_IFDIR {
		if inside.before, err = openDirectory(in.before, name); err != nil {
			return err
		}
		defer inside.before.Close()
	}
	if kind(is) == unix.S_IFDIR {
		if inside.now, err = openDirectory(in.now, name); err != nil {
			return err
		}
		defer inside.now.Close()
	}
	if in.upper != nil && inside.before != nil && inside.now != nil {
		upper, err := openDirectory(in.upper, name)
		if err != nil {
			return err
		}
		defer upper.Close()
		if isMerged(upper) {
			inside.upper = upper
		}
	}
	return w.directory(names, inside, nil, keep)
}

// isMerged tells whether a directory of the upper layer shows what the one below it has, too. It does unless it is marked as made anew.
func isMerged(upper *os.File) bool {
	_, err := unix.Fgetxattr(int(upper.Fd()), "user.overlay.opaque", make([]byte, 8))
	return err == unix.ENODATA
}

// add puts an item into the set, and tells whether it may be there.
func (w *walk) add(names []string, item Item) bool {
	for _, name := range names {
		if workspace.CheckName(name) != nil {
			w.violation(names, NameInvalid)
			return false
		}
	}
	item.Path = path.Join(names...)
	switch {
	case len(item.Path) > maxPath:
		w.violation(names, PathTooLong)
	case !w.rules.May(names, workspace.Write):
		w.violation(names, NotGranted)
	case !w.seen[item.Path]: // a drop over a directory that is walked already
		w.seen[item.Path] = true
		w.items = append(w.items, item)
		return true
	}
	return false
}

func (w *walk) describe(in *os.File, name string, stat unix.Stat_t) (Item, error) {
	item := Item{Kind: File, Mode: stat.Mode & 0o777, Size: stat.Size}
	if w.left -= stat.Size; w.left < 0 || stat.Size < 0 {
		return item, errTooMuch
	}
	if kind(stat) == unix.S_IFLNK {
		target, err := readLink(in, name)
		if err != nil {
			return item, err
		}
		sum := sha256.Sum256([]byte(target))
		return Item{Kind: Symlink, Mode: 0o777, Size: int64(len(target)), SHA256: hex.EncodeToString(sum[:])}, nil
	}
	fd, err := open(in, name, unix.O_NONBLOCK)
	if err != nil {
		return item, err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	hash := sha256.New()
	// No more than was counted: a file that grows now would be somebody's who is not dead.
	length, err := io.Copy(hash, io.LimitReader(file, stat.Size+1))
	if err != nil {
		return item, err
	}
	if length != stat.Size {
		return item, errTooMuch
	}
	item.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return item, nil
}
