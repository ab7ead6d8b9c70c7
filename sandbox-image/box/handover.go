package box

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// runTool starts the entrant in user, pid and mount namespaces of its own, so that the tool finds nobody to signal or trace, and no mount that it
// could undo. The builder stays outside of them without any capability, hands over the order, traces what the tool starts and tells how it ended.
//
// The entrant is started before there is an order: a new process costs more time under gVisor than all the rest.
func runTool(supervisor io.Writer) error {
	entrant, order, progress, workspaceParts, err := startEntrant()
	if err != nil {
		return &stepError{"start-entrant", err}
	}
	defer workspaceParts.Close()
	// No wait of the library's: the tracer reaps the entrant like all that comes of it.
	defer unix.Kill(entrant, unix.SIGKILL)
	if err := dropAllCapabilities(); err != nil {
		return &stepError{"builder-capabilities", err}
	}
	entering := reports(progress)
	if report := next(entering); report.Event != Ready {
		return send(supervisor, report)
	}
	// A user namespace obeys the user who made it, with or without capabilities: so the tool's tracer needs none.
	if err := seize(entrant); err != nil {
		return &stepError{"trace", err}
	}
	tasks, err := countTasks()
	if err != nil {
		return &stepError{"count-tasks", err}
	}
	if err := send(supervisor, Report{Event: Ready, Tasks: tasks}); err != nil {
		return err
	}
	orders := json.NewDecoder(os.NewFile(ordersFD, "orders"))
	text, err := nextOrder(orders)
	if err != nil {
		return fmt.Errorf("take the order: %w", err)
	}
	var tool Tool
	if err := json.Unmarshal(text, &tool); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	if err := listenForTool(tool.Listeners); err != nil {
		return &stepError{"listen", err}
	}
	began := time.Now() // what somebody else changes in a volume from now on, the tool may have seen or not
	frost := newFrost()
	go func() {
		// Beside the tracer: an order may be larger than a pipe, and an entrant that gets a signal while it reads stands still until its tracer has seen it.
		passOn(text, order) // an entrant that is gone needs no order
		// Until the supervisor closes its end, or is gone.
		for next, err := nextOrder(orders); err == nil; next, err = nextOrder(orders) {
			if isFreeze(next) {
				go frost.order() // the end of the orders must be heard meanwhile
			} else {
				passOn(next, order)
			}
		}
		unix.Kill(entrant, unix.SIGKILL) // pid 1 of the tool's pid namespace: all that it started dies with it
	}()
	// From here on this process lives as long as the tool and works for it: the helpers' ways to stay small no longer pay.
	debug.SetGCPercent(100)
	var entered Report
	programs := newPrograms(tool.Argv[0], tool.Exec)
	ledger := newLedger(func(executed Executed) {
		send(supervisor, Report{Event: Ran, Executed: &executed}) // a supervisor that is gone kills the builder
	})
	tracer := &tracer{tool: entrant, programs: programs, ledger: ledger, frost: frost, wait: unix.Wait4, stop: standStill, frozen: func() error {
		ledger.close()
		return send(supervisor, Report{Event: Frozen})
	}, began: func() error {
		if entered = next(entering); entered.Event != Entering {
			return &stepError{"enter", errors.New("a program runs that the entrant has not announced")}
		}
		return send(supervisor, Report{Event: Started})
	}}
	status, usage, err := tracer.follow()
	frost.see()
	ledger.close()
	switch {
	case err != nil:
		return &stepError{"trace", err}
	case !tracer.running && tracer.denied != "":
		return send(supervisor, Report{Event: NotExecutable})
	case !tracer.running:
		return send(supervisor, whyNot(entering))
	}
	end := ended(status, usage)
	if status.Signaled() {
		end.Denied = tracer.denied
	}
	// The process was the entrant before it was the tool: what that used is not the tool's.
	end.CPUMicros = max(0, end.CPUMicros-entered.CPUMicros)
	if err := send(supervisor, end); err != nil || !tool.HasView() {
		return err
	}
	seen := changesOf(tool, int(workspaceParts.Fd()), began)
	if err := send(supervisor, Report{Event: Changed, Changes: &seen.set, Outputs: seen.outputs, Traced: seen.trace != nil}); err != nil || seen.trace == nil {
		return err
	}
	return serveContents(seen.trace, tool.WorkspaceBytes)
}

func startEntrant() (pid int, order io.Writer, progress io.Reader, parts *os.File, err error) {
	progressRead, progressWrite, err := os.Pipe()
	if err != nil {
		return 0, nil, nil, nil, err
	}
	orderRead, orderWrite, err := os.Pipe()
	if err != nil {
		return 0, nil, nil, nil, err
	}
	sockets, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, nil, nil, err
	}
	files := []*os.File{progressWrite}
	for fd := stdioFD; fd < stdioFD+3; fd++ {
		files = append(files, os.NewFile(uintptr(fd), "stdio"))
	}
	files = append(files, os.NewFile(uintptr(sockets[1]), "parts"))
	entrant := &exec.Cmd{
		Path:        "/proc/self/exe", // the program's path is no longer in reach
		Args:        []string{EnterCommand},
		Env:         runtimeEnvironment,
		Stdin:       orderRead,
		ExtraFiles:  files,
		SysProcAttr: inNamespaces(syscall.CLONE_NEWPID|syscall.CLONE_NEWNS, entrantCapabilities),
	}
	err = entrant.Start()
	orderRead.Close()
	for _, file := range files {
		file.Close() // the pipes must end when the tool does
	}
	if err != nil {
		return 0, nil, nil, nil, err
	}
	return entrant.Process.Pid, orderWrite, progressRead, os.NewFile(uintptr(sockets[0]), "parts"), nil
}

// nextOrder reads one order of the supervisor.
func nextOrder(orders *json.Decoder) (order json.RawMessage, err error) {
	err = orders.Decode(&order)
	return order, err
}

// passOn gives the entrant an order.
func passOn(order json.RawMessage, entrant io.Writer) {
	entrant.Write(append(order, '\n'))
}

// whyNot reads what an entrant said that ended without becoming the tool.
func whyNot(entering *json.Decoder) Report {
	last := next(entering)
	if last.Event != Entering {
		return last
	}
	return next(entering)
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
