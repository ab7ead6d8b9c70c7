//go:build gvisor

package boxtest

import (
	"fmt"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
)

// burn is Python that has used so many milliseconds of the processor by its process's own clock when it ends.
func burn(millis int) string {
	return fmt.Sprintf("import time\nwhile time.process_time() < %d / 1000: pass\n", millis)
}

func metered(t *testing.T, text string, cpuTimeMillis int64) pod {
	tool := job("python3", "-c", text)
	tool.Limits.CPUTimeMillis = cpuTimeMillis
	return pod{job: tool, rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS")}
}

func TestWhatAToolUsedIsTold(t *testing.T) {
	for name, text := range map[string]string{
		"by itself":                    burn(2000),
		"in threads":                   "import threading\ndef burn():\n  " + strings.ReplaceAll(burn(2000), "\n", "\n  ") + "\nfor t in [threading.Thread(target=burn) for _ in range(4)]: t.start()\n",
		"by children":                  "import os\nfor _ in range(4):\n  if os.fork() == 0:\n    " + strings.ReplaceAll(burn(500), "\n", "\n    ") + "\n    os._exit(0)\nfor _ in range(4): os.wait()\n",
		"by children nobody waits for": "import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nfor _ in range(20):\n  if os.fork() == 0:\n    " + strings.ReplaceAll(burn(100), "\n", "\n    ") + "\n    os._exit(0)\ntry: os.wait()\nexcept ChildProcessError: pass\n",
		"by an orphan that goes on":    "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    while True: pass\n  os._exit(0)\nos.wait()\nbegan = time.time()\nwhile sum(int(n) for n in open('/proc/stat').readline().split()[1:4]) < 0 or time.time() < began + 3: time.sleep(0.1)\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := metered(t, text, 0).run(t)
			if got.Result.Outcome != channel.Exited || got.Result.ExitCode != 0 {
				t.Fatalf("result %+v, stderr %s", got.Result, got.Stderr)
			}
			// The interpreter's own start is in it; the machine may be slow, which counts as use (usage.go).
			if got.Result.CPUMillis < 1700 || got.Result.CPUMillis > 12_000 {
				t.Errorf("2000 ms were used, %d are told", got.Result.CPUMillis)
			}
			t.Logf("%d ms in %d", got.Result.CPUMillis, got.Result.DurationMillis)
		})
	}
}

func TestSleepingIsFree(t *testing.T) {
	got := metered(t, "import time\ntime.sleep(8)\n", 6000).run(t)
	if got.Result.Outcome != channel.Exited || got.Result.ExitCode != 0 || got.Result.DurationMillis < 8000 || got.Result.CPUMillis > 6000 {
		t.Errorf("result %+v", got.Result)
	}
}

func TestBelowTheBoundOfTheProcessorAToolEndsByItself(t *testing.T) {
	t.Parallel()
	got := metered(t, burn(1000), 30_000).run(t)
	if got.Result.Outcome != channel.Exited || got.Result.ExitCode != 0 {
		t.Errorf("result %+v", got.Result)
	}
}

func TestBeyondTheBoundOfTheProcessorAllAreKilled(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"by itself":           "while True: pass\n",
		"raising its limit":   "import resource\ntry: resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\nexcept (ValueError, PermissionError, OSError): pass\nwhile True: pass\n",
		"deaf to SIGXCPU":     "import signal\nfor n in range(1, 65):\n  try: signal.signal(n, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nwhile True: pass\n",
		"by its children":     "import os, time\nfor _ in range(8):\n  if os.fork() == 0:\n    while True: pass\nwhile True: time.sleep(1)\n",
		"by short children":   "import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n  try:\n    if os.fork() == 0: os._exit(0)\n  except OSError: pass\n",
		"by short programs":   "import os\nwhile True:\n  os.posix_spawn('/usr/bin/python3', ['python3', '-c', ''], {})\n  os.wait()\n",
		"by an orphan":        "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    while True: pass\n  os._exit(0)\nwhile True: time.sleep(1)\n",
		"by threads":          "import threading\ndef burn():\n  while True: pass\nfor _ in range(4): threading.Thread(target=burn).start()\n",
		"by generations":      "import os, time\nwhile True:\n  began = time.process_time()\n  while time.process_time() - began < 0.05: pass\n  if os.fork() != 0: time.sleep(3600)\n",
		"with another clock":  "import time\ntry: time.clock_settime(time.CLOCK_REALTIME, 0)\nexcept OSError: pass\nwhile True: pass\n",
		"stopping its leader": "import os, signal\nif os.fork() == 0:\n  os.kill(1, signal.SIGSTOP)\n  while True: pass\nwhile True: signal.pause()\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := metered(t, text, 1500)
			got := one.run(t)
			if got.Result.Outcome != channel.CPUTimeExceeded || got.exitCode != 124 {
				t.Errorf("result %+v, container %d, stderr %.500s", got.Result, got.exitCode, got.Stderr)
			}
			if got.Result.CPUMillis < 1500 {
				t.Errorf("killed after %d ms of the processor", got.Result.CPUMillis)
			}
			t.Logf("%+v", got.Result)
		})
	}
}

func TestMemoryOfAllProcessesIsTold(t *testing.T) {
	got := metered(t, "import os, time\nread, write = os.pipe()\nfor _ in range(4):\n  if os.fork() == 0:\n    held = bytearray(os.urandom(1 << 20) * 24)\n    os.write(write, b'x')\n    time.sleep(1000)\nfor _ in range(4): os.read(read, 1)\ntime.sleep(3)\n", 0).run(t)
	if got.Result.PeakMemoryBytes < 90<<20 || got.Result.PeakMemoryBytes > 260<<20 {
		t.Errorf("four processes with 24 MiB each: %+v", got.Result)
	}
	t.Logf("%+v", got.Result)
}
