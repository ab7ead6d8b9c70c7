# Real servers for programs that know nothing of us: a git repository and a package index over HTTPS, and PostgreSQL. Says who came, a line for each connection, and of git each
# request and where its branch is then.
# Arguments: the names in the certificate, which is printed first.
import base64, functools, glob, hashlib, http.server, io, os, socket, ssl, subprocess, sys, threading, zipfile

WEB, WEB_OTHER, DATABASE = 8443, 8444, 5432
ROOT = "/tmp/web"
speech = threading.Lock()

def say(*words):
    with speech:
        print(" ".join(str(word) for word in words), flush=True)

def run(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

def certificate(names):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=services",
        "-keyout", "/tmp/key.pem", "-out", "/tmp/cert.pem", "-addext", "subjectAltName=" + ",".join("DNS:" + name for name in names))
    with open("/tmp/cert.pem", "rb") as file:
        say("certificate", base64.b64encode(file.read()).decode())

def repository():
    work = "/tmp/work"
    run("git", "init", "-q", "-b", "main", work)
    with open(work + "/README", "w") as file:
        file.write("cloned\n")
    run("git", "-C", work, "add", "README")
    run("git", "-C", work, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "one")
    run("git", "clone", "-q", "--bare", work, ROOT + "/repo.git")
    run("git", "-C", ROOT + "/repo.git", "config", "http.receivepack", "true")

def branch():
    return subprocess.run(["git", "-C", ROOT + "/repo.git", "rev-parse", "main"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

def package():
    os.makedirs(ROOT + "/simple/harbour")
    name = "harbour-1.0-py3-none-any.whl"
    files = {
        "harbour.py": "def call():\n    return 'installed'\n",
        "harbour-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: harbour\nVersion: 1.0\n",
        "harbour-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: a\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join("%s,sha256=%s,%d\n" % (path, base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode(), len(text))
                     for path, text in files.items())
    files["harbour-1.0.dist-info/RECORD"] = record + "harbour-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(ROOT + "/simple/harbour/" + name, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    with open(ROOT + "/simple/harbour/index.html", "w") as file:
        file.write('<!DOCTYPE html><a href="%s">%s</a>' % (name, name))

class Web(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/repo.git/"):
            self.git()
        else:
            super().do_GET()

    def do_POST(self):
        self.git()

    def git(self):
        """By git's own server, which is a CGI program (RFC 3875)."""
        path, _, query = self.path.partition("?")
        body = self.body()
        given = {"GIT_PROJECT_ROOT": ROOT, "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "x",
                 "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)), "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                 "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", "")}
        head, _, content = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE, env=os.environ | given).stdout.partition(b"\r\n\r\n")
        say("asked", self.command, path, "chunked" if self.is_chunked() else "")
        say("main", branch())
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split(" ")[0]))
        for field in fields.items():
            self.send_header(*field)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def is_chunked(self):
        return self.headers.get("Transfer-Encoding") == "chunked"

    def body(self):
        if not self.is_chunked():
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def log_message(self, *arguments):
        pass

class Server(http.server.ThreadingHTTPServer):
    def __init__(self, port, context):
        super().__init__(("", port), functools.partial(Web, directory=ROOT))
        self.context = context

    def process_request_thread(self, request, address):
        say("hit", self.server_address[1])
        try:
            request = self.context.wrap_socket(request, server_side=True)
            self.finish_request(request, address)
        except OSError:
            pass
        finally:
            self.shutdown_request(request)

def database():
    programs = glob.glob("/usr/lib/postgresql/*/bin/")[0]
    data = "/tmp/data"
    run(programs + "initdb", "-D", data, "-U", "reader", "--auth=trust", "--locale=C", "--encoding=UTF8")
    with open(data + "/pg_hba.conf", "a") as file:
        file.write("host all all 0.0.0.0/0 trust\n")
    server = subprocess.Popen([programs + "postgres", "-D", data, "-c", "listen_addresses=*", "-c", "port=%d" % DATABASE, "-c", "log_connections=on",
                               "-c", "unix_socket_directories=/tmp", "-c", "dynamic_shared_memory_type=mmap"],
                              stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if "ready to accept connections" in line:
            say("listening", DATABASE)
        if "connection received" in line:
            say("hit", DATABASE)
    say("database ended", server.wait())

os.environ["HOME"] = "/tmp"
certificate(sys.argv[1:])
os.makedirs(ROOT)
repository()
package()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tmp/cert.pem", "/tmp/key.pem")
for port in (WEB, WEB_OTHER):
    threading.Thread(target=Server(port, context).serve_forever).start()
    say("listening", port)
database()
