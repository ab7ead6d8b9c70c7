package box

import (
	"encoding/json"
	"errors"
	"io"
	"net/netip"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/recount"
	"cofferdam.dev/sandbox-image/workspace"
)

// The supervisor, the builder and the stage that becomes the tool are three processes of one program. They talk over pipes whose ends are
// closed before the tool's first instruction, one JSON object each way at a time.

// Tool is what runs in the box.
type Tool struct {
	Argv           []string
	Environment    []string // NAME=value; complete
	Tasks          int      // RLIMIT_NPROC: all tasks of the pod's user, ours included
	OpenFiles      int
	CPUSeconds     int // of each process alone; 0: not bounded. All together are bounded from outside
	TmpBytes       int64
	WorkspaceBytes int64
	Exec           Exec
	Secrets        []Secret
	Authority      []byte           // PEM of what the tool is to trust beside what its image does; empty: nothing
	Listeners      []netip.AddrPort // where the box listens for it
	Storage        workspace.Rules  // of the workspace
	Workspace      workspace.Source // what it begins with; where neither says anything, it is scratch space
}

// HasView tells whether /workspace is a view of a source by rules, so that there is something to change; else it is scratch space.
func (t Tool) HasView() bool {
	return t.Workspace.Origin != workspace.Nothing || len(t.Storage.Allow) > 0 || len(t.Storage.Deny) > 0
}

// Secret is a file that only the tool can read.
type Secret struct {
	Name  string
	Value []byte
}

// Event is what a report tells.
type Event string

const (
	Ready         Event = "ready"          // the box stands but for what the job decides
	Entering      Event = "entering"       // the entrant's last word; the end of its pipe then means that the tool's program runs
	Started       Event = "started"        // the tool's program runs
	Ran           Event = "ran"            // Executed tells of a program, while the tool runs
	Ended         Event = "ended"          // the tool and all that it started are dead
	Frozen        Event = "frozen"         // instead of ended: the tool and all that it started stand still for good
	Changed       Event = "changed"        // after ended, where the tool had a view of a workspace: what it changed
	NotFound      Event = "not-found"      // argv[0] is not in the image; nothing ran
	NotExecutable Event = "not-executable" // the kernel refused argv[0]; nothing ran
	Failed        Event = "failed"         // Step could not be done; nothing ran

	// What is wrong with the source of the workspace; nothing ran.
	SourceMissing     Event = "source-missing"
	SourceNotReadable Event = "source-not-readable" // at Paths
	SourceTooLarge    Event = "source-too-large"
)

// Report is one message of the builder to the supervisor, or of the last stage to the builder.
type Report struct {
	Event           Event
	Step            string `json:",omitempty"` // with Failed
	Detail          string `json:",omitempty"` // with Failed: for the log, never for the gateway
	Tasks           int    `json:",omitempty"` // with Ready: of the builder
	ExitCode        int    `json:",omitempty"` // with Ended
	Signal          int    `json:",omitempty"` // with Ended: not 0 if a signal ended it
	CPUMicros       int64  `json:",omitempty"` // with Entering: the entrant's own; with Ended: the tool's
	PeakMemoryBytes int64  `json:",omitempty"`
	Denied          string `json:",omitempty"` // with Ended by SIGKILL: the program that the tool's own process became, where it was killed for that

	Paths []string `json:",omitempty"` // with SourceNotReadable: in visible characters

	Executed *Executed `json:",omitempty"` // with Ran

	Changes *changes.Set     `json:",omitempty"` // with Changed; bounded
	Outputs []changes.Output `json:",omitempty"` // with Changed: those that the job asks for, in its order
	Traced  bool             `json:",omitempty"` // with Changed: Contents gives what was changed
}

// A stepError says which step of the build failed; the step's name goes into the run's result.
type stepError struct {
	step string
	err  error
}

func (e *stepError) Error() string { return e.step + ": " + e.err.Error() }

func (e *stepError) Unwrap() error { return e.err }

// failure is the report for an error of a step.
func failure(err error) Report {
	var step *stepError
	var closed *unreadable
	switch {
	case errors.As(err, &closed):
		return Report{Event: SourceNotReadable, Paths: closed.paths}
	case errors.Is(err, errSourceMissing):
		return Report{Event: SourceMissing}
	case errors.Is(err, errSourceTooLarge):
		return Report{Event: SourceTooLarge, Detail: err.Error()}
	case errors.As(err, &step):
		return Report{Event: Failed, Step: step.step, Detail: step.err.Error()}
	}
	return Report{Event: Failed, Step: "builder", Detail: err.Error()}
}

// maxReportBytes bounds all reports of one process: for each program as many as a ledger makes of it, with a path and a name that may be escaped byte by byte; and
// one set of changes with the outputs.
const (
	changesReportMost = 512 << 10
	maxReportBytes    = changesReportMost + (recount.DayMost+2)*(programsMost+2)*(6*(programPathMost+programNameMost)+256)
)

func send(to io.Writer, report Report) error {
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	_, err = to.Write(append(text, '\n'))
	return err
}

func reports(from io.Reader) *json.Decoder {
	decoder := json.NewDecoder(io.LimitReader(from, maxReportBytes))
	decoder.DisallowUnknownFields()
	return decoder
}

// ended describes a dead tool. Measures come from wait4(2); the README, "What is only nearly so", has what gVisor counts.
func ended(status unix.WaitStatus, usage unix.Rusage) Report {
	report := Report{
		Event:           Ended,
		CPUMicros:       cpuMicros(usage.Utime.Nano(), usage.Stime.Nano()),
		PeakMemoryBytes: usage.Maxrss * 1024,
	}
	if status.Signaled() {
		report.Signal = int(status.Signal())
	} else {
		report.ExitCode = status.ExitStatus()
	}
	return report
}

func cpuMicros(userNanos, systemNanos int64) int64 { return (userNanos + systemNanos) / 1e3 }
