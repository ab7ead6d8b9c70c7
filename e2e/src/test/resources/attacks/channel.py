"""Asks the gateway of argv[1] for a channel with every token that it has, and prints what the gateway answers to each."""
import base64, os, socket, ssl, sys

TOKENS = {"garbage": "e30.e30.e30", "long": "x" * 12000, **dict(t.split("=", 1) for t in sys.argv[2:])}
if os.path.exists("/token/token"):
    TOKENS["own"] = open("/token/token").read()


def answer(token, *more):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host, port = sys.argv[1].rsplit(":", 1)
    with context.wrap_socket(socket.create_connection((host, int(port)), 10)) as channel:
        channel.settimeout(40)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /v1/channel HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: cofferdam.v1", f"Authorization: Bearer {token}", *more]
        channel.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head, _, body = channel.recv(65536).partition(b"\r\n\r\n")
        return head.split(b" ")[1].decode() + (" and a body" if body else "")


for name, token in TOKENS.items():
    for session in ([], ["Cofferdam-Session: " + base64.urlsafe_b64encode(bytes(48)).decode()]):
        try:
            print(name, answer(token, *session), flush=True)
        except (OSError, IndexError) as error:
            print(name, "no answer", type(error).__name__, flush=True)
