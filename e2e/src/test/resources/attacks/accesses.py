# Connects many times to places that are chosen by a seed, one after the other: `host port` each, or `http host port` for requests, of which some are no items and
# some not GET. Says what came of each, with how much was sent and, of a request, which it was.
import os, random, socket, sys

# Each question is asked once, however late the answer.
os.environ["RES_OPTIONS"] = "timeout:30 attempts:1"

chosen, times, places = random.Random(int(sys.argv[1])), int(sys.argv[2]), sys.argv[3:]

def connected(host, port):
    # A name is asked for with two questions, for IPv4 and IPv6, as C libraries do: one attempt.
    return socket.create_connection((host, port))

def access(host, port, size):
    with connected(host, port) as conn:
        conn.sendall(b"x" * size)
        conn.shutdown(socket.SHUT_WR)
        total = 0
        while data := conn.recv(65536):
            total += len(data)
    return "echo" if total == size else "short"

def request(host, port, what):
    text = "%s HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: 0\r\n\r\n" % (what, host, port)
    with connected(host, port) as conn:
        conn.sendall(text.encode())
        answer = b""
        while data := conn.recv(65536):
            answer += data
    return answer.split(b" ")[1].decode(), len(text)

for _ in range(times):
    place, size = chosen.choice(places).split(), chosen.randrange(1, 3000)
    what = ""
    if place[0] == "http":
        place = place[1:]
        what = chosen.choice(("GET /items/%d?size=%d", "GET /items/%d?size=%d", "GET /admin/%d?size=%d", "POST /items/%d?size=%d")) % (size, size)
    host, port = place
    try:
        outcome, size = request(host, int(port), what) if what else (access(host, int(port), size), size)
    except OSError:
        outcome = "refused"
    print(host + ":" + port, outcome, size, what)
