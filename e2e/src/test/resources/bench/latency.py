# How long a connection and its first answer take, and how long an answer on an open one. Prints nanoseconds as JSON.
import json, socket, sys, time

host, port, connections, requests = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])

def opened():
    conn = socket.create_connection((host, port))
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return conn

def answer(conn, words):
    conn.sendall(words)
    if not conn.recv(64):
        raise OSError("closed")

def timed(what):
    began = time.perf_counter_ns()
    what()
    return time.perf_counter_ns() - began

def connect():
    with opened() as conn:
        answer(conn, b"echo\nx")

connect()
times = {"connect": [timed(connect) for _ in range(connections)]}
with opened() as conn:
    answer(conn, b"echo\nx")
    times["request"] = [timed(lambda: answer(conn, b"x" * 64)) for _ in range(requests)]
print(json.dumps(times))
