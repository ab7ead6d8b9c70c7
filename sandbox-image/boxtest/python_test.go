//go:build gvisor

package boxtest

import (
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
)

// python is a job for the image with a real distribution in it.
func python(t *testing.T, program string) pod {
	t.Helper()
	return pod{job: job("python3", "-c", program), rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS")}
}

func TestARealDistributionRuns(t *testing.T) {
	t.Parallel()
	got := python(t, `
import json, os, sqlite3, ssl, subprocess, sys, tempfile, threading, multiprocessing
print(json.dumps({"uid": os.getuid(), "cwd": os.getcwd(), "environ": dict(os.environ)}, sort_keys=True))
t = threading.Thread(target=lambda: print("thread")); t.start(); t.join()
with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, 2]))
print(subprocess.run(["/bin/bash", "-c", "git init -q repo && cd repo && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && git log --oneline | wc -l; curl --version | head -c 5"], capture_output=True, text=True).stdout)
tempfile.TemporaryFile().write(b"x")
sys.exit(5)`).run(t)
	want := "{\"cwd\": \"/workspace\", \"environ\": {\"LC_CTYPE\": \"C.UTF-8\"}, \"uid\": 65532}\nthread\n[1, 2]\n1\ncurl \n"
	if string(got.Stdout) != want || got.Result.ExitCode != 5 {
		t.Errorf("result %+v\nstdout %s\nstderr %s", got.Result, got.Stdout, got.Stderr)
	}
}

func TestTenThousandOpenFilesAreRefused(t *testing.T) {
	t.Parallel()
	got := python(t, `
files = []
try:
    for _ in range(10000): files.append(open("/dev/null"))
except OSError as e: print(e.errno, len(files) + 3)`).run(t)
	if string(got.Stdout) != "24 256\n" { // EMFILE
		t.Errorf("stdout %q, stderr %q", got.Stdout, got.Stderr)
	}
}

func TestPeakMemoryIsThatOfTheLargestProcess(t *testing.T) {
	t.Parallel()
	p := python(t, `
import subprocess, sys
subprocess.run([sys.executable or "/usr/bin/python3", "-c", "x = b'x' * (100 << 20)"], check=True)`)
	got := p.run(t)
	if mebibytes := got.Result.PeakMemoryBytes >> 20; got.Result.ExitCode != 0 || mebibytes < 100 || mebibytes > 200 {
		t.Errorf("result %+v, stderr %s", got.Result, got.Stderr)
	}
}

// Every family of the deny list, tried for real. The filter's own tests go through all calls; here it matters that gVisor applies it.
func TestSeccompUnderGVisor(t *testing.T) {
	t.Parallel()
	got := python(t, `
import ctypes, socket, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(name, number, *args):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_ulong(a) for a in args])
    print(name, errno.errorcode.get(ctypes.get_errno(), result))
call("unshare", 272, 0x10000000); call("clone", 56, 0x10000000 | 17, 0, 0, 0, 0); call("clone3", 435, 0, 0); call("setns", 308, 0, 0)
call("mount", 165, 0, 0, 0, 0, 0); call("open_tree", 428, 0, 0, 0); call("ptrace", 101, 0, 0, 0, 0); call("bpf", 321, 0, 0, 0)
call("io_uring_setup", 425, 0, 0); call("personality", 135, 0x0400000); call("personality-query", 135, 0xffffffff); call("none", 0xffffffff)
def sock(name, *args):
    try: socket.socket(*args).close(); print(name, "open")
    except OSError as e: print(name, errno.errorcode[e.errno])
sock("tcp", socket.AF_INET, socket.SOCK_STREAM); sock("raw", socket.AF_INET, socket.SOCK_RAW, 1); sock("packet", socket.AF_PACKET, socket.SOCK_RAW, 0)
sock("vsock", 40, socket.SOCK_STREAM); sock("route", socket.AF_NETLINK, socket.SOCK_RAW, 0); sock("kobject", socket.AF_NETLINK, socket.SOCK_RAW, 15)
print(socket.if_nameindex())`).run(t)
	want := strings.Join([]string{
		"unshare EPERM", "clone EPERM", "clone3 ENOSYS", "setns EPERM", "mount EPERM", "open_tree EPERM", "ptrace EPERM", "bpf EPERM",
		"io_uring_setup ENOSYS", "personality EPERM", "personality-query 0", "none ENOSYS",
		"tcp open", "raw EPERM", "packet EAFNOSUPPORT", "vsock EAFNOSUPPORT", "route open", "kobject EPROTONOSUPPORT", "[(1, 'lo')]", "",
	}, "\n")
	if string(got.Stdout) != want {
		t.Errorf("got\n%s\nwant\n%s\nstderr %s", got.Stdout, want, got.Stderr)
	}
}

// A write end that lies in a socket's queue, in a cycle, stays open for ever: the run must end all the same.
func TestAPipeEndHiddenInASocketDoesNotHoldTheRun(t *testing.T) {
	t.Parallel()
	got := python(t, `
import socket, os
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
socket.send_fds(a, [b"x"], [1, 2, b.fileno()])
print("hidden", flush=True)
os._exit(9)`).run(t)
	if got.Result.ExitCode != 9 || got.Result.Outcome != channel.Exited || string(got.Stdout) != "hidden\n" {
		t.Errorf("result %+v, stdout %q, stderr %q", got.Result, got.Stdout, got.Stderr)
	}
}
