//go:build gvisor

package boxtest

import (
	"fmt"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
)

// Whoever starts a program goes on before the tracer has looked at it, and may kill it just then.
func TestAProgramThatIsKilledAsItBeginsCostsTheRunNothing(t *testing.T) {
	t.Parallel()
	const starts = `
import subprocess
for _ in range(300):
    started = subprocess.Popen(["/usr/bin/true"])
    started.kill()
    started.wait()
print("ok")`
	for name, granted := range map[string][]string{"everything granted": {"*"}, "only that": {"/usr/bin/true"}} {
		t.Run(name, func(t *testing.T) {
			p := python(t, starts)
			p.job = restricted(p.job, granted...)
			got := p.run(t)
			unharmed(t, got)
		})
	}
}

// unharmed expects that the run went on to its end, and that nothing was denied.
func unharmed(t *testing.T, got outcome) {
	t.Helper()
	if got.Result.Outcome != channel.Exited || got.Result.ExitCode != 0 || string(got.Stdout) != "ok\n" {
		t.Errorf("result %+v, stdout %q, stderr %s", got.Result, got.Stdout, got.Stderr)
	}
	for _, event := range got.Events {
		if event.Result == channel.Denied {
			t.Errorf("%+v", event)
		}
	}
}

// A program of busybox is told by its name, and one that is gone no longer has any.
func TestANameThatIsKilledAsItBeginsIsNotDenied(t *testing.T) {
	t.Parallel()
	got := pod{job: restricted(script(`i=0; while [ $i -lt 500 ]; do sleep 9 & kill -9 $!; wait $! 2>/dev/null; i=$((i+1)); done; echo ok`), "sleep")}.run(t)
	unharmed(t, got)
}

// Our own kill meets programs that begin, too.
func TestAToolThatIsKilledWhileItBecomesProgramsIsMeasuredAndItsChangesTold(t *testing.T) {
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			tool := shell("echo 'exec sh again' > again; for i in 1 2 3 4 5 6 7 8; do sh again & done; wait")
			tool.Storage, tool.Limits.TimeoutMillis = everything(t), 4000
			got := pod{job: tool}.run(t)
			if got.Result.Outcome != channel.TimedOut || got.Changes == nil || !got.Changes.Complete || got.Changes.Added != 1 {
				t.Errorf("result %+v, changes %+v, stderr %s", got.Result, got.Changes, got.Stderr)
			}
		})
	}
}

// However many there are, nothing is looked at before they are killed: a builder that took its time would be killed itself, and its word of what changed with it.
func TestHundredsOfBusyProcessesAreKilledInTime(t *testing.T) {
	p := python(t, `
import os, time
open("new", "w").write("x")
waiting, go = os.pipe()
for _ in range(300):
    if os.fork() == 0:
        os.close(go)
        os.read(waiting, 1)
        while True: pass
os.close(go)
print("all", flush=True)
while True: time.sleep(1)`)
	p.job.Storage = everything(t)
	p.job.Limits.Processes = 1024
	var ordered time.Time
	p.each = func(conn *gatewaytest.Conn, frame any) {
		switch frame.(type) {
		case channel.Output:
			ordered = time.Now()
			conn.Send(`{"type":"stop","reason":"Cancelled"}`)
		case channel.Result:
			t.Logf("the result came %v after the order", time.Since(ordered))
		}
	}
	got := p.run(t)
	if got.Result.Outcome != channel.Stopped || string(got.Stdout) != "all\n" || got.Changes == nil || !got.Changes.Complete || got.Changes.Added != 1 {
		t.Errorf("result %+v, stdout %q, changes %+v, stderr %s", got.Result, got.Stdout, got.Changes, got.Stderr)
	}
}
