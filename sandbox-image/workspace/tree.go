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

// Source is what a workspace begins with.
type Source struct{ Files []File }

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

// Tree is a source's directories and names.
type Tree struct{ root tree }

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
		if exists && next == nil {
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
	for _, rule := range rules.Allow {
		if names, one := rule.Pattern.directory(); one && rule.Access&Write != 0 && len(names) > 1 && names[0] == rootName {
			_, _ = t.root.directory(names[1:])
		}
	}
}

// Directories lists all directories below the root, parents first.
func (t Tree) Directories() []string {
	var paths []string
	var visit func(at tree, path string)
	visit = func(at tree, path string) {
		for _, name := range at.names() {
			if below := at[name]; below != nil {
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
