# What tunnels lead to. The first line of a connection says what it is for: `echo`, `send N`, or `clock`, which has the time of its last byte told.
import socket, sys, threading, time

speech = threading.Lock()
opened = 0

def say(*words):
    with speech:
        print(" ".join(str(word) for word in words), flush=True)

def one(conn):
    global opened
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    file = conn.makefile("rb")
    order = file.readline().split()
    with speech:
        opened += 1
        if opened % 25 == 0:
            print("opened", opened, flush=True)
    try:
        if order[0] == b"echo":
            while data := file.read1(65536):
                conn.sendall(data)
        elif order[0] == b"send":
            block = bytes(1 << 16)
            for _ in range(int(order[1]) // len(block)):
                conn.sendall(block)
        else:
            conn.sendall(b"k")
            say("clock")
            last = time.time()
            try:
                while file.read1(65536):
                    last = time.time()
            except OSError:
                pass
            say("last", "%.3f" % last)
    except OSError:
        pass
    conn.close()

listener = socket.create_server(("", int(sys.argv[1])), backlog=1024)
say("listening")
while True:
    conn, _ = listener.accept()
    threading.Thread(target=one, args=(conn,), daemon=True).start()
