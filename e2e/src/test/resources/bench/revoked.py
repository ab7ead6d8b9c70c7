# A stream and a new connection, a byte each every 50 ms, until both have been refused for two seconds.
import socket, sys, time

host, port = sys.argv[1], int(sys.argv[2])
stream = None
refused = None
while refused is None or time.monotonic() - refused < 2:
    try:
        if stream is None:
            stream = socket.create_connection((host, port))
            stream.sendall(b"clock\n")
        stream.sendall(b"x")
        with socket.create_connection((host, port)) as conn:
            conn.sendall(b"clock\nx")
        if refused is not None and time.monotonic() - refused > 1:
            refused = None
    except OSError:
        stream = None
        refused = refused or time.monotonic()
    time.sleep(0.05)
