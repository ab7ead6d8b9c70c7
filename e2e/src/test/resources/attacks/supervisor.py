"""Looks for the supervisor's secrets, as a process of the same user beside it; its own it finds."""
os.environ["MINE"] = "x"


def found(pid, name):
    for file in ("environ", "mem", "maps"):
        try:
            if open(f"/proc/{pid}/{file}", "rb").read(1):
                print(name, "found", flush=True)
                return
        except OSError:
            pass


child = os.posix_spawn("/bin/sleep", ["sleep", "9"], os.environ)
found(1, "supervisor")
found(child, "own")
