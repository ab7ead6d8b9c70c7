package box

import (
	"fmt"
	"os"
	"path"
	"strconv"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/workspace"
)

// scratchDirectory is the tool's own /tmp. Until that is mounted, the parts of the workspace stand there: then it covers them, and the tool, which
// may not unmount it, has no path to them.
const scratchDirectory = "/tmp"

// Where the parts stand.
const (
	lowerDirectory  = scratchDirectory + "/lower"  // the source; nobody writes it any more
	madeDirectory   = scratchDirectory + "/made"   // over it: what a volume must have for the rules, and has not
	upperDirectory  = scratchDirectory + "/upper"  // what the tool changes
	workDirectory   = scratchDirectory + "/work"   // the overlay's own
	mergedDirectory = scratchDirectory + "/merged" // both, as one
	freshDirectory  = scratchDirectory + "/fresh"  // a directory for each step of that kind
	dropsFile       = scratchDirectory + "/drops.json"
	masksDirectory  = scratchDirectory + "/masks"
	maskDirectory   = masksDirectory + "/directory"
	maskFile        = masksDirectory + "/file"

	// What directories, names and the overlay's bookkeeping may take beside the tool's own bytes.
	partsBytes = 1 << 20
)

// partFlags hold for all that a tool may write, and for what is shown of it: no file there can be executed.
const partFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// mountWorkspace gives the tool its workspace: scratch space where nothing is said of it, else a view of the source by the rules. Both are bounded by
// the job; their pages are the sandbox's own memory.
//
// The parts go to the builder: when the tool is dead, and its mounts with it, they show what it changed.
func mountWorkspace(tool Tool) error {
	if !tool.HasView() {
		return mountTmpfs(workspace.Root, "0755", tool.WorkspaceBytes)
	}
	source, err := sourceOf(tool)
	if err != nil {
		return err
	}
	defer source.close()
	steps, err := workspace.View(tool.Storage, source.tree)
	if err != nil {
		return fmt.Errorf("%w: %v", errSourceTooLarge, err)
	}
	bytes := int64(partsBytes)
	for _, file := range tool.Workspace.Files {
		bytes += int64(len(file.Content) + os.Getpagesize())
	}
	if err := mountTmpfs(scratchDirectory, "0700", tool.WorkspaceBytes+bytes); err != nil {
		return err
	}
	for _, dir := range []string{lowerDirectory, madeDirectory, upperDirectory, workDirectory, mergedDirectory, freshDirectory} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := source.place(tool, steps); err != nil {
		return err
	}
	if err := mountOverlay(source); err != nil {
		return err
	}
	if err := mountMasks(); err != nil {
		return err
	}
	for _, step := range steps {
		if err := mountStep(step); err != nil {
			return fmt.Errorf("%s %q: %w", step.Kind, step.Path, err)
		}
	}
	return passParts(steps)
}

func mountTmpfs(at, mode string, bytes int64) error {
	options := fmt.Sprintf("mode=%s,size=%d", mode, bytes)
	if err := unix.Mount("tmpfs", at, "tmpfs", partFlags, options); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	return nil
}

// mountOverlay needs userxattr: without it, gVisor's kernel panics when a tool renames a directory that it made.
func mountOverlay(source source) error {
	lower := lowerDirectory
	if source.volume != nil {
		lower = madeDirectory + ":" + lower
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s,userxattr", lower, upperDirectory, workDirectory)
	if err := unix.Mount("overlay", mergedDirectory, "overlay", partFlags, options); err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	return nil
}

// mountMasks makes what denied files and directories are covered with: empty, and closed also to their owner. An overlay without an upper layer,
// because a tmpfs of gVisor lets its owner change modes, times and sizes through a mount that is read-only.
func mountMasks() error {
	layers := []string{scratchDirectory + "/masks-1", scratchDirectory + "/masks-2"} // it takes at least two
	for _, dir := range append(layers, masksDirectory) {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path.Join(layers[0], path.Base(maskDirectory)), 0); err != nil {
		return err
	}
	if err := os.WriteFile(path.Join(layers[0], path.Base(maskFile)), nil, 0); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=%s:%s,userxattr", layers[0], layers[1])
	if err := unix.Mount("overlay", masksDirectory, "overlay", unix.MS_RDONLY|partFlags, options); err != nil {
		return fmt.Errorf("masks: %w", err)
	}
	return nil
}

func mountStep(step workspace.Step) error {
	at := path.Join(workspace.Root, step.Path)
	from := path.Join(mergedDirectory, step.Path)
	switch {
	case step.Kind == workspace.Fresh:
		from = fresh(step.Number)
		if err := makeDirectory(from, 0o755); err != nil {
			return err
		}
	case step.Kind == workspace.Mask && step.Directory:
		from = maskDirectory
	case step.Kind == workspace.Mask:
		from = maskFile
	}
	if step.In >= 0 {
		// The mount point is made where the fresh directory comes from: where it is mounted it may be read-only.
		if err := makeMountPoint(path.Join(fresh(step.In), path.Base(step.Path)), step.Directory); err != nil {
			return err
		}
	}
	flags := uintptr(partFlags)
	if step.ReadOnly {
		flags |= unix.MS_RDONLY
	}
	return bind(from, at, flags)
}

func fresh(number int) string { return path.Join(freshDirectory, strconv.Itoa(number)) }

func makeMountPoint(name string, directory bool) error {
	if directory {
		return os.Mkdir(name, 0o755)
	}
	return os.WriteFile(name, nil, 0o444)
}
