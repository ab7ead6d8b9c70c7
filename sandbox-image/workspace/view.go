package workspace

import (
	"errors"
	"strings"
)

// MaxSteps bounds a view's mounts.
const MaxSteps = 1024

// Kind is what is mounted at one path of the view.
type Kind string

const (
	Show  Kind = "show"  // what the source has there, with what the tool changes of it
	Mask  Kind = "mask"  // nothing: it can neither be read nor replaced
	Fresh Kind = "fresh" // a directory of its own, empty but for what is mounted in it
)

// Step is one mount of the view. A path that is shown, masked or fresh in a fresh directory has a mount point there, which comes with the step.
type Step struct {
	Path      string // relative to Root; "" is the root
	Kind      Kind
	Directory bool // or a file
	ReadOnly  bool // of Show and Fresh; a mask always is
	Number    int  // of Fresh: 0, 1, … in order
	Link      bool // of Mask: the source has a symbolic link there; a file must be put in its place first
	In        int  // number of the fresh directory that the path's own mount point is in; -1 where the source has it
}

// View says how to show a tool of a source what the rules grant and no more, parents first.
//
// A directory is mounted onto itself where something in it is mounted: then neither it nor what is above it can be renamed away with its masks. A
// directory that may not be listed is replaced by an empty one, into which what may be seen is mounted.
func View(rules Rules, source Tree) ([]Step, error) {
	v := view{rules: rules}
	v.directory(nil, source.root, surroundings{kind: absent, in: -1})
	if len(v.steps) > MaxSteps {
		return nil, errors.New("the rules need too many mounts for the files of this source")
	}
	return v.steps, nil
}

type view struct {
	rules Rules
	steps []Step
	fresh int
}

// surroundings are what a path stands in.
type surroundings struct {
	kind surrounding
	in   int // number of the fresh directory, else -1
}

type surrounding uint8

const (
	absent   surrounding = iota // nothing: of the root alone
	writable                    // shown, and may be written
	readOnly                    // shown, and may not
	skeleton                    // a fresh directory that holds only what is mounted in it
	dropBox                     // a fresh directory that may be written and not read
)

func (v *view) directory(names []string, at tree, around surroundings) {
	mayRead, mayWrite := v.rules.May(names, Read), v.rules.May(names, Write)
	reads, writes := v.rules.extent(names, Read), v.rules.extent(names, Write)
	switch {
	case reads == nothing && around.kind == dropBox: // there it simply is not
	case reads == everything && writes == everything:
		v.show(names, true, false, around)
	case reads == everything && writes == nothing:
		v.show(names, true, true, around)
	case reads == nothing && writes == nothing && around.kind == absent:
		v.empty(names, true, around) // the tool starts in the root: it must be able to enter it
	case reads == nothing && writes == nothing:
		v.hide(names, true, around)
	case reads == nothing && writes == everything:
		v.empty(names, false, around)
	case mayRead:
		inside := surroundings{kind: writable, in: -1}
		if !mayWrite {
			inside.kind = readOnly
		}
		before := len(v.steps)
		v.add(names, Step{Kind: Show, Directory: true, ReadOnly: !mayWrite}, around)
		v.children(names, at, inside)
		if len(v.steps) == before+1 && inside.kind == around.kind {
			v.steps = v.steps[:before] // nothing in it differs from what is around it
		}
	default:
		inside := surroundings{kind: skeleton}
		if mayWrite {
			inside.kind = dropBox
		}
		inside.in = v.empty(names, !mayWrite, around)
		v.children(names, at, inside)
	}
}

func (v *view) children(names []string, at tree, around surroundings) {
	for _, name := range at.names() {
		if len(v.steps) > MaxSteps {
			return
		}
		path := append(names[:len(names):len(names)], name)
		switch below := at[name]; {
		case below == nil:
			v.file(path, around)
		case below.isLink():
			v.link(path, around)
		default:
			v.directory(path, below, around)
		}
	}
}

func (v *view) file(names []string, around surroundings) {
	mayWrite := v.rules.May(names, Write)
	switch {
	case v.rules.May(names, Read):
		v.show(names, false, !mayWrite, around)
	default:
		v.hide(names, false, around)
	}
}

// link leaves a symbolic link as it is where it may be accessed like what is around it. Where not, the tool does not see it: a mount on a link would be
// one on what it leads to.
func (v *view) link(names []string, around surroundings) {
	mayRead, mayWrite := v.rules.May(names, Read), v.rules.May(names, Write)
	switch {
	case around.kind == skeleton, around.kind == dropBox: // there it simply is not
	case mayRead && mayWrite == (around.kind == writable):
	default:
		v.add(names, Step{Kind: Mask, ReadOnly: true, Link: true}, around)
	}
}

func (v *view) show(names []string, directory, only bool, around surroundings) {
	if around.kind == writable && !only || around.kind == readOnly && only {
		return // as it is
	}
	v.add(names, Step{Kind: Show, Directory: directory, ReadOnly: only}, around)
}

// hide keeps away what is denied. In a fresh directory it simply is not: a mask would tell that the source has it. What the tool makes under its name in a drop box
// is judged when the tool is dead.
func (v *view) hide(names []string, directory bool, around surroundings) {
	if around.kind != skeleton && around.kind != dropBox {
		v.add(names, Step{Kind: Mask, Directory: directory, ReadOnly: true}, around)
	}
}

func (v *view) empty(names []string, only bool, around surroundings) int {
	number := v.fresh
	v.fresh++
	v.add(names, Step{Kind: Fresh, Directory: true, ReadOnly: only, Number: number}, around)
	return number
}

func (v *view) add(names []string, step Step, around surroundings) {
	step.Path = strings.Join(names, "/")
	step.In = around.in
	v.steps = append(v.steps, step)
}
