"""A client of the run channel, by the letter where nothing else is asked for. What uses it is appended to this file."""
import base64, json, os, select, socket, ssl, struct, sys, time

KEY = "Sec-WebSocket-Key: " + base64.b64encode(bytes(16)).decode()
HEAD = ["GET /v1/channel HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade", KEY, "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: cofferdam.v1"]


def connect(gateway, patience=60, protocols=()):
    """A TLS connection; rules of the network may lag."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    host, port = gateway.rsplit(":", 1)
    until = time.monotonic() + patience
    while True:
        try:
            return context.wrap_socket(socket.create_connection((host, int(port)), 3))
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


class Channel:
    """One request; `status` is what was answered, `more` whether anything came behind the head of a refusal."""

    def __init__(self, gateway, token, session=None):
        self.socket = connect(gateway)
        self.socket.settimeout(60)
        lines = HEAD + [f"Authorization: Bearer {token}"] + ([f"Cofferdam-Session: {session}"] if session else [])
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill():
                raise OSError("closed without an answer")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = head.split(b" ")[1].decode()
        self.more = self.status != "101" and (self.buffer + self.socket.recv(1)) != b""

    def fill(self):
        piece = self.socket.recv(65536)
        self.buffer += piece
        return piece

    def take(self, size):
        while len(self.buffer) < size:
            if not self.fill():
                raise EOFError
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def frame(self):
        first, size = self.take(2)
        size = struct.unpack(">H", self.take(2))[0] if size == 126 else struct.unpack(">Q", self.take(8))[0] if size == 127 else size
        return first & 15, self.take(size)

    def read(self):
        """The next message, or how the channel was closed."""
        try:
            while True:
                kind, body = self.frame()
                if kind == 1:
                    return json.loads(body)
                if kind == 8:
                    return {"type": "closed", "code": struct.unpack(">H", body[:2])[0]}
        except (OSError, EOFError):
            return {"type": "closed"}

    def stay(self, until):
        """Is there, as whoever sends nothing for long is not, until a message of this type comes."""
        while True:
            if not self.buffer and not self.socket.pending() and not select.select([self.socket], [], [], 3)[0]:
                self.send(b"", first=0x89)
                continue
            kind, body = self.frame()
            if kind == 1 and json.loads(body)["type"] == until:
                return

    def send(self, body, first=0x81, mask=True):
        body = body.encode() if isinstance(body, str) else body
        size = bytes([len(body)]) if len(body) < 126 else b"\x7e" + struct.pack(">H", len(body)) if len(body) < 65536 else b"\x7f" + struct.pack(">Q", len(body))
        bit = 0x80 if mask else 0
        # A mask of zeros: the body as it is.
        self.socket.sendall(bytes([first, size[0] | bit]) + size[1:] + (bytes(4) if mask else b"") + body)


def result(code, output=b"", **more):
    return json.dumps({"type": "result", "outcome": "Exited", "exitCode": code, "stdoutBytes": len(output), "stderrBytes": 0, "durationMillis": 1,
                       "cpuMillis": 1, "peakMemoryBytes": 1, **more})


def output(text):
    return json.dumps({"type": "output", "stream": "stdout", "data": base64.b64encode(text).decode()})


def story(channel, code, text):
    """A tool's whole life, as it is told."""
    for frame in ('{"type":"started"}', output(text), result(code, text)):
        channel.send(frame)


def field(name, value):
    """One of a head in HTTP/2, by its name and without compression (RFC 7541, 6.2.2)."""
    return b"\0" + b"".join(bytes([len(text)]) + text for text in (name.encode(), value.encode()))


def frame(kind, flags, stream, payload):
    """One of HTTP/2 (RFC 9113, 4.1)."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def status(head, flags):
    """What an answer's head says first (RFC 7541, 6); before it may stand the stream's priority (RFC 9113, 6.2)."""
    head = head[5:] if flags & 0x20 else head
    return "200" if head[0] == 0x88 else head[2:5].decode()


def tunnel(gateway, session, target):
    """A tunnel as the supervisor asks for it, and one word through it: the status and what came back, or how it ended."""
    def take(size):
        taken = b""
        while len(taken) < size:
            piece = conn.recv(size - len(taken))
            if not piece:
                raise EOFError
            taken += piece
        return taken

    DATA, HEADERS, RESET, SETTINGS, GOAWAY, END_STREAM, END_HEADERS = 0, 1, 3, 4, 7, 1, 4
    head = [(":method", "POST"), (":scheme", "https"), (":authority", "x"), (":path", "/v1/tunnel"), ("cofferdam-session", session), ("cofferdam-target", target)]
    with connect(gateway, protocols=["h2"]) as conn:
        conn.settimeout(60)
        conn.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, b"")
                     + frame(HEADERS, END_HEADERS, 1, b"".join(field(*each) for each in head)))
        told = []
        try:
            while True:
                size, kind, flags, stream = struct.unpack(">IBBI", b"\0" + take(9))
                payload = take(size)
                if kind == HEADERS:
                    told.append(status(payload, flags))
                    if flags & END_STREAM:
                        return told[0]
                    conn.sendall(frame(DATA, 0, 1, b"hello"))
                elif kind == DATA and payload:
                    return told[0] + " " + payload.decode()
                elif kind in (RESET, GOAWAY):
                    return " ".join(told + ["reset"])
        except (OSError, EOFError):
            return " ".join(told + ["closed"])
