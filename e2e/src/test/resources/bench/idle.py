# Connections that are open and silent until the other side ends them.
import socket, sys

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
open_ones = []
for _ in range(count):
    conn = socket.create_connection((host, port))
    conn.sendall(b"echo\nx")
    conn.recv(1)
    open_ones.append(conn)
for conn in open_ones:
    try:
        conn.recv(1)
    except OSError:
        pass
