package box

import (
	"encoding/json"
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

// parts are what is needed to look at a workspace after its tool, by descriptor: paths to them end with the tool's mounts.
type parts struct {
	merged, lower, scratch *os.File
}

// dropBox is a directory that the tool may write and not read, as the entrant tells the builder of it.
type dropBox struct {
	Path   string
	Number int
	Except []string // mount points that we made in it
}

// passParts sends them to the builder, and leaves in them what it has to know of the plan.
func passParts(steps []workspace.Step) error {
	boxes := []dropBox{}
	for _, step := range steps {
		if step.Kind == workspace.Fresh && !step.ReadOnly {
			boxes = append(boxes, dropBox{step.Path, step.Number, pointsIn(step.Number, steps)})
		}
	}
	text, err := json.Marshal(boxes)
	if err != nil {
		return err
	}
	if err := os.WriteFile(dropsFile, text, 0o600); err != nil {
		return err
	}
	var fds []int
	for _, name := range []string{mergedDirectory, lowerDirectory, scratchDirectory} {
		part, err := os.Open(name)
		if err != nil {
			return err
		}
		defer part.Close()
		fds = append(fds, int(part.Fd()))
	}
	return unix.Sendmsg(partsFD, []byte{0}, unix.UnixRights(fds...), nil, 0)
}

// takeParts receives them.
func takeParts(from int) (parts, error) {
	const many = 3
	control := make([]byte, unix.CmsgSpace(many*4))
	_, length, _, _, err := unix.Recvmsg(from, make([]byte, 1), control, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
	if err != nil {
		return parts{}, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:length])
	if err != nil {
		return parts{}, err
	}
	if len(messages) != 1 {
		return parts{}, errors.New("the parts of the workspace did not come")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return parts{}, err
	}
	if len(fds) != many {
		return parts{}, errors.New("the parts of the workspace are not three")
	}
	return parts{os.NewFile(uintptr(fds[0]), "merged"), os.NewFile(uintptr(fds[1]), "lower"), os.NewFile(uintptr(fds[2]), "scratch")}, nil
}

// found is what a dead tool has changed, and what of it is to come back.
type found struct {
	set     changes.Set // what fits into a report
	outputs []changes.Output
	trace   *changes.Trace // nil where nobody may commit it
}

// changesOf looks for what a dead tool that began at a time has changed. What cannot be looked at makes the set incomplete. What it opens stays open: the
// trace needs it, and this process ends when nobody does.
func changesOf(tool Tool, from int, began time.Time) found {
	none := found{outputs: changes.NoOutputs(len(tool.Workspace.Outputs))}
	parts, err := takeParts(from)
	if err != nil {
		return none
	}
	set, trace, err := findChanges(tool, parts, began)
	if err != nil {
		return none
	}
	return found{set.Within(itemBytes, violationBytes), changes.Outputs(tool.Storage, parts.merged, tool.Workspace.Outputs), trace}
}

func findChanges(tool Tool, parts parts, began time.Time) (changes.Set, *changes.Trace, error) {
	if err := awaitAlone(); err != nil {
		return changes.Set{}, nil, err
	}
	boxes, err := readDrops(parts.scratch)
	if err != nil {
		return changes.Set{}, nil, err
	}
	upper, err := openBelow(parts.scratch, path.Base(upperDirectory))
	if err != nil {
		return changes.Set{}, nil, err
	}
	defer upper.Close()
	var drops []changes.Drop
	for _, box := range boxes {
		directory, err := openBelow(parts.scratch, path.Join(path.Base(freshDirectory), strconv.Itoa(box.Number)))
		if err != nil {
			return changes.Set{}, nil, err
		}
		drops = append(drops, changes.Drop{Path: box.Path, Directory: directory, Except: box.Except})
	}
	// What is new, and of what it replaces as much: what is of another size is not read.
	bytes := 2 * tool.WorkspaceBytes
	for _, file := range tool.Workspace.Files {
		bytes += 2 * int64(len(file.Content))
	}
	if tool.Workspace.Commit {
		set, trace := changes.FindTraced(tool.Storage, parts.lower, parts.merged, upper, drops, bytes, began)
		return set, trace, nil
	}
	return changes.Find(tool.Storage, parts.lower, parts.merged, upper, drops, bytes), nil, nil
}

func readDrops(scratch *os.File) ([]dropBox, error) {
	fd, err := unix.Openat(int(scratch.Fd()), path.Base(dropsFile), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "drops")
	defer file.Close()
	var boxes []dropBox
	return boxes, json.NewDecoder(file).Decode(&boxes)
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

// openBelow opens a directory, and no link to one. Without O_DIRECTORY: with it, gVisor follows a link although O_NOFOLLOW is given.
func openBelow(in *os.File, name string) (*os.File, error) {
	fd, err := unix.Openat(int(in.Fd()), name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err == nil && stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		err = unix.ENOTDIR
	}
	if err != nil {
		unix.Close(fd)
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
