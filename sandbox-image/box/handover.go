package box

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// runTool starts the entrant in user, pid and mount namespaces of its own, so that the tool finds nobody to signal or trace, and no mount that it
// could undo. The builder stays outside of them without any capability, hands over the order, waits and tells how it ended.
//
// The entrant is started before there is an order: a new process costs more time under gVisor than all the rest.
func runTool(supervisor io.Writer) error {
	entrant, order, progress, workspaceParts, err := startEntrant()
	if err != nil {
		return &stepError{"start-entrant", err}
	}
	defer workspaceParts.Close()
	defer entrant.Wait()
	defer entrant.Process.Kill()
	if err := dropAllCapabilities(); err != nil {
		return &stepError{"builder-capabilities", err}
	}
	entering := reports(progress)
	if report := next(entering); report.Event != Ready {
		return send(supervisor, report)
	}
	tasks, err := countTasks()
	if err != nil {
		return &stepError{"count-tasks", err}
	}
	if err := send(supervisor, Report{Event: Ready, Tasks: tasks}); err != nil {
		return err
	}
	orders := os.NewFile(ordersFD, "orders")
	tool, err := relay(orders, order)
	if err != nil {
		return fmt.Errorf("hand over the order: %w", err)
	}
	var usedBeforeKill atomic.Int64
	go func() {
		io.Copy(io.Discard, orders) // until the supervisor closes its end, or is gone
		usedBeforeKill.Store(treeCPUMicros())
		entrant.Process.Kill() // pid 1 of the tool's pid namespace: all that it started dies with it
	}()
	report, entrantCPUMicros := awaitExec(entering)
	if err := send(supervisor, report); err != nil || report.Event != Started {
		return err
	}
	var merged, parts *os.File
	if tool.HasView() {
		if merged, parts, err = takeParts(int(workspaceParts.Fd())); err != nil {
			return err // and the tool is killed, whose changes nobody would see
		}
	}
	entrant.Wait() // its error only repeats the state
	end, err := ended(entrant.ProcessState)
	if err != nil {
		return err
	}
	// The process was the entrant before it was the tool: what that used is not the tool's.
	end.CPUMicros = max(0, max(end.CPUMicros, usedBeforeKill.Load())-entrantCPUMicros)
	if err := send(supervisor, end); err != nil || !tool.HasView() {
		return err
	}
	changed := changesOf(tool, merged, parts)
	return send(supervisor, Report{Event: Changed, Changes: &changed})
}

func startEntrant() (entrant *exec.Cmd, order io.WriteCloser, progress io.Reader, parts *os.File, err error) {
	progressRead, progressWrite, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, nil, err
	}
	orderRead, orderWrite, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, nil, err
	}
	sockets, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	files := []*os.File{progressWrite}
	for fd := stdioFD; fd < stdioFD+3; fd++ {
		files = append(files, os.NewFile(uintptr(fd), "stdio"))
	}
	files = append(files, os.NewFile(uintptr(sockets[1]), "parts"))
	entrant = &exec.Cmd{
		Path:       "/proc/self/exe", // the program's path is no longer in reach
		Args:       []string{EnterCommand},
		Env:        runtimeEnvironment,
		Stdin:      orderRead,
		ExtraFiles: files,
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: toolID, HostID: 0, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: toolID, HostID: 0, Size: 1}},
			// Its uid is not 0, so execve would take all capabilities away: these two are for its mounts and for emptying the bounding set.
			AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP},
			Setsid:      true,
		},
	}
	err = entrant.Start()
	orderRead.Close()
	for _, file := range files {
		file.Close() // the pipes must end when the tool does
	}
	return entrant, orderWrite, progressRead, os.NewFile(uintptr(sockets[0]), "parts"), err
}

// relay passes one order on, ends it, and tells what it was.
func relay(orders io.Reader, order io.WriteCloser) (Tool, error) {
	var text json.RawMessage
	if err := json.NewDecoder(orders).Decode(&text); err != nil {
		return Tool{}, err
	}
	if _, err := order.Write(text); err != nil {
		return Tool{}, err
	}
	var tool Tool
	if err := json.Unmarshal(text, &tool); err != nil {
		return Tool{}, err
	}
	return tool, order.Close()
}

// awaitExec reads the entrant's pipe, which its successful execve closes. It also returns what the entrant itself used.
func awaitExec(entering *json.Decoder) (Report, int64) {
	last := next(entering)
	if last.Event != Entering {
		return last, 0
	}
	var refusal Report
	switch err := entering.Decode(&refusal); err {
	case io.EOF:
		return Report{Event: Started}, last.CPUMicros
	case nil:
		return refusal, 0
	default:
		return failure(err), 0
	}
}

// next is the entrant's next report; the pipe's early end means that it died.
func next(entering *json.Decoder) Report {
	var report Report
	if err := entering.Decode(&report); err != nil {
		return failure(&stepError{"enter", err})
	}
	return report
}

// countTasks counts the threads of this process.
func countTasks() (int, error) {
	tasks, err := os.ReadDir("/proc/self/task")
	return len(tasks), err
}
