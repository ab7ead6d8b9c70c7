//go:build gvisor

package boxtest

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/workspace"
)

// A volume may stop answering when the tool is dead and the builder compares what it has changed: whoever waits in the kernel for it cannot even be killed. The
// result must not wait for that.
func TestAVolumeThatDoesNotAnswerTakesTheChangesAndNotTheResult(t *testing.T) {
	t.Parallel()
	p := python(t, `
import os, time
open("a", "w").write("b")
print("up", flush=True)
time.sleep(10)
os._exit(7)`)
	p.job.Storage, p.job.Workspace = everything(t), workspace.Source{Origin: workspace.Volume}
	p.volume = volume(t, "a")
	p.runsc = []string{"--directfs=false"} // all of a volume goes through a process, which can be stopped
	var answers *time.Timer
	p.each = func(_ *gatewaytest.Conn, frame any) {
		switch frame.(type) {
		case channel.Output:
			gofer := goferOf(t, p.volume)
			unix.Kill(gofer, unix.SIGSTOP)
			answers = time.AfterFunc(patience, func() { unix.Kill(gofer, unix.SIGCONT) }) // or nothing here would ever end
		case channel.Result:
			if !answers.Reset(0) {
				t.Error("the result waited for the volume")
			}
		}
	}
	got := p.run(t)
	if got.Result.Outcome != channel.Exited || got.Result.ExitCode != 7 || got.Changes == nil || got.Changes.Complete {
		t.Errorf("result %+v, changes %+v, stderr %s", got.Result, got.Changes, got.Stderr)
	}
}

// goferOf finds the process that serves the files of the sandbox with this volume.
func goferOf(t *testing.T, volume string) int {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, process := range processes {
		name, _ := os.ReadFile(filepath.Join(process, "cmdline")) // it may be gone
		mounts, _ := os.ReadFile(filepath.Join(process, "mountinfo"))
		if bytes.HasPrefix(name, []byte("runsc-gofer")) && bytes.Contains(mounts, []byte(strings.TrimPrefix(volume, os.TempDir()))) {
			pid, err := strconv.Atoi(filepath.Base(process))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	panic("nobody serves the volume")
}
