# Connects many times to places that are chosen by a seed, one after the other: `host port` each. Says what came of each, with how much was sent and came back.
import random, socket, sys

chosen, times, places = random.Random(int(sys.argv[1])), int(sys.argv[2]), sys.argv[3:]

def access(host, port, size):
    # One question for a name, and no more.
    address = socket.gethostbyname(host)
    with socket.create_connection((address, port)) as conn:
        conn.sendall(b"x" * size)
        conn.shutdown(socket.SHUT_WR)
        total = 0
        while data := conn.recv(65536):
            total += len(data)
    return "echo" if total == size else "short"

for _ in range(times):
    place, size = chosen.choice(places), chosen.randrange(1, 3000)
    host, port = place.split()
    try:
        outcome = access(host, int(port), size)
    except OSError:
        outcome = "refused"
    print(host + ":" + port, outcome, size)
