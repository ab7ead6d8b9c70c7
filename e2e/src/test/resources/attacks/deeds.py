# Does so many things that are chosen by a seed, one after the other, and says of each what it was: `type action resource result`, as the record is to have it.
import os, random, socket, subprocess, sys

# A name is asked for once, however late the answer.
os.environ["RES_OPTIONS"] = "timeout:30 attempts:1"

chosen, times = random.Random(int(sys.argv[1])), int(sys.argv[2])
granted, refused, name = sys.argv[3], sys.argv[4], sys.argv[5]

def connect(place):
    host, port = place.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        conn.sendall(b"x")
        conn.shutdown(socket.SHUT_WR)
        return conn.recv(10)

def program(path):
    return subprocess.run([path, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

def tried(what, *arguments):
    try:
        return bool(what(*arguments))
    except OSError:
        return False

def write(path):
    with open(path, "w") as file:
        return file.write("x")

def deed(number):
    match chosen.randrange(12):
        case 0 | 1: return "ProcessExec exec /usr/bin/git", tried(program, "/usr/bin/git")
        case 2 | 3: return "ProcessExec exec /usr/bin/curl", tried(program, "/usr/bin/curl")
        case 4 | 5: return "NetworkAccess connect " + granted, tried(connect, granted)
        case 6 | 7: return "NetworkAccess connect " + refused, tried(connect, refused)
        case 8 | 9: return "NetworkAccess resolve " + name, tried(socket.gethostbyname, name)
        case 10: return "FilesystemAccess added /workspace/", tried(write, f"/workspace/made-{number}")
        case 11:
            # What is not granted can be made, and is no change.
            write(f"/workspace/{number}.key")
            return f"FilesystemAccess write /workspace/{number}.key", False

for number in range(times):
    what, done = deed(number)
    print(what, "Allowed" if done else "Denied")
