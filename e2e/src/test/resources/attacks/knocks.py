# Knocks at what only a gateway can refuse, so many times in each of four ways, eight at a time, and says how often it was refused so, way by way: by an answer, or by a
# reset. What came of it otherwise is said, too.
import collections, concurrent.futures, socket, sys

times, address, denied = int(sys.argv[1]), sys.argv[2], sys.argv[3]

def said(place, text):
    with socket.create_connection(place, timeout=30) as conn:
        conn.sendall(text)
        return conn.recv(64).split(b"\r\n")[0].decode() or "nothing"

def request(line, host):
    return said((address, 80), ("%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n" % (line, host)).encode())

WAYS = {
    "method": lambda: request("POST /", address),
    "host": lambda: request("GET /", "other.example"),
    "protocol": lambda: said((address, 443), b"hello"),
    "address": lambda: said((denied, 80), b"GET / HTTP/1.1\r\n\r\n"),
}

def outcome(way):
    try:
        return way + " " + WAYS[way]()
    except (ConnectionResetError, BrokenPipeError):
        return way + " reset"
    except OSError as e:
        return way + " " + type(e).__name__

with concurrent.futures.ThreadPoolExecutor(8) as pool:
    counts = collections.Counter(pool.map(outcome, [way for _ in range(times) for way in WAYS]))
for what, count in sorted(counts.items()):
    print(count, what)
