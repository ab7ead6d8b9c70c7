# Holds a stream open and talks on it until it breaks, then tries again: once, or with the word "patient" until it gets through. With the word "busy" each word on the stream
# is followed by one on a connection of its own. Each time that a patient one tried again and got nowhere is a line of its standard error.
import socket, sys, time

host, port, patient, busy = sys.argv[1], int(sys.argv[2]), "patient" in sys.argv, "busy" in sys.argv

def talk(stay):
    with socket.create_connection((host, port), timeout=30) as conn:
        while True:
            conn.sendall(b"hello")
            if conn.recv(100) != b"hello":
                return "nothing"
            if not stay:
                return "echo"
            if not said:
                said.append(True)
                print("begun", flush=True)
            if busy:
                outcome(False)
            time.sleep(0.05)

def outcome(stay):
    try:
        return talk(stay)
    except (ConnectionResetError, BrokenPipeError):
        # Which of the two it is depends on who was faster.
        return "reset"
    except OSError as e:
        return type(e).__name__

said = []
print("stream: " + outcome(True), flush=True)
came = outcome(False)
while patient and came != "echo":
    print(came, file=sys.stderr, flush=True)
    time.sleep(1)
    came = outcome(False)
print("again: " + came, flush=True)
