"""Does one operation for each line of its input, and prints for each what came of it: what was read, ok, or the name of the error."""
import ctypes, errno, os, shlex, stat, sys

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
MS_BIND = 4096


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def encoded(path):
    return os.fsencode(path)


def read(path):
    with open(path) as file:
        return file.read()


def read_by_descriptor(directory, name):
    descriptor = os.open(directory, os.O_PATH)
    try:
        return read(f"/proc/self/fd/{descriptor}/{name}")
    finally:
        os.close(descriptor)


def opened(path, flags, content):
    descriptor = os.open(path, flags, 0o644)
    try:
        left = content.encode()
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        os.close(descriptor)


def fill(path, megabytes):
    for _ in range(int(megabytes)):
        opened(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, "x" * (1 << 20))


def link_descriptor(path, name):
    descriptor = os.open(path, os.O_PATH)
    try:
        os.link(f"/proc/self/fd/{descriptor}", name, follow_symlinks=True)
    finally:
        os.close(descriptor)


def reopen(path, content):
    descriptor = os.open(path, os.O_PATH)
    try:
        opened(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_TRUNC, content)
    finally:
        os.close(descriptor)


OPERATIONS = {
    "read": read,
    "read-by-descriptor": read_by_descriptor,
    "list": lambda path: " ".join(sorted(os.listdir(path))),
    "is": lambda path: {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}[stat.S_IFMT(os.lstat(path).st_mode)],
    "write": lambda path, content: opened(path, os.O_WRONLY | os.O_TRUNC, content),
    "reopen": reopen,
    "create": lambda path, content: opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, content),
    "truncate": lambda path: os.truncate(path, 0),
    "remove": os.remove,
    "rmdir": os.rmdir,
    "mkdir": os.mkdir,
    "rename": os.rename,
    "exchange": lambda one, other: call("renameat2", AT_FDCWD, encoded(one), AT_FDCWD, encoded(other), 2),
    "link": lambda path, name: os.link(path, name, follow_symlinks=False),
    "link-descriptor": link_descriptor,
    "symlink": os.symlink,
    "chmod": lambda path, mode: os.chmod(path, int(mode, 8)),
    "utime": os.utime,
    "mknod": lambda path: os.mknod(path, stat.S_IFCHR | 0o666, 0),
    "mkfifo": os.mkfifo,
    "bind": lambda one, other: call("mount", encoded(one), encoded(other), None, MS_BIND, None),
    "remount": lambda path: call("mount", None, encoded(path), None, 32 | MS_BIND, None),
    "umount": lambda path: call("umount2", encoded(path), 2),
    "opaque": lambda path: os.setxattr(path, "user.overlay.opaque", b"y"),
    "chdir": os.chdir,
    "fill": fill,
}

for line in sys.stdin:
    words = [word.encode().decode("unicode_escape") for word in shlex.split(line)]
    try:
        outcome = OPERATIONS[words[0]](*words[1:])
        print("ok" if outcome is None else outcome if outcome != "" else "empty")
    except OSError as error:
        print(errno.errorcode[error.errno])
