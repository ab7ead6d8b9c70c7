//go:build gvisor

package boxtest

import (
	"fmt"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
)

func TestExitCodesComeOutExactly(t *testing.T) {
	for _, code := range []int{0, 1, 5, 42, 124, 255} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			got := pod{job: shell(fmt.Sprintf("echo hello; exit %d", code))}.run(t)
			if got.Result.Outcome != channel.Exited || got.Result.ExitCode != code || got.exitCode != code {
				t.Errorf("result %+v, container %d", got.Result, got.exitCode)
			}
			if string(got.Stdout) != "hello\n" || got.stdout != "hello\n" || got.stderr != "" {
				t.Errorf("stdout %q, log %q %q", got.Stdout, got.stdout, got.stderr)
			}
			t.Logf("job to started %v, result %+v", got.StartedAfter, got.Result)
		})
	}
}
