package run

import (
	"errors"
	"time"

	"cofferdam.dev/sandbox-image/box"
	"cofferdam.dev/sandbox-image/channel"
)

// errLost says that the box broke under a running tool: there is no outcome for that, so none is reported and the run's end stays open.
var errLost = errors.New("the box was lost while the tool ran")

// end makes the result of the builder's last report.
func (e *execution) end(report box.Report) (channel.Result, error) {
	if e.startedAt.IsZero() {
		return e.nothingRan(report), nil
	}
	if report.Event != box.Ended {
		return e.lost()
	}
	result := e.measured(report)
	if hasView(e.job) {
		e.tellChanges(e.changes, e.outputs)
	}
	switch {
	case report.Signal == sigkill && e.killed != "":
		result.Outcome, result.Open = e.whyKilled(), e.open
	case report.Signal == sigkill && report.Denied != "":
		result.Outcome, result.Program = channel.ProgramNotAllowed, bounded(report.Denied, channel.MaxEventResource)
	case report.Signal != 0: // its own, or one that came before our order did
		result.Outcome, result.Signal = channel.Signaled, report.Signal
	default:
		result.Outcome, result.ExitCode = channel.Exited, report.ExitCode
	}
	return result, nil
}

const sigkill = 9

func (e *execution) nothingRan(report box.Report) channel.Result {
	switch {
	case e.killed == channel.Stopped:
		return channel.Result{Outcome: channel.Stopped}
	case e.killed == channel.NetworkNotIsolated:
		return channel.Result{Outcome: channel.NetworkNotIsolated, Open: e.open}
	case e.killed == channel.BoxFailed:
		return channel.Result{Outcome: channel.BoxFailed, Step: "deadline"}
	case report.Event == box.NotFound:
		return channel.Result{Outcome: channel.ToolNotFound}
	case report.Event == box.NotExecutable:
		return channel.Result{Outcome: channel.ToolNotExecutable}
	case report.Event == box.SourceMissing:
		return channel.Result{Outcome: channel.WorkspaceMissing}
	case report.Event == box.SourceNotReadable:
		return channel.Result{Outcome: channel.WorkspaceNotReadable, Paths: report.Paths}
	case report.Event == box.SourceTooLarge:
		e.detail = report.Detail
		return channel.Result{Outcome: channel.WorkspaceTooLarge}
	default:
		e.detail = report.Detail
		return channel.Result{Outcome: channel.BoxFailed, Step: report.Step}
	}
}

// keep makes the result of a tool that stands still: what it had written has come, and nothing more does.
func (e *execution) keep() channel.Result {
	e.frozen = true
	e.endedAt = time.Now()
	e.meter.Look()
	result := e.measured(box.Report{})
	if hasView(e.job) {
		e.tellChanges(nil, nil) // they are in the box, which nobody enters any more
	}
	result.Outcome = channel.Frozen
	return result
}

// unheard is for a builder that says nothing more.
func (e *execution) unheard() (channel.Result, error) {
	if e.ended != nil {
		return e.end(*e.ended)
	}
	return e.lost()
}

// lost is for a builder that ended without a last report.
func (e *execution) lost() (channel.Result, error) {
	switch {
	case e.startedAt.IsZero():
		return e.nothingRan(box.Report{Event: box.Failed, Step: "builder"}), nil
	case e.killed == "":
		return channel.Result{}, errLost
	}
	result := e.measured(box.Report{}) // it was killed with the box: nothing was measured but time and bytes
	if hasView(e.job) {
		e.tellChanges(nil, nil)
	}
	result.Outcome, result.Open = e.whyKilled(), e.open
	return result, nil
}

// whyKilled is the outcome of a tool that had started when we killed it. Its time to start may have been over at just that instant; but that the box could not be
// built says that nothing ran.
func (e *execution) whyKilled() channel.Outcome {
	if e.killed == channel.BoxFailed {
		return channel.Stopped
	}
	return e.killed
}

func (e *execution) measured(report box.Report) channel.Result {
	if e.endedAt.IsZero() { // the box was lost
		e.endedAt = time.Now()
	}
	duration := e.endedAt.Sub(e.startedAt)
	e.outward.close()
	e.box.Stdin.Close() // a tool that never read its input is dead now
	return channel.Result{
		StdoutBytes:    e.stdout.finish(),
		StderrBytes:    e.stderr.finish(),
		DurationMillis: duration.Milliseconds(),
		// The builder's own measures are of the tool's process and of those that it waited for: right where this kernel tells no more and nobody killed it.
		CPUMillis:       max(e.meter.CPU().Milliseconds(), report.CPUMicros/1000),
		PeakMemoryBytes: max(e.meter.PeakMemory(), report.PeakMemoryBytes),
	}
}
