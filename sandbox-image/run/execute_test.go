package run

import (
	"io"
	"os"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/box"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/redact"
	"cofferdam.dev/sandbox-image/usage"
)

// What is killed while it is being frozen leaves nothing to look at, and it could have itself killed: by using its time up, with all threads.
func TestNoBoundKillsWhatIsToStandStill(t *testing.T) {
	for name, one := range map[string]struct {
		execution execution
		goesOn    bool
	}{
		"running":      {execution{}, true},
		"to freeze":    {execution{freezing: true}, false},
		"being killed": {execution{killed: channel.Stopped}, false},
		"dead":         {execution{ended: &box.Report{Event: box.Ended}}, false},
	} {
		if got := one.execution.goesOn(); got != one.goesOn {
			t.Errorf("%s: goes on: %v", name, got)
		}
	}
}

// The report that it started may be on its way when its time to start is over.
func TestAToolThatStartedAsItsTimeToStartWasOverIsNotSaidToHaveNeverRun(t *testing.T) {
	const killedBySupervisor = 9
	for name, end := range map[string]func(*execution) (channel.Result, error){
		"the box tells its end": func(e *execution) (channel.Result, error) {
			return e.end(box.Report{Event: box.Ended, Signal: killedBySupervisor})
		},
		"the box is gone": func(e *execution) (channel.Result, error) { return e.lost() },
	} {
		t.Run(name, func(t *testing.T) {
			running := begun(t)
			running.killed = channel.BoxFailed
			if result, err := end(running); err != nil || result.Outcome != channel.Stopped || result.Step != "" {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
	before := &execution{killed: channel.BoxFailed}
	if result, err := before.lost(); err != nil || result.Outcome != channel.BoxFailed || result.Step != "deadline" {
		t.Errorf("what had not started: %+v, %v", result, err)
	}
}

// begun is an execution whose tool runs and says nothing.
func begun(t *testing.T) *execution {
	t.Helper()
	meter, _ := usage.New(os.Getpid()) // this kernel need not count as gVisor does
	running := &execution{startedAt: time.Now(), meter: meter, outward: &outward{}, box: &box.Box{Stdin: nothing{}}}
	for _, each := range []**capture{&running.stdout, &running.stderr} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { write.Close() })
		*each = startCapture(channel.Stdout, read, 1, redact.New(nil).Stream(), func(channel.Output) {})
	}
	return running
}

type nothing struct{ io.Writer }

func (nothing) Close() error { return nil }
