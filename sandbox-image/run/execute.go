package run

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"cofferdam.dev/sandbox-image/box"
	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gate"
	"cofferdam.dev/sandbox-image/redact"
	"cofferdam.dev/sandbox-image/secret"
	"cofferdam.dev/sandbox-image/usage"
)

const (
	// buildPatience is far above what building takes; beyond it something hangs.
	buildPatience = 30 * time.Second
	// killPatience is what the builder has to kill the tool and to say so, before the builder itself is killed with everything in it, and with the word of what was changed. It is one of
	// hundreds that want the processor, where a tool has it so: to the builder each step can be a second. Less than a stopped pod is given, five seconds, in which the result must get out.
	killPatience = 4 * time.Second
	// freezePatience is what the builder has to have everything stand still, before it is killed.
	freezePatience = 6 * time.Second
	// changesPatience is what the builder has to look through the workspace of a dead tool. After it, what was changed stays unknown.
	changesPatience = 30 * time.Second
)

// execution is one tool in its box.
type execution struct {
	box        *box.Box
	job        channel.Job
	secretsDir string
	filesDir   string
	gate       *gate.Gate
	outward    *outward
	history    *history
	started    func() // called once, when the tool runs

	secrets        []secret.Secret
	startedAt      time.Time
	let            bool        // the tool was let run
	ended          *box.Report // the tool is dead, and what it changed is being looked for
	changes        *changes.Set
	traced         bool // the box has their contents, and must stay
	freezing       bool // the tool is to stand still for good
	frozen         bool // it does, and the box must stay
	outputs        []changes.Output
	endedAt        time.Time
	meter          *usage.Meter
	stdout, stderr *capture
	killed         channel.Outcome // why we killed the tool; empty while we did not
	open           string          // what the gate found open, where that is why
	detail         string          // of a box that could not be built, for the log
}

// execute runs the tool to its end, once the box stands and the gate has found the network closed: both are made ready at the same time.
// Ending ctx stops it; freeze has it stand still for good.
func (e *execution) execute(ctx context.Context, freeze <-chan struct{}) (channel.Result, error) {
	defer func() {
		switch {
		case e.traced, e.frozen: // the box is needed
		case e.runsNothing():
			e.box.Kill()
		default: // a result says that the tool is dead
			e.box.Destroy()
		}
	}()
	if refused, ok := e.readSecrets(); !ok {
		return refused, nil
	}
	if refused, ok := e.readFiles(); !ok {
		return refused, nil
	}
	watching, unwatch := context.WithCancel(ctx)
	defer unwatch()
	verdicts := e.gate.Watch(watching)
	ordered, passed := false, false
	reports := make(chan box.Report)
	go func() {
		defer close(reports)
		for {
			report, err := e.box.Next()
			if err != nil {
				return
			}
			reports <- report
			switch report.Event {
			case box.Ready, box.Started, box.Ran, box.Ended, box.Frozen:
			default:
				return
			}
		}
	}()
	alarm := time.NewTimer(buildPatience)
	defer alarm.Stop()
	looks := time.NewTimer(0)
	<-looks.C // not before the tool runs
	defer looks.Stop()
	stop := ctx.Done()
	for {
		select {
		case report, ok := <-reports:
			switch {
			case !ok:
				return e.unheard()
			case report.Event == box.Ready:
				ordered = true
				e.order(report)
				if refused, ok := e.measure(); !ok {
					return refused, nil
				}
				if err := e.outward.open(e.box, func(refused channel.Attempt) { e.history.add(refused) }); err != nil {
					e.detail = err.Error()
					return channel.Result{Outcome: channel.BoxFailed, Step: "network"}, nil
				}
				if passed {
					e.start()
				}
			case report.Event == box.Started:
				if err := e.begin(); err != nil {
					return channel.Result{}, err
				}
				if e.killed == "" {
					alarm.Reset(time.Duration(e.job.Limits.TimeoutMillis) * time.Millisecond)
				}
				looks.Reset(e.meter.Pause(e.cpuTime()))
			case report.Event == box.Ran:
				e.ran(report.Executed)
			case report.Event == box.Ended:
				e.endedAt = time.Now()
				e.meter.Look()
				looks.Stop()
				if !hasView(e.job) {
					return e.end(report)
				}
				e.ended, stop, verdicts = &report, nil, nil
				alarm.Reset(changesPatience)
			case report.Event == box.Frozen && e.killed == "":
				return e.keep(), nil
			case report.Event == box.Frozen: // the order to kill is on its way
			case report.Event == box.Changed && e.ended != nil:
				e.changes, e.outputs, e.traced = report.Changes, report.Outputs, report.Traced
				return e.end(*e.ended)
			default:
				return e.end(report)
			}
		case verdict := <-verdicts:
			switch {
			case verdict.Open != "" && e.goesOn():
				e.open = verdict.Open
				e.kill(channel.NetworkNotIsolated, alarm)
			case verdict.Open == "":
				passed = true
				if ordered {
					e.start()
				}
			}
		case <-stop:
			stop = nil
			if e.killed == "" {
				e.kill(channel.Stopped, alarm)
			}
		case <-looks.C:
			e.meter.Look()
			if bound := e.cpuTime(); bound > 0 && e.meter.CPU() > bound && e.goesOn() {
				e.kill(channel.CPUTimeExceeded, alarm)
			}
			looks.Reset(e.meter.Pause(e.cpuTime()))
		case <-freeze:
			freeze = nil
			switch {
			case e.killed != "" || e.ended != nil: // it does not go on anyway
			case e.startedAt.IsZero():
				e.kill(channel.Stopped, alarm)
			default:
				e.freezing = true
				e.say(e.box.Freeze)
				alarm.Reset(freezePatience)
			}
		case <-alarm.C:
			switch {
			case e.freezing && e.killed == "" && e.ended == nil: // something does not stand still
				e.kill(channel.Stopped, alarm)
			case e.runsNothing() && (e.killed != "" || e.ended != nil): // the builder hangs, and may do so in the kernel: nothing depends on its death
				return e.unheard()
			case e.killed != "": // the builder does not react
				e.box.Destroy()
			case e.startedAt.IsZero():
				e.kill(channel.BoxFailed, alarm)
			default:
				e.kill(channel.TimedOut, alarm)
			}
		}
	}
}

// goesOn tells whether nothing has ended the tool yet, or is about to: what is to stand still is not killed for what it does until then.
func (e *execution) goesOn() bool { return e.killed == "" && e.ended == nil && !e.freezing }

// runsNothing tells whether no instruction of the tool can be executed any more, whatever becomes of the builder.
func (e *execution) runsNothing() bool { return !e.let || e.ended != nil }

// order has the box made ready for the tool while the gate still listens.
func (e *execution) order(ready box.Report) {
	e.say(func() error { return e.box.Order(ready, tool(e.job, e.secrets), e.job.Limits.Processes) })
}

// start lets the tool run.
func (e *execution) start() {
	e.meter.Begin()
	e.say(func() error { e.let = true; return e.box.Start() })
}

// measure finds out whether what the tool will use can be measured. Where its time of the processor is bounded and cannot be, nothing runs.
func (e *execution) measure() (refused channel.Result, ok bool) {
	meter, err := usage.New(e.box.Builder())
	if e.meter = meter; err != nil && e.cpuTime() > 0 {
		e.detail = err.Error()
		return channel.Result{Outcome: channel.BoxFailed, Step: "cpu-clock"}, false
	}
	return channel.Result{}, true
}

// cpuTime is the bound of the processor's time; 0 is none.
func (e *execution) cpuTime() time.Duration {
	return time.Duration(e.job.Limits.CPUTimeMillis) * time.Millisecond
}

// say gives an order, unless the tool is to be killed already. It fails where the builder is gone, and of that the reports tell.
func (e *execution) say(order func() error) {
	if e.killed != "" {
		return
	}
	if err := order(); err != nil {
		e.detail = err.Error()
	}
}

func (e *execution) kill(why channel.Outcome, alarm *time.Timer) {
	e.killed = why
	e.box.Stop()
	alarm.Reset(killPatience)
}

// begin connects the tool's streams and listeners. Not before it runs: nothing may precede `started`.
func (e *execution) begin() error {
	e.startedAt = time.Now()
	e.history.add(channel.Started{})
	e.started()
	keep := func(output channel.Output) { e.history.add(output) }
	patterns := redact.New(values(e.secrets))
	e.stdout = startCapture(channel.Stdout, e.box.Stdout, e.job.Limits.OutputBytes, patterns.Stream(), keep)
	e.stderr = startCapture(channel.Stderr, e.box.Stderr, e.job.Limits.OutputBytes, patterns.Stream(), keep)
	go feed(e.box.Stdin, e.job.Stdin)
	return e.outward.begin(e.box)
}

// ran records a program.
func (e *execution) ran(executed *box.Executed) {
	event := channel.Event{
		Program:  bounded(executed.Path, channel.MaxEventResource),
		Result:   channel.Allowed,
		CalledAs: bounded(executed.CalledAs, channel.MaxCalledAs),
		SHA256:   executed.SHA256,
		Count:    executed.Count,
	}
	if executed.Denied {
		event.Result = channel.Denied
	}
	if executed.Path == "" {
		event.Program = otherPrograms
	}
	e.history.add(event)
}

// otherPrograms stands for all beyond those that are told apart. It is no path.
const otherPrograms = "other programs"

// bounded cuts text at a character; what is no UTF-8 was replaced when the report was read, so it may have grown.
func bounded(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// feed ends with an error when the tool does not want its input, which is the tool's right.
func feed(pipe io.WriteCloser, input []byte) {
	pipe.Write(input)
	pipe.Close()
}

// cpuSeconds bounds a process alone a little above what bounds all together, which alone can say why it killed.
func cpuSeconds(boundMillis int64) int {
	if boundMillis == 0 {
		return 0
	}
	return int(boundMillis/1000) + 3
}

// hasView tells whether there is something that the tool could change.
func hasView(job channel.Job) bool { return tool(job, nil).HasView() }

func tool(job channel.Job, secrets []secret.Secret) box.Tool {
	environment := make([]string, len(job.Environment))
	for i, variable := range job.Environment {
		environment[i] = fmt.Sprintf("%s=%s", variable.Name, variable.Value)
	}
	if job.Authority != "" {
		environment = append(environment, box.AuthoritiesEnvironment(func(name string) bool {
			return slices.ContainsFunc(job.Environment, func(given channel.Variable) bool { return given.Name == name })
		})...)
	}
	given := make([]box.Secret, len(secrets))
	for i, each := range secrets {
		given[i] = box.Secret(each)
	}
	return box.Tool{
		Argv:           job.Argv,
		Environment:    environment,
		OpenFiles:      job.Limits.OpenFiles,
		CPUSeconds:     cpuSeconds(job.Limits.CPUTimeMillis),
		TmpBytes:       job.Limits.TmpBytes,
		WorkspaceBytes: job.Limits.WorkspaceBytes,
		Storage:        job.Storage,
		Workspace:      job.Workspace,
		Exec:           box.Exec{Commands: job.Exec.Allow, AllowJIT: job.Exec.AllowJIT},
		Secrets:        given,
		Authority:      []byte(job.Authority),
		Listeners:      job.Network.Listeners(),
	}
}
