# A stream and a new connection, a byte each every 50 ms, until both have been refused for two seconds. A connection counts from the server's own
# word on: what refuses it may do so after the first handshake.
import socket, sys, time

host, port = sys.argv[1], int(sys.argv[2])

def connect():
    conn = socket.create_connection((host, port), timeout=5)
    conn.sendall(b"clock\n")
    if not conn.recv(1):
        raise ConnectionError
    return conn

stream = refused = None
while refused is None or time.monotonic() - refused < 2:
    try:
        stream = stream or connect()
        stream.sendall(b"x")
        with connect() as conn:
            conn.sendall(b"x")
        refused = None
    except OSError:
        stream = None
        refused = refused or time.monotonic()
    time.sleep(0.05)
