package box

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// Kind is what the box makes of one path of the image.
type Kind string

const (
	Bind      Kind = "bind"      // the image's own directory or file, with all below it
	Directory Kind = "directory" // a new directory with the image's mode; what belongs into it follows
	Symlink   Kind = "symlink"   // a new symlink with the image's target
)

// Entry is one path of the box's root file system.
type Entry struct {
	Path   string
	Kind   Kind
	Mode   fs.FileMode // of a Directory, permission bits; of a Bind, whether it is a directory
	Target string      // of a Symlink
}

// Tree is what Plan needs to know of the image.
type Tree interface {
	ReadDir(dir string) ([]fs.DirEntry, error)
	Readlink(name string) (string, error)
}

// neverFromImage are paths that the box makes itself or leaves out, whatever the image has there.
var neverFromImage = []string{"/proc", "/sys", "/dev", "/run", "/tmp", "/workspace", "/.cofferdam"}

// ownFiles are written by the box, so the directories that hold them cannot be the image's.
var ownFiles = []string{"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}

// Plan says how to give the image's tree to the tool, parents first, without anything that was mounted into the pod.
//
// A recursive bind of / would drag in the token, Secrets and the kubelet's files, so: a path with no mount at or below it is bound; a path
// that is a mount point is left out; a directory with mounts somewhere below is made anew and its children are looked at one by one.
func Plan(tree Tree, mountPoints []string) ([]Entry, error) {
	return plan(tree, "/", append(slices.Clone(mountPoints), ownFiles...))
}

func plan(tree Tree, dir string, mountPoints []string) ([]Entry, error) {
	children, err := tree.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list %s of the image: %w", dir, err)
	}
	var entries []Entry
	for _, child := range children {
		name := path.Join(dir, child.Name())
		switch {
		case slices.Contains(neverFromImage, name), slices.Contains(mountPoints, name):
			continue
		case child.Type() == fs.ModeSymlink:
			target, err := tree.Readlink(name)
			if err != nil {
				return nil, fmt.Errorf("read the image's symlink %s: %w", name, err)
			}
			entries = append(entries, Entry{Path: name, Kind: Symlink, Target: target})
		case child.IsDir() && anyBelow(mountPoints, name):
			info, err := child.Info()
			if err != nil {
				return nil, fmt.Errorf("look at %s of the image: %w", name, err)
			}
			entries = append(entries, Entry{Path: name, Kind: Directory, Mode: info.Mode().Perm()})
			below, err := plan(tree, name, mountPoints)
			if err != nil {
				return nil, err
			}
			entries = append(entries, below...)
		case child.IsDir():
			entries = append(entries, Entry{Path: name, Kind: Bind, Mode: fs.ModeDir})
		case child.Type().IsRegular():
			entries = append(entries, Entry{Path: name, Kind: Bind})
		}
		// Devices, sockets and fifos of an image lead out of the box: left out.
	}
	return entries, nil
}

func anyBelow(mountPoints []string, dir string) bool {
	return slices.ContainsFunc(mountPoints, func(point string) bool { return strings.HasPrefix(point, dir+"/") })
}

// MountPoints reads the fifth field of each line of proc(5)'s mountinfo.
func MountPoints(mountinfo io.Reader) ([]string, error) {
	var points []string
	lines := bufio.NewScanner(mountinfo)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 || !strings.HasPrefix(fields[4], "/") {
			return nil, fmt.Errorf("not a line of mountinfo: %q", lines.Text())
		}
		points = append(points, unescape.Replace(fields[4]))
	}
	return points, lines.Err()
}

// unescape undoes the kernel's octal spelling of the characters that separate fields.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// image is the pod's own root file system.
type image struct{}

func (image) ReadDir(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if err == nil {
		return entries, nil
	}
	// What the pod's user may not list, the tool (the same user) may not either: an empty directory is all it would see.
	if pathError, ok := err.(*fs.PathError); ok && pathError.Err == syscall.EACCES && dir != "/" {
		return nil, nil
	}
	return nil, err
}

func (image) Readlink(name string) (string, error) { return os.Readlink(name) }
