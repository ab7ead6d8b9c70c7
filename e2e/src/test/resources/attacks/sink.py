# A server that says who came: a line for each connection, before a byte is read, and one when it is over, with how many bytes came and when the last of them did, in
# milliseconds since 1970. After a request for a path that ends in /kept its connection waits for the next one. TLS on the ports of the last argument.
import socket, ssl, sys, threading, time

speech = threading.Lock()

def say(*words):
    with speech:
        print(" ".join(str(word) for word in words), flush=True)

def one(conn, port, context):
    say("hit", port)
    total, last = 0, 0
    try:
        if context:
            conn = context.wrap_socket(conn, server_side=True)
        data = conn.recv(65536)
        while data:
            total, last = total + len(data), time.time_ns() // 1_000_000
            if data.startswith((b"GET ", b"POST ")):
                lines = data.decode("latin-1").split("\r\n")
                say("asked", port, lines[0].split(" ")[0], lines[0].split(" ")[1], *[line for line in lines if line.startswith("Host:")])
                for line in lines:
                    if line.lower().startswith("authorization:"):
                        say("authorized", port, line.partition(":")[2].strip())
                path = lines[0].split(" ")[1]
                body = b"ok\n"
                if path.partition("?")[0].endswith("/info/refs"):
                    body = b"0123456789" * 4 + b"\trefs/heads/main\n"
                if path.startswith("/echo"):
                    body = data
                status = "200 OK"
                if path.startswith("/echo"):
                    status = "200 OK\r\nSet-Cookie: session=of-whoever-asked"
                if path.startswith("/redirect?"):
                    status = "302 Found\r\nLocation: " + path.partition("?")[2]
                kept = path.endswith("/kept")
                conn.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n" % (status.encode(), len(body), b"" if kept else b"Connection: close\r\n") + body)
                if not kept:
                    break
            else:
                conn.sendall(data)
            data = conn.recv(65536)
    except OSError as e:
        say("broken", port, type(e).__name__)
    finally:
        say("gone", port, total, last)
        conn.close()

def serve(port, context):
    listener = socket.create_server(("", port))
    say("listening", port)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=one, args=(conn, port, context), daemon=True).start()

plain, tls, pem = sys.argv[1], sys.argv[2], sys.argv[3]
with open("/tmp/server.pem", "w") as file:
    file.write(pem)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tmp/server.pem")
servers = [(int(port), None) for port in plain.split(",")] + [(int(port), context) for port in tls.split(",")]
for server in servers:
    threading.Thread(target=serve, args=server).start()
