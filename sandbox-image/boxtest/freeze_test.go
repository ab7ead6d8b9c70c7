//go:build gvisor

package boxtest

import (
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
)

// frozen runs a tool that says "up", has it frozen then, and looks at the pod from outside: every process of the tool, with its state and its time of the
// processor, twice.
func frozen(t *testing.T, one pod, after, between time.Duration) (result outcome, first, second string) {
	ordered := false
	one.each = func(conn *gatewaytest.Conn, frame any) {
		if output, is := frame.(channel.Output); is && !ordered && strings.Contains(string(output.Data), "up\n") {
			ordered = true
			time.Sleep(after)
			conn.Send(`{"type":"freeze","reason":"Quarantined"}`)
		}
	}
	// pid 1 is the supervisor, the next one the builder: all others are the tool's. The shell that looks is a child of nobody in the pod.
	const look = `for p in /proc/[0-9]*; do case $(tr '\0' ' ' <$p/cmdline 2>/dev/null) in *supervisor*|box-build*|"sh -c for p"*|"") continue;; esac
		for s in $p/task/*/stat; do sed 's/^\([0-9]*\) (.*) \(.\) .*/\1 \2/' $s; cut -d' ' -f14-17 ${s%/task/*}/stat; done; done 2>/dev/null`
	one.held = func(pod func(string) string) {
		first = pod(look)
		time.Sleep(between)
		second = pod(look)
	}
	return one.run(t), first, second
}

func TestAFrozenToolRunsNoMore(t *testing.T) {
	t.Parallel()
	const clock = "import itertools\nprint('up', flush=True)\n"
	for name, text := range map[string]string{
		"busy":                  clock + "while True: print('on', flush=True)\n",
		"asleep":                clock + "import time\nwhile True: time.sleep(0.01); print('on', flush=True)\n",
		"with a timer":          clock + "import signal\nsignal.signal(signal.SIGALRM, lambda *a: print('on', flush=True))\nsignal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)\nwhile True: signal.pause()\n",
		"in threads":            clock + "import threading\ndef on():\n  while True: print('on', flush=True)\nfor _ in range(4): threading.Thread(target=on).start()\n",
		"orphaned and apart":    clock + "import os\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    while True: print('on', flush=True)\n  os._exit(0)\nwhile True: os.sched_yield()\n",
		"waking each other":     clock + "import os, signal\nparent = os.getpid()\nfor _ in range(3):\n  if os.fork() == 0:\n    while True:\n      try: os.kill(-1, signal.SIGCONT); os.kill(parent, signal.SIGCONT)\n      except OSError: pass\nwhile True:\n  try: os.kill(-1, signal.SIGCONT)\n  except OSError: pass\n",
		"deaf":                  clock + "import signal\nfor n in range(1, 65):\n  try: signal.signal(n, lambda *a: print('on', flush=True))\n  except (OSError, ValueError): pass\nwhile True: print('on', flush=True)\n",
		"in a storm of forks":   clock + "import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nfor _ in range(3): os.fork()\nwhile True:\n  try:\n    if os.fork() == 0: os._exit(0)\n  except OSError: pass\n",
		"in a storm of vforks":  clock + "import os, subprocess, threading\ndef storm():\n  while True:\n    try: subprocess.Popen(['/usr/bin/python3', '-c', ''], close_fds=False).wait()\n    except OSError: pass\nfor _ in range(3): threading.Thread(target=storm).start()\n",
		"stopped by itself":     clock + "import os, signal, time\nif os.fork() == 0:\n  while True:\n    os.kill(1, signal.SIGSTOP); os.kill(1, signal.SIGCONT)\nwhile True: print('on', flush=True)\n",
		"stopped for long":      clock + "import os, signal, time\nif os.fork() == 0:\n  os.kill(1, signal.SIGSTOP)\n  while True: time.sleep(0.01)\nwhile True: signal.pause()\n",
		"waiting for its child": clock + "import os, time\nif os.fork() == 0:\n  time.sleep(0.6)\n  os._exit(0)\nos.wait()\nwhile True: print('on', flush=True)\n",
		"reading":               clock + "import sys\nsys.stdin.read()\nimport os\nr, w = os.pipe()\nos.read(r, 1)\n",
		"tracing":               clock + "import ctypes, os\nlibc = ctypes.CDLL(None)\nif os.fork() == 0:\n  libc.ptrace(0, 0, 0, 0)\n  while True: libc.ptrace(16, 1, 0, 0)\nwhile True: print('on', flush=True)\n",
		"in a storm of signals": "import os, signal\nsignal.signal(signal.SIGWINCH, lambda *a: None)\nfor _ in range(50):\n  if os.fork() == 0:\n    while True: os.kill(os.getpid(), signal.SIGWINCH)\nprint('up', flush=True)\nwhile True: os.kill(os.getpid(), signal.SIGWINCH)\n",
		"becoming another":      clock + "import os\nos.execv('/usr/bin/python3', ['python3', '-c', 'import os\\nwhile True: os.spawnv(os.P_WAIT, \"/usr/bin/python3\", [\"python3\", \"-c\", \"\"])'])\n",
	} {
		t.Run(name, func(t *testing.T) { // one after the other: each is as busy as it can be, and has so many seconds to stand still
			got, first, second := frozen(t, metered(t, text, 0), 300*time.Millisecond, 1500*time.Millisecond)
			if got.Result.Outcome != channel.Frozen {
				t.Errorf("result %+v, stderr %.500s", got.Result, got.Stderr)
			}
			if first == "" || first != second {
				t.Errorf("what stands still changes:\n%s\n%s", first, second)
			}
			for line := range strings.Lines(first) {
				if thread := strings.Fields(line); len(thread) == 2 && strings.ContainsAny(thread[1], "RS") {
					t.Errorf("what stands still runs, or waits only until it does:\n%s", first)
				}
			}
			t.Logf("%s", strings.ReplaceAll(first, "\n", "; "))
		})
	}
}

func TestATimeThatIsOverMovesNothingThatIsFrozen(t *testing.T) {
	one := metered(t, "print('up', flush=True)\nwhile True: pass\n", 5000)
	one.job.Limits.TimeoutMillis = 6000
	got, first, second := frozen(t, one, 0, 8*time.Second)
	if got.Result.Outcome != channel.Frozen || first != second {
		t.Errorf("result %+v\n%s\n%s", got.Result, first, second)
	}
}

func TestWhatHasNotBegunIsNotFrozenButKilled(t *testing.T) {
	t.Parallel()
	one := pod{job: shell("echo up; sleep 100")}
	one.first = func(conn *gatewaytest.Conn) { conn.Send(`{"type":"freeze","reason":"Quarantined"}`) }
	got := one.run(t)
	if got.Result.Outcome != channel.Stopped || got.Started {
		t.Errorf("result %+v, started %v", got.Result, got.Started)
	}
}
