# Asks over TLS, one attempt for each argument, and says what came of it. An argument has key=value words: host, port, path (what is connected to and asked for); sni, authority
# (what is said instead); method; tls (a version that is the newest); alpn; again (a second request on the connection, for that authority); patient.
# What the tool trusts is what its system does, or trust=file.
import socket, ssl, sys, time

def attempt(given):
    context = ssl.create_default_context(cafile=given.get("trust"))
    context.check_hostname = "sni" not in given
    if "tls" in given:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion[given["tls"]]
    if "alpn" in given:
        context.set_alpn_protocols([given["alpn"]])
    place = given["host"], int(given["port"])
    said = []
    with context.wrap_socket(socket.create_connection(place, timeout=30), server_hostname=given.get("sni", given["host"]) or None) as conn:
        for authority in [given.get("authority", "%s:%d" % place)] + ([given["again"]] if "again" in given else []):
            conn.sendall(("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n" % (given.get("method", "GET"), given.get("path", "/"), authority)).encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                piece = conn.recv(1)
                if not piece:
                    raise ConnectionResetError()
                answer += piece
            said.append(answer.split(b" ")[1].decode())
    return " ".join(said)

def outcome(given):
    try:
        return attempt(given)
    except ssl.SSLCertVerificationError:
        return "untrusted"
    except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return "reset"
    except ssl.SSLError as e:
        return "refused"
    except OSError as e:
        return type(e).__name__

for text in sys.argv[1:]:
    given = dict(word.split("=", 1) for word in text.split(" ") if "=" in word)
    came = outcome(given)
    for again in range(150 if "patient" in text.split(" ") else 0):
        if came.startswith("2"):
            break
        time.sleep(1)
        came = outcome(given)
    print(came, flush=True)
