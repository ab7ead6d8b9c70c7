package box

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/workspace"
)

// What a set of changes may take of a report, and so of the frame that it becomes.
const (
	itemBytes      = 36 << 10
	violationBytes = 8 << 10
)

// aloneWithin bounds the wait for the kernel to bury what the tool left.
const aloneWithin = 10 * time.Second

// passParts sends the builder the merged workspace and the directory of its parts, by descriptor: paths to them end with the tool's mounts.
func passParts() error {
	merged, err := os.Open(mergedDirectory)
	if err != nil {
		return err
	}
	defer merged.Close()
	parts, err := os.Open(scratchDirectory)
	if err != nil {
		return err
	}
	defer parts.Close()
	return unix.Sendmsg(partsFD, []byte{0}, unix.UnixRights(int(merged.Fd()), int(parts.Fd())), nil, 0)
}

// takeParts receives them.
func takeParts(from int) (merged, parts *os.File, err error) {
	control := make([]byte, unix.CmsgSpace(2*4))
	_, length, _, _, err := unix.Recvmsg(from, make([]byte, 1), control, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
	if err != nil {
		return nil, nil, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:length])
	if err != nil {
		return nil, nil, err
	}
	if len(messages) != 1 {
		return nil, nil, errors.New("the parts of the workspace did not come")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil, nil, err
	}
	if len(fds) != 2 {
		return nil, nil, errors.New("the parts of the workspace are not two")
	}
	return os.NewFile(uintptr(fds[0]), "merged"), os.NewFile(uintptr(fds[1]), "parts"), nil
}

// changesOf looks for what a dead tool has changed. What cannot be looked at makes the set incomplete.
func changesOf(tool Tool, from int) changes.Set {
	merged, parts, err := takeParts(from)
	if err != nil {
		return changes.Set{}
	}
	defer merged.Close()
	defer parts.Close()
	set, err := findChanges(tool, merged, parts)
	if err != nil {
		return changes.Set{}
	}
	return set.Within(itemBytes, violationBytes)
}

func findChanges(tool Tool, merged, parts *os.File) (changes.Set, error) {
	if err := awaitAlone(); err != nil {
		return changes.Set{}, err
	}
	_, steps, err := planWorkspace(tool)
	if err != nil {
		return changes.Set{}, err
	}
	lower, err := openBelow(parts, path.Base(lowerDirectory))
	if err != nil {
		return changes.Set{}, err
	}
	defer lower.Close()
	var drops []changes.Drop
	for _, step := range steps {
		if step.Kind != workspace.Fresh || step.ReadOnly {
			continue
		}
		directory, err := openBelow(parts, path.Join(path.Base(freshDirectory), strconv.Itoa(step.Number)))
		if err != nil {
			return changes.Set{}, err
		}
		defer directory.Close()
		drops = append(drops, changes.Drop{Path: step.Path, Directory: directory, Except: pointsIn(step.Number, steps)})
	}
	bytes := 2 * tool.WorkspaceBytes
	for _, file := range tool.Workspace.Files {
		bytes += 2 * int64(len(file.Content))
	}
	return changes.Find(tool.Storage, lower, merged, drops, bytes), nil
}

// pointsIn names the mount points that we made in a fresh directory.
func pointsIn(number int, steps []workspace.Step) []string {
	var names []string
	for _, step := range steps {
		if step.In == number {
			names = append(names, path.Base(step.Path))
		}
	}
	return names
}

func openBelow(in *os.File, name string) (*os.File, error) {
	fd, err := unix.Openat(int(in.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// awaitAlone waits until no process is left in the builder's pid namespace but the builder: then nothing changes any more.
func awaitAlone() error {
	for end := time.Now().Add(aloneWithin); ; time.Sleep(time.Millisecond) {
		for { // what was traced stays in sight until its tracer has reaped it
			if pid, err := unix.Wait4(-1, nil, unix.WNOHANG|unix.WALL, nil); err == unix.EINTR {
				continue
			} else if err != nil || pid <= 0 {
				break
			}
		}
		others, err := processes()
		if err != nil || others == 0 {
			return err
		}
		if time.Now().After(end) {
			return errors.New("processes are left")
		}
	}
}

// processes counts those that the builder's /proc shows beside itself.
func processes() (int, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return 0, err
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	if err != nil && err != io.EOF {
		return 0, err
	}
	others := 0
	for _, name := range names {
		if number, err := strconv.Atoi(name); err == nil && number != os.Getpid() {
			others++
		}
	}
	return others, nil
}
