# Ways to start a program that the policy does not name, and to run machine code that no file of the image holds. Each line of the output is a way
# and what came of it: ran, killed, or the error. The tool is python3; git is granted or everything is, as the test has it.
import ctypes, errno, mmap, os, shutil, signal, subprocess, threading

FORBIDDEN = "/usr/bin/curl"
libc = ctypes.CDLL(None, use_errno=True)


def attempt(way, start):
    try:
        outcome = start()
    except OSError as e:
        outcome = errno.errorcode.get(e.errno, str(e).split(":")[-1].strip())
    print(way + ":", {0: "ran", -signal.SIGKILL: "killed"}.get(outcome, outcome), flush=True)


def run(*argv, **more):
    return subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more).returncode


def child(become):
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
            become()
        except OSError as e:
            os._exit(e.errno)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return errno.errorcode.get(status, status) if status > 0 else status


def call(number, *arguments):
    ctypes.set_errno(0)
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_ulong(a) for a in arguments])
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    return result


def copied(to, program=FORBIDDEN):
    shutil.copy(program, to)
    os.chmod(to, 0o755)
    return to


def written(path, text):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o755)
    return path


def linked(path, program):
    os.symlink(program, path)
    return path


def in_a_thread():
    def become():
        os.execv(FORBIDDEN, ["git", "--version"])
    thread = threading.Thread(target=become)
    thread.start()
    thread.join()


def as_an_orphan():
    os.pipe_read, os.pipe_write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.dup2(os.pipe_write, 1)
            os.execv(FORBIDDEN, ["curl", "--version"])
        os._exit(0)
    os.close(os.pipe_write)
    return 0 if os.read(os.pipe_read, 4) else -signal.SIGKILL


def anonymous_file():
    fd = os.memfd_create("git")
    os.sendfile(fd, os.open(FORBIDDEN, os.O_RDONLY), 0, os.stat(FORBIDDEN).st_size)
    return fd


def untraced():
    pid = call(56, 0x00800000 | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os.execv(FORBIDDEN, ["curl", "--version"])
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


RET = b"\xb8\x00\x00\x00\x00\xc3"  # mov eax, 0; ret


def machine_code(memory):
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)()


def anonymous_code():
    memory = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(RET)
    return machine_code(memory)


def later_executable(memory):
    memory.write(RET)
    call(10, ctypes.addressof(ctypes.c_char.from_buffer(memory)), 4096, mmap.PROT_READ | mmap.PROT_EXEC)
    return machine_code(memory)


def of_a_file(path, flags, protection):
    with open(path, "r+b" if protection & mmap.PROT_WRITE and flags == mmap.MAP_SHARED else "rb") as f:
        return mmap.mmap(f.fileno(), 4096, flags, protection)


def over_its_own_code():
    with open("/proc/self/maps") as maps:
        start = next(int(line.split("-")[0], 16) for line in maps if " r-xp " in line and "libc" in line)
    with open("/proc/self/mem", "r+b", 0) as memory:
        memory.seek(start)
        memory.write(memory.read(1) * 0 or b"\x7f")
    return 0


def shared_segment():
    return 0 if call(30, call(29, 0, 4096, 0o1700), 0, 0o100000) else 1


attempt("git, which is named", lambda: run("git", "--version"))
attempt("its own program", lambda: run("/usr/bin/python3", "-c", ""))
attempt("another program", lambda: run(FORBIDDEN, "--version"))
attempt("by posix_spawn", lambda: os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn(FORBIDDEN, ["curl", "--version"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]), 0)[1]))
attempt("under the name git", lambda: run("git", "--version", executable=FORBIDDEN))
attempt("by a link called git", lambda: run(linked("/workspace/git-link", FORBIDDEN), "--version"))
attempt("by a shell", lambda: run("/bin/sh", "-c", "curl --version"))
attempt("by env", lambda: run("/usr/bin/env", "curl", "--version"))
attempt("by the loader", lambda: run("/lib64/ld-linux-x86-64.so.2", FORBIDDEN, "--version"))
attempt("by git's alias", lambda: run("git", "-c", "alias.x=!curl --version", "x") and -signal.SIGKILL)
attempt("in a thread", lambda: child(in_a_thread))
attempt("as an orphan", as_an_orphan)
attempt("by its descriptor", lambda: child(lambda: os.execve(os.open(FORBIDDEN, os.O_RDONLY), ["git", "--version"], {})))
attempt("by /proc/self/fd", lambda: child(lambda: os.execv(f"/proc/self/fd/{os.open(FORBIDDEN, os.O_RDONLY)}", ["git", "--version"])))
attempt("without a tracer", untraced)
for folder in ("/workspace", "/tmp", "/dev/shm"):
    attempt("a copy in " + folder, lambda: run(copied(folder + "/copy"), "--version"))
attempt("a copy of git", lambda: run(copied("/workspace/git", shutil.which("git")), "--version"))
attempt("the descriptor of a copy", lambda: child(lambda: os.execve(os.open("/tmp/copy", os.O_RDONLY), ["git", "--version"], {})))
attempt("a copy by the loader", lambda: -signal.SIGKILL if run("/lib64/ld-linux-x86-64.so.2", "/tmp/copy", "--version") else 0)
attempt("a script of its own", lambda: run(written("/tmp/script", "#!/usr/bin/curl --version\n")))
attempt("a library of its own", lambda: 0 if ctypes.CDLL(copied("/tmp/lib.so", "/lib/x86_64-linux-gnu/libz.so.1")) else 1)
attempt("an anonymous file", lambda: child(lambda: os.execve(anonymous_file(), ["git", "--version"], {})))
attempt("code in anonymous memory", anonymous_code)
attempt("code in memory that was written before", lambda: later_executable(mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)))
attempt("code in a changed copy of a file", lambda: later_executable(of_a_file(FORBIDDEN, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)))
attempt("code in a file that can be written", lambda: 0 if of_a_file("/tmp/copy", mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_EXEC) else 1)
attempt("code in a shared segment", shared_segment)
attempt("over its own code", over_its_own_code)
