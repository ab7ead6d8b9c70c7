# How many bytes a second come by one connection, and by many at once. Prints `ready`, and JSON; before and after it measures, it waits so many seconds, so that
# others can look what this has cost.
import json, socket, sys, threading, time

host, port = sys.argv[1], int(sys.argv[2])
count, each, pause = (int(word) for word in sys.argv[3:])

def take(size):
    left = size
    buffer = bytearray(1 << 18)
    with socket.create_connection((host, port)) as conn:
        conn.sendall(b"send %d\n" % size)
        while got := conn.recv_into(buffer):
            left -= got
    if left:
        raise OSError("%d bytes are missing" % left)

def rate(threads, size):
    began = time.perf_counter()
    working = [threading.Thread(target=take, args=(size,)) for _ in range(threads)]
    for thread in working:
        thread.start()
    for thread in working:
        thread.join()
    return threads * size / (time.perf_counter() - began)

take(1 << 16)
print("ready", flush=True)
time.sleep(pause)
print(json.dumps({"one": rate(1, each * count), "many": rate(count, each)}), flush=True)
time.sleep(pause)
