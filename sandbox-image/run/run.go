// Package run is the life of a sandbox pod: wait for the one job, run it, tell the gateway, end with the tool's exit code.
package run

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"cofferdam.dev/sandbox-image/box"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gate"
)

// Exit codes of the container, as a shell would see them.
const (
	exitTimedOut      = 124 // as of timeout(1)
	exitFailed        = 125 // ours: no job, no box, or the gateway refused us
	exitNotExecutable = 126
	exitNotFound      = 127
	exitSignal        = 128 // plus the signal's number
)

const (
	// lastWords bounds how long a pod that is being deleted goes on trying to deliver.
	lastWords = 10 * time.Second
	// mirrorPatience bounds the wait for a container log that stalls.
	mirrorPatience = time.Second
)

// Supervisor has what one run needs.
type Supervisor struct {
	Client   *channel.Client
	Gateway  string        // its address, ip:port
	Secrets  string        // the pod's volume of secrets
	Files    string        // the files of a ConfigMap that the pod has
	Patience time.Duration // how long without a channel, before a job came and again to deliver the result
	Box      *box.Box
	Stdout   io.Writer // the container's own streams
	Stderr   io.Writer
	Log      *slog.Logger // not used while the tool runs or after: a tool could forge its lines
}

// Run serves one job and returns the container's exit code. Ending ctx means that the pod is being deleted.
func (s *Supervisor) Run(ctx context.Context) int {
	conn, job, err := s.awaitJob(ctx)
	if err != nil {
		s.Log.Error("no job", "error", err.Error())
		s.Box.Kill()
		return exitFailed
	}
	watchman, err := gate.New(job.Gate, s.Gateway)
	if err != nil {
		s.Log.Error("no gate", "error", err.Error())
		conn.Close()
		s.Box.Kill()
		return exitFailed
	}
	history := newHistory()
	mirrored := make(chan struct{})
	go func() {
		mirror(history, s.Stdout, s.Stderr)
		close(mirrored)
	}()

	outward := newOutward(job, s.Client)
	delivery := newDelivery(s.Client, job, history, outward.turn)
	go delivery.deliver(conn)

	log := s.Log
	toolCtx, stop := context.WithCancel(ctx)
	defer stop()
	context.AfterFunc(delivery.stopped, stop)
	execution := &execution{box: s.Box, job: job, secretsDir: s.Secrets, filesDir: s.Files, gate: watchman, outward: outward, history: history, started: func() { log = nil }}
	result, err := execution.execute(toolCtx, delivery.frozen.Done())
	if err != nil {
		if log != nil {
			log.Error("no result", "error", err.Error())
		}
		delivery.abandon()
		return exitFailed
	}
	if log != nil && result.Outcome == channel.BoxFailed {
		log.Error("the box could not be built", "step", result.Step, "detail", execution.detail)
	}
	if log != nil && result.Outcome == channel.NetworkNotIsolated {
		log.Error("the tool was not started: the pod's network is not closed", "open", result.Open)
	}
	history.add(result)

	patience := time.AfterFunc(s.Patience, delivery.abandon)
	defer patience.Stop()
	context.AfterFunc(ctx, func() { patience.Reset(min(s.Patience, lastWords)) })
	end := delivery.wait()
	if result.Outcome == channel.Frozen {
		// What stands still is kept as it is, until somebody takes the pod away or its time is over.
		<-ctx.Done()
	}
	s.Box.Kill() // it may have been needed until now, for the contents of what was changed
	select {
	case <-mirrored:
	case <-time.After(mirrorPatience):
	}
	if errors.Is(end, channel.ErrRefused) {
		return exitFailed
	}
	return exitCode(result)
}

// awaitJob opens the channel and waits on it. There is no limit to the wait on an open channel: a warm pod's job may come much later.
func (s *Supervisor) awaitJob(ctx context.Context) (*channel.Conn, channel.Job, error) {
	for {
		connecting, cancel := context.WithTimeout(ctx, s.Patience)
		conn, err := s.Client.Connect(connecting, "")
		cancel()
		if err != nil {
			return nil, channel.Job{}, err
		}
		first, err := conn.Receive(ctx)
		if job, ok := first.(channel.Job); ok && err == nil {
			return conn, job, nil
		}
		conn.Close()
		if err == nil {
			err = errors.New("the first frame of the gateway is not a job (are both of one release?)")
		}
		s.Log.Warn("the channel was lost before a job came", "error", err.Error())
		select {
		case <-ctx.Done():
			return nil, channel.Job{}, ctx.Err()
		case <-time.After(channel.FirstDelay):
		}
	}
}

func exitCode(result channel.Result) int {
	switch result.Outcome {
	case channel.Exited:
		return result.ExitCode
	case channel.Signaled:
		return exitSignal + result.Signal
	case channel.TimedOut, channel.CPUTimeExceeded:
		return exitTimedOut
	case channel.Stopped, channel.Frozen:
		return exitSignal + sigkill
	case channel.ToolNotFound:
		return exitNotFound
	case channel.ToolNotExecutable, channel.ProgramNotAllowed:
		return exitNotExecutable
	default:
		return exitFailed
	}
}
