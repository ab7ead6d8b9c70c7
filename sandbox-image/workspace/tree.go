package workspace

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bounds of a source whose files travel in the job.
const (
	MaxFiles     = 256
	MaxFileBytes = 128 << 10 // of all of them
	MaxPath      = 256       // bytes
)

// File is one file of a source.
type File struct {
	Path    string // relative to Root: a/b.txt
	Content []byte
}

// Origin is where what a workspace begins with comes from.
type Origin string

// What there is beside nothing.
const (
	Nothing Origin = ""
	Inline  Origin = "inline" // files of the job
	Volume  Origin = "volume" // a directory of the pod's volume
	// ConfigMap is files that the pod has of one. Who runs the job reads them; they are then handled as those of a job are.
	ConfigMap Origin = "configMap"
)

// Source is what a workspace begins with.
type Source struct {
	Origin  Origin
	Files   []File   // of Inline
	SubPath string   // of Volume: a directory in it; empty: its root
	Outputs []string // files that are to come back, whatever the workspace begins with
	Commit  bool     // of Volume: the contents of what the tool changes are kept, so that somebody may commit them
}

// InlineSource is a source of files that travel in the job.
func InlineSource(files ...File) Source { return Source{Origin: Inline, Files: files} }

// CheckPath refuses what is no path of a file below the workspace.
func CheckPath(path string) error {
	if len(path) > MaxPath {
		return fmt.Errorf("a path has %d bytes, the bound is %d", len(path), MaxPath)
	}
	for _, name := range strings.Split(path, "/") {
		if err := CheckName(name); err != nil {
			return err
		}
	}
	return nil
}

// tree is a directory with what is in it; nil is a file.
type tree map[string]tree

// link stands for a symbolic link: no mount can be made on one.
var link = tree{"": nil}

func (t tree) isLink() bool {
	_, is := t[""]
	return is
}

func (t tree) isDirectory() bool { return t != nil && !t.isLink() }

// Tree is a source's directories and names.
type Tree struct{ root tree }

// NewTree is a tree that has nothing yet.
func NewTree() Tree { return Tree{tree{}} }

// Directory adds a directory, and those above it that are missing.
func (t Tree) Directory(names []string) error {
	_, err := t.root.directory(names)
	return err
}

// File adds what is no directory and no link.
func (t Tree) File(names []string) error { return t.leaf(names, nil) }

// Link adds a symbolic link.
func (t Tree) Link(names []string) error { return t.leaf(names, link) }

func (t Tree) leaf(names []string, what tree) error {
	dir, err := t.root.directory(names[:len(names)-1])
	if err != nil {
		return err
	}
	dir[names[len(names)-1]] = what
	return nil
}

// TreeOf is the tree of files. Two files of one path, and a file with another one below it, are an error.
func TreeOf(files []File) (Tree, error) {
	root := tree{}
	for _, file := range files {
		if err := CheckPath(file.Path); err != nil {
			return Tree{}, err
		}
		names := strings.Split(file.Path, "/")
		dir, err := root.directory(names[:len(names)-1])
		if err != nil {
			return Tree{}, err
		}
		name := names[len(names)-1]
		if _, exists := dir[name]; exists {
			return Tree{}, errors.New("two files of a source have one path")
		}
		dir[name] = nil
	}
	return Tree{root}, nil
}

// directory returns the directory of that path, made where it is missing.
func (t tree) directory(names []string) (tree, error) {
	for _, name := range names {
		next, exists := t[name]
		if exists && !next.isDirectory() {
			return nil, errors.New("a file of a source has another one below it")
		}
		if !exists {
			next = tree{}
			t[name] = next
		}
		t = next
	}
	return t, nil
}

// names in order, so that one source gives one plan.
func (t tree) names() []string {
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Prepare makes the directories that a rule allows to be written: what is not there cannot be written into. Where a file is in the way there is
// nothing to make.
func (t Tree) Prepare(rules Rules) {
	for _, names := range rules.Wanted() {
		_ = t.Directory(names)
	}
}

// Wanted are the directories that a rule allows to be written, by their names below Root.
func (r Rules) Wanted() [][]string {
	var wanted [][]string
	for _, rule := range r.Allow {
		if names, one := rule.Pattern.directory(); one && rule.Access&Write != 0 && len(names) > 1 && names[0] == rootName {
			wanted = append(wanted, names[1:])
		}
	}
	return wanted
}

// Directories lists all directories below the root, parents first.
func (t Tree) Directories() []string {
	var paths []string
	var visit func(at tree, path string)
	visit = func(at tree, path string) {
		for _, name := range at.names() {
			if below := at[name]; below.isDirectory() {
				paths = append(paths, path+name)
				visit(below, path+name+"/")
			}
		}
	}
	visit(t.root, "")
	return paths
}

// Names splits a path relative to Root.
func Names(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}
