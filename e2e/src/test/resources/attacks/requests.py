# Sends what its arguments say to "host port", the first of them, each over a connection of its own, and says what the answer begins with. In the others | is a line's
# end, ^ a line feed alone and @ a NUL.
import socket, sys

host, port = sys.argv[1].split(" ")

def attempt(text):
    with socket.create_connection((host, int(port)), timeout=30) as conn:
        conn.sendall(text.replace("|", "\r\n").replace("^", "\n").replace("@", "\0").encode("latin-1"))
        answer = conn.recv(100)
        return answer.split(b"\r\n")[0].decode() if answer else "nothing"

for text in sys.argv[2:]:
    try:
        came = attempt(text)
    except (ConnectionResetError, BrokenPipeError):
        came = "reset"
    except OSError as e:
        came = type(e).__name__
    print(came, flush=True)
