package box

import (
	"errors"
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/workspace"
)

// source is what one workspace begins with.
type source struct {
	tree   workspace.Tree
	volume *os.File // nil where its files come with the job
	wanted [][]string
}

func sourceOf(tool Tool) (source, error) {
	if tool.Workspace.Origin != workspace.Volume {
		tree, err := workspace.TreeOf(tool.Workspace.Files)
		if err == nil {
			tree.Prepare(tool.Storage)
		}
		return source{tree: tree}, err
	}
	volume, err := openVolume(tool.Workspace.SubPath)
	if err != nil {
		return source{}, err
	}
	tree, err := scan(volume, tool.Storage)
	if err != nil {
		volume.Close()
		return source{}, err
	}
	from := source{tree: tree, volume: volume}
	for _, names := range tool.Storage.Wanted() {
		if from.canHave(names) {
			if err := tree.Directory(names); err == nil {
				from.wanted = append(from.wanted, names)
			}
		}
	}
	return from, nil
}

// canHave tells whether a directory is in the volume, or can be made over it: no file and no link is in its way.
func (s source) canHave(names []string) bool {
	at := s.volume
	for i, name := range names {
		next, err := openBelow(at, name)
		if i > 0 {
			at.Close()
		}
		if err != nil {
			return errors.Is(err, unix.ENOENT)
		}
		at = next
	}
	if len(names) > 0 {
		at.Close()
	}
	return true
}

func (s source) close() {
	if s.volume != nil {
		s.volume.Close()
	}
}

// place puts the source where the overlay has its lower layer: the files of a job by writing them, a volume by mounting it, read-only.
func (s source) place(tool Tool, steps []workspace.Step) error {
	if s.volume == nil {
		return s.write(tool.Workspace.Files, tool.Storage)
	}
	if err := unix.Fchdir(int(s.volume.Fd())); err != nil { // by what was opened: a path could lead elsewhere by now
		return err
	}
	if err := bind(".", lowerDirectory, unix.MS_RDONLY|partFlags); err != nil {
		return err
	}
	// A whiteout: what a committer keeps in a volume, now or later, is not there for the tool.
	if err := unix.Mknod(path.Join(madeDirectory, workspace.CommitDirectory), unix.S_IFCHR, 0); err != nil {
		return fmt.Errorf("hide what committers keep: %w", err)
	}
	for _, names := range s.wanted {
		if err := os.MkdirAll(path.Join(madeDirectory, path.Join(names...)), 0o755); err != nil {
			return err
		}
	}
	for _, step := range steps {
		if !step.Link {
			continue
		}
		name := path.Join(madeDirectory, step.Path)
		if err := os.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, nil, 0); err != nil {
			return err
		}
	}
	return nil
}

// write writes the files of a job. What the tool may not read is there by name only: a mask needs a place, and nothing else of it is in the box.
func (s source) write(files []workspace.File, rules workspace.Rules) error {
	for _, dir := range s.tree.Directories() {
		if err := makeDirectory(path.Join(lowerDirectory, dir), 0o755); err != nil {
			return err
		}
	}
	for _, file := range files {
		content := file.Content
		if !rules.May(workspace.Names(file.Path), workspace.Read) {
			content = nil
		}
		name := path.Join(lowerDirectory, file.Path)
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return err
		}
		if err := unix.Chmod(name, 0o644); err != nil { // whatever the umask is
			return err
		}
	}
	return nil
}
