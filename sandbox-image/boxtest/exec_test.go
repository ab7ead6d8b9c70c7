//go:build gvisor

package boxtest

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
)

//go:embed programs.py
var waysToStartPrograms string

func restricted(job channel.Job, commands ...string) channel.Job {
	job.Exec = channel.Exec{Allow: commands}
	return job
}

func TestOnlyNamedProgramsRunHoweverTheyAreStarted(t *testing.T) {
	t.Parallel()
	p := python(t, waysToStartPrograms)
	p.job = restricted(p.job, "git")
	got := p.run(t)
	want := []string{
		"git, which is named: ran",
		"its own program: ran",
		"another program: killed",
		"by posix_spawn: killed",
		"under the name git: killed",
		"by a link called git: killed",
		"by a shell: killed",
		"by env: killed",
		"by the loader: killed",
		"by git's alias: killed",
		"in a thread: killed",
		"as an orphan: killed",
		"by its descriptor: killed",
		"by /proc/self/fd: killed",
		"without a tracer: EPERM",
		"a copy in /workspace: EACCES",
		"a copy in /tmp: EACCES",
		"a copy in /dev/shm: EACCES",
		"a copy of git: EACCES",
		"the descriptor of a copy: EACCES",
		"a copy by the loader: killed",
		"a script of its own: EACCES",
		"a library of its own: failed to map segment from shared object",
		"an anonymous file: EPERM",
		"code in anonymous memory: EPERM",
		"code in memory that was written before: EPERM",
		"code in a changed copy of a file: EPERM",
		"code in a file that can be written: EPERM",
		"code in a shared segment: EPERM",
		"over its own code: EROFS",
	}
	if text := strings.TrimSuffix(string(got.Stdout), "\n"); text != strings.Join(want, "\n") || got.Result.ExitCode != 0 {
		t.Errorf("got\n%s\nresult %+v\nstderr %s", text, got.Result, got.Stderr)
	}
	for program, count := range map[string]int64{"/usr/bin/curl": 8, "/usr/bin/dash": 2, "/usr/bin/env": 1} {
		if seen := total(got.Events, channel.Denied, program); seen != count {
			t.Errorf("%s: %d denials on record, want %d", program, seen, count)
		}
	}
	for _, event := range got.Events {
		if len(event.SHA256) != 64 {
			t.Errorf("without a digest: %+v", event)
		}
	}
	if t.Failed() {
		t.Logf("%+v", got.Events)
	}
}

// What the test above is worth: with everything allowed, every way but those that need a file of the tool's own succeeds.
func TestWithEverythingAllowedTheSameWaysLeadThere(t *testing.T) {
	t.Parallel()
	p := python(t, waysToStartPrograms)
	p.job.Exec = channel.Exec{Allow: []string{"*"}, AllowJIT: true}
	got := p.run(t)
	noexec := []string{
		"a copy in /workspace: EACCES", "a copy in /tmp: EACCES", "a copy in /dev/shm: EACCES", "a copy of git: EACCES",
		"the descriptor of a copy: EACCES", "a copy by the loader: killed", "a script of its own: EACCES",
		"a library of its own: failed to map segment from shared object", "code in a file that can be written: EPERM",
		"an anonymous file: killed", "without a tracer: EPERM", "over its own code: EROFS",
	}
	for _, line := range lines(got.Stdout) {
		if !strings.HasSuffix(line, ": ran") && !slices.Contains(noexec, line) {
			t.Errorf("with everything allowed: %s", line)
		}
	}
	if len(lines(got.Stdout)) != 30 || got.Result.ExitCode != 0 {
		t.Errorf("got\n%s\nresult %+v\nstderr %s", got.Stdout, got.Result, got.Stderr)
	}
}

func total(events []channel.Event, result channel.Verdict, program string) (count int64) {
	for _, event := range events {
		if event.Result == result && event.Program == program {
			count += event.Count
		}
	}
	return count
}

// A shell makes its last command's process out of its own: then there is nobody left to go on.
func TestAToolThatBecomesAnotherProgramEnds(t *testing.T) {
	t.Parallel()
	p := pod{job: restricted(job("bash", "-c", "echo before; exec curl --version")), rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS")}
	got := p.run(t)
	if got.Result.Outcome != channel.ProgramNotAllowed || got.Result.Program != "/usr/bin/curl" || got.exitCode != 126 || string(got.Stdout) != "before\n" {
		t.Errorf("result %+v, container %d, stdout %q", got.Result, got.exitCode, got.Stdout)
	}
}

// One file, many programs: each name of it is a program of its own.
func TestTheNamesOfBusyboxAreProgramsOfTheirOwn(t *testing.T) {
	t.Parallel()
	try := `for p in nc sleep; do $p --help >/dev/null 2>&1; echo $p $?; done
		/bin/busybox nc --help >/dev/null 2>&1; echo busybox $?; ln -s /bin/busybox /tmp/sleep; /tmp/sleep 0; echo link $?`
	for name, each := range map[string]struct {
		granted []string
		want    string
	}{
		"none":    {nil, "nc 137\nsleep 137\nbusybox 137\nlink 137\n"},
		"sleep":   {[]string{"sleep"}, "nc 137\nsleep 0\nbusybox 137\nlink 0\n"},
		"path":    {[]string{"/bin/nc"}, "nc 0\nsleep 137\nbusybox 137\nlink 137\n"},
		"busybox": {[]string{"busybox"}, "nc 0\nsleep 0\nbusybox 0\nlink 0\n"},
		"all":     {[]string{"*"}, "nc 0\nsleep 0\nbusybox 0\nlink 0\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := pod{job: restricted(script(try), each.granted...)}.run(t)
			if string(got.Stdout) != each.want {
				t.Errorf("got %q, want %q; events %+v", got.Stdout, each.want, got.Events)
			}
		})
	}
}

func TestEveryExecIsOnRecordExactlyHoweverMany(t *testing.T) {
	t.Parallel()
	p := pod{job: restricted(job("bash", "-c", `for i in $(seq 200); do /usr/bin/true; done; for i in $(seq 150); do /usr/bin/curl; done 2>/dev/null; exit 3`),
		"true", "seq"), rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS")}
	got := p.run(t)
	if got.Result.Outcome != channel.Exited || got.Result.ExitCode != 3 {
		t.Errorf("result %+v, stderr %s", got.Result, got.Stderr)
	}
	for _, each := range []struct {
		program string
		result  channel.Verdict
		count   int64
	}{{"/usr/bin/bash", channel.Allowed, 1}, {"/usr/bin/seq", channel.Allowed, 2}, {"/usr/bin/true", channel.Allowed, 200}, {"/usr/bin/curl", channel.Denied, 150}} {
		if seen := total(got.Events, each.result, each.program); seen != each.count {
			t.Errorf("%s %s: %d, want %d", each.program, each.result, seen, each.count)
		}
	}
	// Of each program the first time, and then how often; the slower the machine, the more often is that told meanwhile.
	if len(got.Events) > 20 {
		t.Errorf("%d events: %+v", len(got.Events), got.Events)
	}
}

// Whatever names a tool makes up, it costs us no more messages than there may be, and none is lost from the counts.
func TestAFloodOfNamesIsBounded(t *testing.T) {
	t.Parallel()
	got := pod{job: shell(`i=0; while [ $i -lt 300 ]; do i=$((i+1)); ln -s /bin/busybox /tmp/p$i; /tmp/p$i 2>/dev/null; done; exit 0`)}.run(t)
	var count int64
	for _, event := range got.Events {
		if event.Program != "other programs" && event.Program != "/bin/busybox" {
			t.Errorf("%+v", event)
		}
		count += event.Count
	}
	if count != 301 || len(got.Events) > channel.MaxEvents || total(got.Events, channel.Allowed, "other programs") == 0 || got.Result.ExitCode != 0 {
		t.Errorf("%d execs in %d events, result %+v", count, len(got.Events), got.Result)
	}
}

// A tracer stands between a process and its signals, stops and ends: nothing of that may show.
func TestTracingChangesNoSignalStopOrExit(t *testing.T) {
	t.Parallel()
	p := python(t, `
import functools, os, signal, threading, time
print = functools.partial(print, flush=True)
seen = []
for s in (signal.SIGTRAP, signal.SIGUSR1, signal.SIGCHLD, signal.SIGCONT, signal.SIGWINCH):
    signal.signal(s, lambda n, f: seen.append(n))
for s in (signal.SIGTRAP, signal.SIGUSR1, signal.SIGWINCH): os.kill(os.getpid(), s)
print("handled", seen); seen.clear()

for how in (signal.SIGTRAP, signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM, signal.SIGABRT):
    pid = os.fork()
    if pid == 0:
        signal.signal(how, signal.SIG_DFL) if how != signal.SIGKILL else None
        os.kill(os.getpid(), how); time.sleep(9)
    print("died", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

pid = os.fork()
if pid == 0:
    for s in (signal.SIGTRAP, signal.SIGUSR1, signal.SIGCHLD, signal.SIGCONT, signal.SIGWINCH): signal.signal(s, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSTOP); os._exit(7)
_, status = os.waitpid(pid, os.WUNTRACED)
print("stopped", os.WIFSTOPPED(status) and os.WSTOPSIG(status))
os.kill(pid, signal.SIGCONT)
_, status = os.waitpid(pid, os.WCONTINUED)
if os.WIFCONTINUED(status): _, status = os.waitpid(pid, 0)
print("went on", os.waitstatus_to_exitcode(status))

for code in (0, 1, 127, 255):
    pid = os.fork()
    if pid == 0:
        threads = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(4)]
        for t in threads: t.start()
        os._exit(code)
    print("exit", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
os.kill(os.getpid(), signal.SIGUSR2)
got = signal.sigwaitinfo([signal.SIGUSR2])
print("info", got.si_signo, got.si_pid == os.getpid(), got.si_uid)
os.kill(os.getpid(), signal.SIGKILL)
`)
	p.job = restricted(p.job)
	got := p.run(t)
	want := "handled [5, 10, 28]\ndied -5\ndied -11\ndied -9\ndied -15\ndied -6\nstopped 19\nwent on 7\nexit 0\nexit 1\nexit 127\nexit 255\ninfo 12 True 65532\n"
	if string(got.Stdout) != want || got.Result.Outcome != channel.Signaled || got.Result.Signal != 9 {
		t.Errorf("result %+v\ngot %s\nwant %s\nstderr %s", got.Result, got.Stdout, want, got.Stderr)
	}
}

// BenchmarkExec measures what an exec costs that is looked at, and a fork alone; the figures in the README come from here. Run it with:
// boxtest/run -run '^$' -bench Exec -benchtime 3x
func BenchmarkExec(b *testing.B) {
	const many = 200
	var execs, forks float64
	rounds := 0
	for b.Loop() {
		p := pod{job: restricted(job("bash", "-c", fmt.Sprintf(`TIMEFORMAT=%%R; time for i in {1..%d}; do /usr/bin/true; done; time for i in {1..%[1]d}; do (:); done`, many)), "true"),
			rootfs: needed(b, "COFFERDAM_PYTHON_ROOTFS")}
		got := p.run(b)
		var exec, fork float64
		if _, err := fmt.Sscan(string(got.Stderr), &exec, &fork); err != nil {
			b.Fatalf("stderr %q: %v", got.Stderr, err)
		}
		execs, forks, rounds = execs+exec, forks+fork, rounds+1
	}
	b.ReportMetric(1000*execs/float64(many*rounds), "ms/exec")
	b.ReportMetric(1000*forks/float64(many*rounds), "ms/fork")
}

// gVisor wakes no tracer for a process whose last thread to end it does not trace: then the run would never end.
func TestAToolOfManyThreadsEndsHoweverItEnds(t *testing.T) {
	t.Parallel()
	const threads = `
import os, signal, subprocess, threading, time
for _ in range(8): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
def soon(what): threading.Thread(target=lambda: (time.sleep(0.01), what())).start(); time.sleep(60)
`
	for name, each := range map[string]struct {
		script  string
		outcome channel.Outcome
		code    int
	}{
		"by its main thread":   {"os._exit(7)", channel.Exited, 7},
		"by another thread":    {"soon(lambda: os._exit(7))", channel.Exited, 7},
		"by a signal":          {"os.kill(os.getpid(), signal.SIGABRT)", channel.Signaled, 0},
		"as another program":   {"soon(lambda: os.execv('/usr/bin/python3', ['python3', '-c', 'exit(7)']))", channel.Exited, 7},
		"as a denied program":  {"soon(lambda: os.execv('/usr/bin/curl', ['curl']))", channel.ProgramNotAllowed, 0},
		"with many that do so": {"for _ in range(20): subprocess.run(['/usr/bin/python3', '-c', 'import os, threading, time\\nfor _ in range(8): threading.Thread(target=time.sleep, args=(60,)).start()\\nos._exit(3)'])\nos._exit(7)", channel.Exited, 7},
	} {
		for range 3 {
			p := python(t, threads+each.script)
			p.job = restricted(p.job)
			got := p.run(t)
			if got.Result.Outcome != each.outcome || got.Result.ExitCode != each.code {
				t.Errorf("%s: result %+v, stderr %s", name, got.Result, got.Stderr)
			}
		}
	}
}

// Of what a tool leaves behind nothing goes on, traced or not, stopped or not.
func TestAStoppedTreeIsKilledInTime(t *testing.T) {
	p := python(t, `
import os, signal, time
for _ in range(5):
    if os.fork() == 0:
        while True: os.kill(os.getpid(), signal.SIGSTOP)
print("begun", flush=True)
while True: os.kill(os.getpid(), signal.SIGSTOP)`)
	p.job.Limits.TimeoutMillis = 5000
	if got := p.run(t); got.Result.Outcome != channel.TimedOut || string(got.Stdout) != "begun\n" {
		t.Errorf("result %+v, stdout %q, stderr %s", got.Result, got.Stdout, got.Stderr)
	}
}
