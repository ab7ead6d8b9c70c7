// Package box builds the inner sandbox of a pod and runs one tool in it.
//
// Three processes of one program take part. The supervisor (this file) never leaves the pod's namespaces. The builder (builder.go) makes the box
// from the inside and waits. The entrant (entrant.go) enters the tool's own namespaces, gives up everything and becomes the tool.
package box

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// MountPoint is where the box's root is mounted: a directory of the supervisor's own image, because a read-only image has no room for one.
	MountPoint = "/.cofferdam/bin/root"

	// BuildCommand and EnterCommand are the argv[0] under which the program runs as builder and as entrant.
	BuildCommand = "box-build"
	EnterCommand = "box-enter"

	// headroom is for threads that the Go runtimes of supervisor and builder may still start, so that the tool is not given fewer tasks than its limit: none where nothing
	// is going on, and eight of them were seen on a node whose processors were wanted by twenty others.
	headroom = 12
	// tunnelHeadroom comes on top where the supervisor carries the tool's connections.
	tunnelHeadroom = 8
)

// runtimeEnvironment keeps the helpers small: one thread is enough for them, and they end before a collection would pay.
var runtimeEnvironment = []string{"GOMAXPROCS=1", "GOGC=off"}

// Box is a sandbox being built or in use. One tool, once.
type Box struct {
	Stdin          io.WriteCloser
	Stdout, Stderr *os.File

	builder *exec.Cmd
	orders  *os.File
	reports *json.Decoder
	sockets *os.File // where the builder passes the sockets of the box's network
}

// Prepare starts the builder. It must come before this process knows a secret.
func Prepare() (*Box, error) {
	var theirs, ours []*os.File
	defer func() {
		for _, file := range theirs {
			file.Close()
		}
	}()
	// In the order of the builder's descriptors: orders, reports, stdin, stdout, stderr; for each, which end is the builder's.
	for _, builderReads := range []bool{true, false, true, false, false} {
		read, write, err := os.Pipe()
		if err != nil {
			return nil, fmt.Errorf("make a pipe: %w", err)
		}
		if builderReads {
			theirs, ours = append(theirs, read), append(ours, write)
		} else {
			theirs, ours = append(theirs, write), append(ours, read)
		}
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	sockets := os.NewFile(uintptr(pair[0]), "sockets")
	theirs = append(theirs, os.NewFile(uintptr(pair[1]), "sockets"))
	builder := &exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        []string{BuildCommand, strconv.Itoa(os.Getuid()), strconv.Itoa(os.Getgid())},
		Env:         runtimeEnvironment, // nothing of the pod's
		Stdin:       theirs[0],
		ExtraFiles:  theirs[1:],
		SysProcAttr: inNamespaces(syscall.CLONE_NEWPID|syscall.CLONE_NEWNS|syscall.CLONE_NEWNET|syscall.CLONE_NEWIPC|syscall.CLONE_NEWUTS, builderCapabilities),
	}
	if err := builder.Start(); err != nil {
		return nil, fmt.Errorf("start the builder in new namespaces (is this pod run by gVisor?): %w", err)
	}
	return &Box{Stdin: ours[2], Stdout: ours[3], Stderr: ours[4], builder: builder, orders: ours[0], reports: reports(ours[1]), sockets: sockets}, nil
}

// Next waits for the builder's next report: Ready; after Start, Started; then how it ended. Failed may come instead of any, and after Order whatever
// says that there is nothing to start.
// An error means that the builder is gone or broken.
func (b *Box) Next() (Report, error) {
	var report Report
	if err := b.reports.Decode(&report); err != nil {
		return Report{}, fmt.Errorf("the builder's report: %w", err)
	}
	return report, nil
}

// Order makes a box that reported Ready the tool's, who will have at least `processes` tasks of its own. Nothing of the tool runs before Start.
func (b *Box) Order(ready Report, tool Tool, processes int) error {
	own, err := countTasks()
	if err != nil {
		return err
	}
	tool.Tasks = own + ready.Tasks + headroom + processes
	if len(tool.Listeners) > 1 {
		tool.Tasks += tunnelHeadroom
	}
	return json.NewEncoder(b.orders).Encode(tool)
}

// Builder is the process that holds the box, as the supervisor sees it.
func (b *Box) Builder() int { return b.builder.Process.Pid }

// Start lets the tool of Order run.
func (b *Box) Start() error {
	return json.NewEncoder(b.orders).Encode(startOrder)
}

// Stop orders the tool and all that it started killed; Ended follows.
func (b *Box) Stop() { b.orders.Close() }

// Kill kills whatever is left: the builder is pid 1 of a pid namespace that holds every process of the box.
func (b *Box) Kill() { b.builder.Process.Kill() }

// Destroy also waits until the builder is dead. One that waits in the kernel, for a volume that does not answer, is not until that does.
func (b *Box) Destroy() {
	b.Kill()
	b.builder.Wait()
}
