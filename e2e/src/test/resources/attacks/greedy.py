"""Takes what a gateway has for all, from one address: connections that do nothing, that dribble, that say too much. Prints how each ended."""
import threading

GATEWAY = sys.argv[1]


def ending(name, attack):
    began = time.monotonic()
    try:
        said = attack()
    except OSError:
        said = "cut off"
    print(name, said, "after", round(time.monotonic() - began), flush=True)


def answer(connection):
    connection.settimeout(60)
    return connection.recv(64).partition(b"\r\n")[0].decode() or "closed"


def dribbled():
    connection = connect(GATEWAY)
    for byte in ("\r\n".join(HEAD) + "\r\nX: " + "x" * 600).encode():
        connection.sendall(bytes([byte]))
        time.sleep(0.2)
    return "took it all"


def without_handshake():
    host, port = GATEWAY.rsplit(":", 1)
    return answer(socket.create_connection((host, int(port)), 60))


def oversized():
    connection = connect(GATEWAY)
    connection.sendall(("\r\n".join(HEAD) + "\r\nX: " + "x" * (1 << 20)).encode())
    return answer(connection)


def crowd():
    connections = [connect(GATEWAY) for _ in range(6)]
    closed = 0
    for connection in [connect(GATEWAY) for _ in range(8)]:
        connection.settimeout(1)
        try:
            closed += connection.recv(1) == b""
        except TimeoutError:
            pass
    return f"{closed > 0} {len(connections)}"


connect(GATEWAY).close()
print("reached", flush=True)
ending("oversized", oversized)
ending("crowd", crowd)
threads = [threading.Thread(target=ending, args=each) for each in
           (("dribbled", dribbled), ("silent", lambda: answer(connect(GATEWAY))), ("handshake", without_handshake))]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
