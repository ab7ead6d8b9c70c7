"""Reads and writes whatever it can name, and prints what it should not have found or changed."""
import os, re, stat

SECRETS = re.compile(rb"cofferdam-|COFFERDAM|BEGIN CERTIFICATE|kubepods|kubelet|serviceaccount|eyJhbGciOi|KUBERNETES_|svc\.cluster")


def peek(path):
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        return os.read(fd, 1 << 20)
    except OSError:
        return b""
    finally:
        os.close(fd)


def attempt(what, action):
    try:
        action()
        print(what)
    except OSError:
        pass


# Everything under /proc, and the small files of the image: the search must not find itself in its own arguments or memory.
for folder, folders, files in os.walk("/", onerror=None):
    folders[:] = [f for f in folders if not (folder == "/" and f in ("usr", "lib", "bin", "sbin")) and f not in ("task", "map_files")]
    for name in files:
        path = os.path.join(folder, name)
        try:
            special = not stat.S_ISREG(os.lstat(path).st_mode)
        except OSError:
            continue
        if special and not path.startswith("/proc/"):
            continue
        if re.fullmatch(r"/proc/(\d+|self|thread-self)/(cmdline|mem|exe|pagemap|fd/\d+)", path) or path.startswith(("/proc/gvisor/checkpoint", "/etc/ssl/")):
            continue
        found = SECRETS.search(peek(path))
        if found:
            print("found", found.group(), "in", path)

for path in os.listdir("/proc/gvisor") if os.path.exists("/proc/gvisor") else []:
    print("/proc/gvisor/" + path)
for folder, _, files in os.walk("/proc/sys"):
    for name in files:
        attempt("opened for writing " + os.path.join(folder, name), lambda: os.close(os.open(os.path.join(folder, name), os.O_WRONLY)))
for name in ("sysrq-trigger", "kcore", "kmem", "timer_list", "sched_debug", "1/uid_map", "1/gid_map", "1/setgroups"):
    def write():
        fd = os.open("/proc/" + name, os.O_WRONLY)
        try:
            os.write(fd, b"0 0 1\n")
        finally:
            os.close(fd)
    attempt("wrote /proc/" + name, write)

for name in ("termination-log", "console", "tty", "ptmx", "net/tun", "fuse", "kmsg", "mem", "kvm"):
    attempt("opened /dev/" + name, lambda: os.close(os.open("/dev/" + name, os.O_RDONLY | os.O_NONBLOCK)))
for path in ("/", "/etc", "/dev", "/proc", "/usr", "/usr/bin", "/root", "/home", "/var"):
    attempt("made a file in " + path, lambda: os.close(os.open(path + "/x", os.O_CREAT | os.O_WRONLY)))
    attempt("made a link in " + path, lambda: os.symlink("/tmp", path + "/y"))
    attempt("renamed " + path, lambda: os.rename(path, path + "z"))
for path in ("/usr/bin/python3", "/etc/passwd", "/etc/os-release"):
    attempt("changed the mode of " + path, lambda: os.chmod(path, 0o777))
    attempt("emptied " + path, lambda: os.truncate(path, 0))
    attempt("removed " + path, lambda: os.unlink(path))
    attempt("wrote " + path, lambda: os.close(os.open(path, os.O_WRONLY)))
for path in ("/.cofferdam", "/sys/kernel", "/.image"):
    if os.path.lexists(path):
        print("there is", path)
# The place of granted secrets is always there, and empty in a run that named none.
for path in ("/run/secrets", "/var/run/secrets"):
    if os.path.isdir(path):
        for name in os.listdir(path):
            print("there is", os.path.join(path, name))

# Memory that is mapped read-only may be overwritten through /proc/self/mem, but only this process's own copy.
with open("/proc/self/maps") as maps:
    text = next(int(line.split("-")[0], 16) for line in maps if "python" in line)
with open("/proc/self/exe", "rb") as program:
    before = program.read(4)
try:
    with open("/proc/self/mem", "r+b", 0) as memory:
        memory.seek(text)
        memory.write(before)
except OSError:
    pass
if peek("/usr/bin/python3")[:4] != before:
    print("wrote the image through memory")
