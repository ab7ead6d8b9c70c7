package box

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/workspace"
)

// VolumeMount is where the pod has the volume that a workspace may begin with. It is part of the pod's shape, so it is no setting.
const VolumeMount = "/.cofferdam/workspace"

// Bounds of a look through a volume.
const (
	scannedMost    = 100_000 // entries of directories in which the rules tell one from another
	triedMost      = 10_000  // entries that are tried whether the tool can read them
	scanDepth      = 64
	unreadableMost = 8 // that are named
)

// What is wrong with a source, so that nothing runs. These are the tool's caller's to mend, not a failure of ours.
var (
	errSourceMissing  = errors.New("the source of the workspace is not there")
	errSourceTooLarge = errors.New("the source of the workspace has more than may be looked at, or needs too many mounts")
)

// unreadable names what the tool is granted and cannot read, by paths in visible characters.
type unreadable struct{ paths []string }

func (e *unreadable) Error() string { return "not readable: " + strings.Join(e.paths, ", ") }

// keepVolume shows the builder, and through it the entrant, the pod's volume where the workspace will cover it.
func keepVolume(there bool) error {
	if !there {
		return nil
	}
	return bind(oldRoot+VolumeMount, workspace.Root, unix.MS_RDONLY|partFlags)
}

// openVolume opens the directory of the volume that a workspace begins with. No link is followed: one that leads out would be anybody's doing who may
// write the volume.
func openVolume(subPath string) (*os.File, error) {
	var root, above unix.Stat_t
	if err := errors.Join(unix.Stat(workspace.Root, &root), unix.Stat("/", &above)); err != nil {
		return nil, err
	}
	if root.Dev == above.Dev { // nothing is mounted there: the pod has no volume
		return nil, errSourceMissing
	}
	at, err := os.Open(workspace.Root)
	for _, name := range workspace.Names(subPath) {
		if err != nil {
			break
		}
		var next *os.File
		next, err = openBelow(at, name)
		at.Close()
		at = next
	}
	switch {
	case errors.Is(err, unix.EACCES):
		return nil, &unreadable{[]string{changes.Shown("/" + subPath)}}
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return nil, errSourceMissing
	}
	return at, err
}

// scan looks through a volume, once: what has to be known for the rules to be held, and what of it the tool could not read.
func scan(volume *os.File, rules workspace.Rules) (workspace.Tree, error) {
	s := &scanner{rules: rules, tree: workspace.NewTree()}
	if err := s.directory(nil, volume); err != nil {
		return workspace.Tree{}, err
	}
	if len(s.unreadable) > 0 {
		return workspace.Tree{}, &unreadable{s.unreadable}
	}
	return s.tree, nil
}

type scanner struct {
	rules      workspace.Rules
	tree       workspace.Tree
	scanned    int
	tried      int
	unreadable []string
}

func (s *scanner) directory(names []string, dir *os.File) error {
	needed := !s.rules.Alike(names)
	if !needed && (!s.rules.MayReadSome(names) || s.tried >= triedMost) || len(s.unreadable) >= unreadableMost {
		return nil
	}
	if len(names) > scanDepth {
		if needed {
			return errSourceTooLarge
		}
		return nil
	}
	most := scannedMost
	if !needed {
		most = triedMost - s.tried
	}
	entries, err := dir.ReadDir(most + 1)
	if len(entries) == 0 && err != nil && err != io.EOF {
		return err
	}
	if needed {
		if s.scanned += len(entries); s.scanned > scannedMost {
			return errSourceTooLarge
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, entry := range entries {
		if len(names) == 0 && entry.Name() == workspace.CommitDirectory { // hidden
			continue
		}
		s.tried++
		if err := s.entry(append(names[:len(names):len(names)], entry.Name()), dir, entry, needed); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) entry(names []string, in *os.File, entry fs.DirEntry, needed bool) error {
	switch {
	case entry.IsDir():
		return s.below(names, in, entry, needed)
	case entry.Type() == fs.ModeSymlink:
		if needed {
			return s.tree.Link(names)
		}
	default:
		if s.tried <= triedMost && entry.Type().IsRegular() && s.rules.May(names, workspace.Read) &&
			unix.Faccessat(int(in.Fd()), entry.Name(), unix.R_OK, 0) == unix.EACCES {
			s.cannot(names)
		}
		if needed {
			return s.tree.File(names)
		}
	}
	return nil
}

func (s *scanner) below(names []string, in *os.File, entry fs.DirEntry, needed bool) error {
	of := func() error { return nil }
	if needed {
		of = func() error { return s.tree.Directory(names) }
	}
	if s.rules.Alike(names) && (!s.rules.MayReadSome(names) || s.tried >= triedMost) {
		return of()
	}
	dir, err := openBelow(in, entry.Name())
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return nil // somebody else has taken it away, or put something else there, since it was listed
	case errors.Is(err, unix.EACCES):
		s.cannot(names)
		return of()
	case err != nil:
		return err
	}
	defer dir.Close()
	return errors.Join(of(), s.directory(names, dir))
}

func (s *scanner) cannot(names []string) {
	if len(s.unreadable) < unreadableMost {
		s.unreadable = append(s.unreadable, changes.Shown(strings.Join(names, "/")))
	}
}
