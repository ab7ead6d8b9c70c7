# Asks by HTTP over TLS, one attempt for each argument, and says what came of it. An argument has key=value words: host, port, path (what is connected to and asked for); sni, authority
# (what is said instead); method; tls (a version that is the newest); alpn; again (a second request on the connection, for that authority and, after a slash, that path);
# plain (without TLS); patient.
# What the tool trusts is what its system does, or trust=file.
import socket, ssl, sys, time

def answered(file):
    """The status of the next answer, which is read whole."""
    status, length = file.readline(), 0
    while line := file.readline().strip():
        name, _, value = line.lower().partition(b":")
        length = int(value) if name == b"content-length" else length
    file.read(length)
    if not status:
        raise ConnectionResetError()
    return status.split(b" ")[1].decode()

def connected(given, place):
    conn = socket.create_connection(place, timeout=30)
    if "plain" in given:
        return conn
    context = ssl.create_default_context(cafile=given.get("trust"))
    context.check_hostname = "sni" not in given
    if "tls" in given:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion[given["tls"]]
    if "alpn" in given:
        context.set_alpn_protocols([given["alpn"]])
    return context.wrap_socket(conn, server_hostname=given.get("sni", given["host"]) or None)

def attempt(given):
    place = given["host"], int(given["port"])
    asked = [(given.get("authority", "%s:%d" % place), given.get("path", "/"))]
    if "again" in given:
        authority, _, path = given["again"].partition("/")
        asked.append((authority, "/" + path))
    with connected(given, place) as conn, conn.makefile("rb") as file:
        said = []
        for authority, path in asked:
            conn.sendall(("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n" % (given.get("method", "GET"), path, authority)).encode())
            said.append(answered(file))
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
