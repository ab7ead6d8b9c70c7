package commit

import (
	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
)

// A base is what a set was made from. It is looked at twice: here as a whole, before anything is touched, and each item once more when it has been taken
// from its place, because only then nobody can change it any more.

// verify tells what has to be made, in order, for what is added; or which paths are not as the run saw them, or cannot be written.
func verify(tree tree, manifest bundle.Manifest) (made []string, err error) {
	v := &verification{tree: tree, gone: map[string]bool{}, removed: map[string]bool{}, seen: map[string]bool{}}
	for _, item := range manifest.Items {
		v.gone[item.Path] = item.Change == changes.Deleted
	}
	for _, dir := range manifest.Removed {
		v.removed[dir] = true
	}
	for _, item := range manifest.Items {
		if err := v.item(item); err != nil {
			decision, isDecided := of(err)
			if !isDecided {
				return nil, err
			}
			switch decision.Outcome {
			case Conflict:
				v.changed = append(v.changed, item.Path)
			default:
				v.closed, v.why = append(v.closed, item.Path), err
			}
		}
		if len(v.changed) >= maxPaths {
			break
		}
	}
	switch {
	case len(v.changed) > 0:
		return nil, decide(Conflict, errChanged, v.changed...)
	case len(v.closed) > 0:
		return nil, decide(NotWritable, v.why, v.closed...)
	default:
		return v.made, nil
	}
}

type verification struct {
	tree            tree
	gone, removed   map[string]bool // what will not be there any more: files, directories
	seen            map[string]bool // directories in made
	made            []string
	changed, closed []string
	why             error
}

func (v *verification) item(item changes.Traced) error {
	if item.Edited {
		return conflict(item.Path)
	}
	if item.Change == changes.Added {
		return v.added(item.Path)
	}
	where, err := v.tree.place(item.Path)
	if err != nil {
		return at(item.Path, err)
	}
	defer where.close()
	same, err := where.has(*item.Was)
	if err != nil {
		return at(item.Path, err)
	}
	if !same {
		return conflict(item.Path)
	}
	return at(item.Path, mayBeWritten(where.dir))
}

// added looks whether there is room for a path: its directories are there or can be made, and nothing has its name.
func (v *verification) added(path string) error {
	dirs := bundle.Above(path)
	nearest := "" // of the directories that are there
	for i := len(dirs) - 1; i >= 0; i-- {
		is, err := v.isDirectory(dirs[i])
		if err != nil {
			return err
		}
		if !is {
			v.make(dirs[:i+1])
			return v.writable(path, nearest)
		}
		nearest = dirs[i]
	}
	where, err := v.tree.place(path)
	if err != nil {
		return at(path, err)
	}
	defer where.close()
	stat, err := where.stat()
	if err != nil {
		return at(path, err)
	}
	if kind(stat) != 0 && !(kind(stat) == unix.S_IFDIR && v.removed[path]) {
		return conflict(path)
	}
	return at(path, mayBeWritten(where.dir))
}

// isDirectory tells whether one is there; false where it can be made. What is in its way, and will not be gone, is a conflict.
func (v *verification) isDirectory(name string) (bool, error) {
	if v.seen[name] {
		return false, nil
	}
	where, err := v.tree.place(name)
	if err != nil {
		return false, at(name, err)
	}
	defer where.close()
	stat, err := where.stat()
	switch {
	case err != nil:
		return false, at(name, err)
	case kind(stat) == unix.S_IFDIR:
		return true, nil
	case kind(stat) == 0, v.gone[name]:
		return false, nil
	default:
		return false, conflict(name)
	}
}

// make notes directories, given the nearest first.
func (v *verification) make(dirs []string) {
	for i := len(dirs) - 1; i >= 0; i-- {
		if !v.seen[dirs[i]] {
			v.seen[dirs[i]] = true
			v.made = append(v.made, dirs[i])
		}
	}
}

func (v *verification) writable(path, dir string) error {
	opened, err := v.tree.directory(dir)
	if err != nil {
		return at(path, err)
	}
	defer opened.Close()
	return at(path, mayBeWritten(opened))
}

// isThere tells whether a tree has a whole set already: by a commit whose word was lost, most likely.
func isThere(tree tree, manifest bundle.Manifest) (bool, error) {
	for _, item := range manifest.Items {
		same, err := tree.hasItem(item)
		if err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func (t tree) hasItem(item changes.Traced) (bool, error) {
	where, err := t.place(item.Path)
	if isOneOf(err, elsewhere) {
		return item.Change == changes.Deleted, nil
	}
	if err != nil {
		return false, at(item.Path, err)
	}
	defer where.close()
	if item.Change != changes.Deleted {
		same, err := where.has(item.Content())
		return same, at(item.Path, err)
	}
	stat, err := where.stat()
	return err == nil && (kind(stat) == 0 || kind(stat) == unix.S_IFDIR), at(item.Path, err)
}
