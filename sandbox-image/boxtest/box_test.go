//go:build gvisor

package boxtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
)

func TestExitCodesComeOutExactly(t *testing.T) {
	t.Parallel()
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

func TestSignalsOfTheToolItself(t *testing.T) {
	t.Parallel()
	for name, number := range map[string]int{"SEGV": 11, "KILL": 9, "TERM": 15, "ABRT": 6} {
		t.Run(name, func(t *testing.T) {
			got := pod{job: shell("kill -" + name + " $$; echo survived")}.run(t)
			if got.Result.Outcome != channel.Signaled || got.Result.Signal != number || got.exitCode != 128+number {
				t.Errorf("result %+v, container %d, stdout %q", got.Result, got.exitCode, got.Stdout)
			}
		})
	}
}

func TestBytesPassUnchanged(t *testing.T) {
	t.Parallel()
	input := make([]byte, 64<<10)
	for i := range input {
		input[i] = byte(i * 7)
	}
	tool := shell("tee /dev/stderr")
	tool.Stdin = input
	got := pod{job: tool}.run(t)
	if !bytes.Equal(got.Stdout, input) || !bytes.Equal(got.Stderr, input) {
		t.Errorf("%d and %d bytes came back, not equal", len(got.Stdout), len(got.Stderr))
	}
	if got.stdout != string(input) || got.stderr != string(input) {
		t.Errorf("log has %d and %d bytes, not equal", len(got.stdout), len(got.stderr))
	}
	if got.Result.StdoutBytes != 65536 || got.Result.StderrBytes != 65536 {
		t.Errorf("result %+v", got.Result)
	}
}

func TestArgumentsPassUnchanged(t *testing.T) {
	t.Parallel()
	arguments := []string{"two words", `"quotes" 'both'`, "new\nline", "🙂", "", "$HOME `id` \\"}
	got := pod{job: job(append([]string{"sh", "-c", `for a in "$@"; do printf '%s\0' "$a"; done`, "sh"}, arguments...)...)}.run(t)
	if want := strings.Join(arguments, "\x00") + "\x00"; string(got.Stdout) != want {
		t.Errorf("got %q, want %q", got.Stdout, want)
	}
}

func TestTheToolHasNoPrivilege(t *testing.T) {
	t.Parallel()
	got := pod{job: shell(`grep -E '^(Uid|Gid|Cap...|NoNewPrivs|Seccomp):' /proc/self/status; umask; pwd; hostname; ulimit -c; id -u; id -g; id -G; true`)}.run(t)
	want := `Uid:	65532	65532	65532	65532
Gid:	65532	65532	65532	65532
CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	0000000000000000
CapAmb:	0000000000000000
NoNewPrivs:	1
Seccomp:	2
0022
/workspace
sandbox
0
65532
65532
65532
`
	if string(got.Stdout) != want {
		t.Errorf("got\n%s\nwant\n%s\nstderr %s", got.Stdout, want, got.Stderr)
	}
}

func TestRootIsReadOnly(t *testing.T) {
	t.Parallel()
	got := pod{job: script(`for d in / /bin /etc /dev /usr /proc; do touch $d/x 2>/dev/null && echo wrote $d; mkdir $d/y 2>/dev/null && echo made $d; done
		rm /bin/sh 2>/dev/null && echo removed; (: > /etc/hosts) 2>/dev/null && echo hosts; chmod 777 /bin/busybox 2>/dev/null && echo chmod
		touch /tmp/a /workspace/a /dev/shm/a && echo scratch; echo x > /dev/null && echo null`)}.run(t)
	if string(got.Stdout) != "scratch\nnull\n" {
		t.Errorf("stdout %q, stderr %q", got.Stdout, got.Stderr)
	}
}

func TestOnlyLoopback(t *testing.T) {
	t.Parallel()
	got := pod{job: script(`ip -o link | cut -d: -f2; ip -o addr | sed 's/ *scope.*//'; ip route; cat /etc/resolv.conf; hostname; cat /etc/hostname
		nc -w 1 198.18.0.1 80 </dev/null 2>&1; nc -w 1 10.96.0.10 53 </dev/null 2>&1; true`)}.run(t)
	want := ` lo
1: lo    inet 127.0.0.1/8
1: lo    inet 198.18.0.1/0
1: lo    inet6 ::1/128
default dev lo scope link 
nameserver 127.0.0.1
sandbox
sandbox
nc: can't connect to remote host (198.18.0.1): Connection refused
nc: can't connect to remote host (10.96.0.10): Connection refused
`
	if string(got.Stdout) != want {
		t.Errorf("got\n%s\nwant\n%s\nstderr %s", got.Stdout, want, got.Stderr)
	}
}

func TestEnvironmentIsExactlyTheJobs(t *testing.T) {
	t.Parallel()
	tool := job("cat", "/proc/self/environ")
	tool.Environment = []channel.Variable{{Name: "LANG", Value: "C.UTF-8"}, {Name: "EMPTY", Value: ""}}
	if got := (pod{job: tool}).run(t); string(got.Stdout) != "LANG=C.UTF-8\x00EMPTY=\x00" {
		t.Errorf("got %q", got.Stdout)
	}
	if got := (pod{job: job("cat", "/proc/self/environ")}).run(t); len(got.Stdout) != 0 {
		t.Errorf("an empty environment is %q", got.Stdout)
	}
}

func TestNothingOfThePodIsVisible(t *testing.T) {
	t.Parallel()
	got := pod{job: script(`for f in /proc/[0-9]*/cmdline /proc/[0-9]*/environ /proc/[0-9]*/mountinfo /proc/[0-9]*/maps /proc/mounts; do cat $f; done 2>/dev/null | tr '\0' '\n'
		for f in /proc/[0-9]*/exe /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/fd/*; do readlink $f; done
		find /proc -maxdepth 1 -type f -exec cat {} +; cat /proc/gvisor/spec_environ; ls -A /proc/gvisor
		find / -path /proc -prune -o -print
		find / -path /proc -prune -o -path /bin -prune -o -type f -exec cat {} +`)}.run(t)
	for _, secret := range []string{podToken, "the-session-secret", "COFFERDAM", "cofferdam", "POD_SECRET", "pod-name", "10.96", "10.1.2.3", "termination",
		"supervisor", "box-", "/.image", "GOMAXPROCS", "/token"} {
		if bytes.Contains(got.Stdout, []byte(secret)) {
			t.Errorf("%q is visible", secret)
		}
	}
	if !bytes.Contains(got.Stdout, []byte("/etc/passwd")) || !bytes.Contains(got.Stdout, []byte("nameserver 127.0.0.1")) || got.Result.StdoutBytes > 65536 {
		t.Errorf("the search itself is broken: %d bytes", got.Result.StdoutBytes)
	}
	if t.Failed() {
		t.Logf("%s\n%s", got.Stdout, got.Stderr)
	}
}

func TestProcShowsOnlyTheTool(t *testing.T) {
	t.Parallel()
	got := pod{job: script("echo /proc/[0-9]*; readlink /proc/1/exe; cat /proc/1/comm; ls /proc/1/fd")}.run(t)
	if want := "/proc/1\n/bin/busybox\nsh\n0\n1\n2\n"; string(got.Stdout) != want {
		t.Errorf("got %q, want %q", got.Stdout, want)
	}
}

func TestTimeoutKillsTheWholeTree(t *testing.T) {
	tool := shell(`trap '' TERM HUP INT; (setsid sh -c 'trap "" TERM HUP INT; (while :; do :; done) & while :; do :; done' &) ; echo up; while :; do sleep 1; done`)
	tool.Limits.TimeoutMillis = 4000
	got := pod{job: tool}.run(t)
	if got.Result.Outcome != channel.TimedOut || got.exitCode != 124 || string(got.Stdout) != "up\n" {
		t.Errorf("result %+v, container %d, stdout %q", got.Result, got.exitCode, got.Stdout)
	}
	if got.Result.DurationMillis < 4000 {
		t.Errorf("killed after %d ms", got.Result.DurationMillis)
	}
	if got.Result.CPUMillis < 1000 {
		t.Errorf("two busy loops used %d ms", got.Result.CPUMillis)
	}
	t.Logf("%+v", got.Result)
}

func TestForkBombIsBounded(t *testing.T) {
	t.Parallel()
	tool := shell(`n=0; while [ $n -lt 200 ]; do sleep 100 & n=$((n+1)); done; echo unreachable`)
	tool.Limits.Processes = 20
	got := pod{job: tool}.run(t)
	if got.Result.Outcome != channel.Exited || got.Result.ExitCode != 2 || len(got.Stdout) != 0 || !strings.Contains(string(got.Stderr), "can't fork") {
		t.Errorf("result %+v, stdout %q, stderr %.300q", got.Result, got.Stdout, got.Stderr)
	}
	// The first process starts none itself after the bomb, so it cannot die of the bound: only the timeout ends it.
	bomb := shell(`b() { b | b & }; b; while :; do :; done`)
	bomb.Limits.Processes, bomb.Limits.TimeoutMillis = 32, 3000
	got = pod{job: bomb}.run(t)
	if got.Result.Outcome != channel.TimedOut {
		t.Errorf("result %+v, stderr %.300q", got.Result, got.Stderr)
	}
}

func TestProcessesAreThoseGrantedAndFewMore(t *testing.T) {
	t.Parallel()
	tool := shell(`n=1; while :; do sleep 100 & n=$((n+1)); echo $n; done`)
	tool.Limits.Processes = 32
	got := pod{job: tool}.run(t)
	most, err := strconv.Atoi(lines(got.Stdout)[len(lines(got.Stdout))-1])
	if err != nil || most < 32 || most > 32+12 {
		t.Errorf("%d tasks, result %+v, stderr %.300q", most, got.Result, got.Stderr)
	}
}

func TestOpenFilesAreBounded(t *testing.T) {
	t.Parallel()
	tool := shell(`ulimit -n; ulimit -Hn; ulimit -n 10000 || echo refused`)
	tool.Limits.OpenFiles = 100
	got := pod{job: tool}.run(t)
	if string(got.Stdout) != "100\n100\nrefused\n" {
		t.Errorf("stdout %q, stderr %q", got.Stdout, got.Stderr)
	}
}

func TestOutputBeyondTheBoundIsCountedExactly(t *testing.T) {
	t.Parallel()
	got := pod{job: shell(`dd if=/dev/zero bs=1000 count=10000 2>/dev/null; echo end >&2`)}.run(t)
	if got.Result.StdoutBytes != 10_000_000 || len(got.Stdout) != 65536 || len(got.stdout) != 65536 || string(got.Stderr) != "end\n" {
		t.Errorf("result %+v, %d sent, %d logged", got.Result, len(got.Stdout), len(got.stdout))
	}
	t.Logf("%+v", got.Result)
}

func TestScratchIsBounded(t *testing.T) {
	t.Parallel()
	tool := shell(`for d in /tmp /workspace; do dd if=/dev/zero of=$d/big bs=65536 count=1000 2>/dev/null; wc -c < $d/big; done`)
	tool.Limits.TmpBytes, tool.Limits.WorkspaceBytes = 1<<20, 2<<20
	got := pod{job: tool}.run(t)
	if string(got.Stdout) != "1048576\n2097152\n" {
		t.Errorf("stdout %q, stderr %q", got.Stdout, got.Stderr)
	}
}

func TestWhateverTheToolCanNameItCanKill(t *testing.T) {
	t.Parallel()
	got := pod{job: shell(`kill -9 -1 2>/dev/null; for p in $(seq 2 40); do kill -9 $p 2>/dev/null && echo killed $p; done; echo alive; kill -9 1; echo no`)}.run(t)
	if got.Result.Outcome != channel.Signaled || got.Result.Signal != 9 || !slices.Contains(lines(got.Stdout), "alive") {
		t.Errorf("result %+v, stdout %q", got.Result, got.Stdout)
	}
}

func TestStreamsClosedEarly(t *testing.T) {
	t.Parallel()
	got := pod{job: shell(`echo first; exec 1>&- 2>&- 0<&-; sleep 0.2; exit 3`)}.run(t)
	if got.Result.ExitCode != 3 || string(got.Stdout) != "first\n" {
		t.Errorf("result %+v, stdout %q", got.Result, got.Stdout)
	}
}

func TestBackgroundChildrenDieWithTheTool(t *testing.T) {
	t.Parallel()
	start := time.Now()
	got := pod{job: shell(`(while :; do echo noise; done) & setsid sleep 1000 & echo done; exit 7`)}.run(t)
	if got.Result.Outcome != channel.Exited || got.Result.ExitCode != 7 || time.Since(start) > patience {
		t.Errorf("result %+v after %v", got.Result, time.Since(start))
	}
}

func TestToolsThatDoNotStart(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		argv0   string
		outcome channel.Outcome
		code    int
	}{
		{"no-such-program", channel.ToolNotFound, 127},
		{"/bin/no-such-program", channel.ToolNotFound, 127},
		{"/.cofferdam/bin/supervisor", channel.ToolNotFound, 127},
		{"/etc/passwd", channel.ToolNotExecutable, 126},
		{"/bin", channel.ToolNotExecutable, 126},
	} {
		t.Run(each.argv0, func(t *testing.T) {
			got := pod{job: job(each.argv0)}.run(t)
			if !reflect.DeepEqual(got.Result, channel.Result{Outcome: each.outcome}) || got.Started || got.exitCode != each.code {
				t.Errorf("result %+v, started %v, container %d", got.Result, got.Started, got.exitCode)
			}
		})
	}
}

func TestABoxThatCannotBeBuiltSaysWhere(t *testing.T) {
	t.Parallel()
	got := pod{job: shell("echo ran"), noRoot: true}.run(t)
	if !reflect.DeepEqual(got.Result, channel.Result{Outcome: channel.BoxFailed, Step: "new-root"}) || got.Started || got.exitCode != 125 || got.stdout != "" {
		t.Errorf("result %+v, started %v, container %d, stdout %q", got.Result, got.Started, got.exitCode, got.stdout)
	}
	var line struct{ Step, Detail string }
	if err := json.Unmarshal([]byte(got.stderr), &line); err != nil || line.Step != "new-root" || line.Detail == "" {
		t.Errorf("the log is not one line that says why: %q (%v)", got.stderr, err)
	}
}

func TestForbiddenCalls(t *testing.T) {
	t.Parallel()
	got := pod{job: shell(`
		for c in 'mount -t tmpfs x /tmp' 'mount -t proc p /tmp' 'umount /tmp' 'umount -l /' 'unshare -r true' 'unshare -n true' 'chroot / true' 'pivot_root / /tmp' 'hostname x'; do
			$c 2>/dev/null && echo "did: $c"; done; echo end`)}.run(t)
	if string(got.Stdout) != "end\n" {
		t.Errorf("stdout %q", got.Stdout)
	}
}
