# Tries to reach places, one after the other, and says of each whether it answered. An argument is "how host port [name]".
import socket, ssl, sys, time

def attempt(how, host, port, name=None):
    conn = socket.create_connection((host, int(port)), timeout=30)
    with conn:
        if how == "tls":
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            conn = context.wrap_socket(conn, server_hostname=name)
        conn.sendall(b"hello")
        return "echo" if conn.recv(100) == b"hello" else "nothing"

def outcome(words):
    try:
        return attempt(*words)
    except socket.gaierror:
        return "no such name"
    except OSError as e:
        return type(e).__name__

for place in sys.argv[1:]:
    words = place.split(" ")
    # A name that was made just now is not known to every name server at once.
    patient = words[0] == "patient"
    words = words[1:] if patient else words
    came = outcome(words)
    tries = 1
    while patient and came != "echo" and tries < 60:
        time.sleep(1)
        came = outcome(words)
        tries += 1
    print(" ".join(words) + ": " + came, flush=True)
