# Holds a stream open and talks on it until it breaks, then tries again, once, or, with the word "patient", until it gets through, and stops there.
import socket, sys, time

def talk(host, port):
    with socket.create_connection((host, int(port)), timeout=30) as conn:
        while True:
            conn.sendall(b"hello")
            if conn.recv(100) != b"hello":
                return "nothing"
            if said and patient and conn not in said:
                return "echo"
            if not said:
                said.append(conn)
                print("begun", flush=True)
            time.sleep(0.05)

def outcome():
    try:
        return talk(sys.argv[1], sys.argv[2])
    except (ConnectionResetError, BrokenPipeError):
        # Which of the two it is depends on who was faster.
        return "reset"
    except OSError as e:
        return type(e).__name__

said = []
patient = "patient" in sys.argv
for attempt in ("stream", "again"):
    came = outcome()
    for _ in range(120 if patient and attempt == "again" else 0):
        if came == "echo":
            break
        time.sleep(1)
        came = outcome()
    print(attempt + ": " + came, flush=True)
