# Holds a stream open and talks on it until it breaks, then tries again, once.
import socket, sys, time

def talk(host, port):
    with socket.create_connection((host, int(port)), timeout=30) as conn:
        while True:
            conn.sendall(b"hello")
            if conn.recv(100) != b"hello":
                return "nothing"
            if not said:
                said.append(True)
                print("begun", flush=True)
            time.sleep(0.05)

said = []
for attempt in ("stream", "again"):
    try:
        came = talk(sys.argv[1], sys.argv[2])
    except (ConnectionResetError, BrokenPipeError):
        # Which of the two it is depends on who was faster.
        came = "reset"
    except OSError as e:
        came = type(e).__name__
    print(attempt + ": " + came, flush=True)
