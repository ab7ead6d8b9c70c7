//go:build gvisor

package boxtest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/network"
)

func TestMuchDataPassesUnchangedWithManyTunnels(t *testing.T) {
	t.Parallel()
	p := python(t, `
import hashlib, os, socket, threading
def echo(n):
    s = socket.create_connection(("api.example.com", 443), 60)
    data = os.urandom(1 << 20) * 4
    threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR))).start()
    back = bytearray()
    while piece := s.recv(1 << 16):
        back += piece
    print(bytes(back) == data)
threads = [threading.Thread(target=echo, args=(n,)) for n in range(20)]
for each in threads: each.start()
for each in threads: each.join()
`)
	p.job.Limits.Processes = 1024
	p.job.Network.Allow = []network.Rule{rule("api.example.com", port(443))}
	var o outside
	p.tunnel = o.serve(t, []string{"api.example.com:443"}, func(conn *net.TCPConn) { io.Copy(conn, conn) })
	got := p.run(t)
	if string(got.Stdout) != strings.Repeat("True\n", 20) {
		t.Errorf("result %+v, stdout %q, stderr %q", got.Result, got.Stdout, got.Stderr)
	}
	expect(t, got, map[string]int64{})
}

func TestTunnelsAreBoundedAndTakeNoneOfTheToolsProcesses(t *testing.T) {
	t.Parallel()
	p := python(t, `
import os, socket, sys, threading, time
held, refused = [], 0
for n in range(180):
    try: # the reset may come before connect(2) returns
        s = socket.create_connection(("api.example.com", 443), 60)
        s.recv(1)
        held.append(s)
    except ConnectionResetError:
        refused += 1
print(len(held), refused)
for each in held: each.close()
sleepers = 0
try:
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        sleepers += 1
except RuntimeError:
    print(64 <= sleepers + 1 <= 64 + 20) # as many more as there is headroom for threads of the supervisor
sys.stdout.flush()
os._exit(0)
`)
	p.job.Network.Allow = []network.Rule{rule("api.example.com", port(443))}
	var o outside
	p.tunnel = o.serve(t, []string{"api.example.com:443"}, func(conn *net.TCPConn) { conn.Write([]byte("!")); io.Copy(io.Discard, conn) })
	got := p.run(t)
	if string(got.Stdout) != "160 20\nTrue\n" {
		t.Errorf("result %+v, stdout %q, stderr %q", got.Result, got.Stdout, got.Stderr)
	}
	expect(t, got, map[string]int64{"tcp api.example.com:443 NoRoom": 20})
}

func TestProgramsThatKnowNothingOfProxies(t *testing.T) {
	t.Parallel()
	tool := job("bash", "-c", `
curl -ksS --max-time 60 https://api.example.com/hello
curl -sS --max-time 60 http://203.0.113.9/hello
exec 3<>/dev/tcp/api.example.com/443 && echo open && exec 3>&-
git ls-remote https://code.example.org/x.git 2>&1 | tail -1
curl -ksS --max-time 60 https://api.example.net/ || echo $?
curl -ksS --max-time 60 https://api.example.com:8443/ || echo $?
curl -ksS --max-time 60 --resolve api.example.com:443:192.0.2.1 https://api.example.com/ 2>/dev/null || echo refused
`)
	tool.Environment = []channel.Variable{{Name: "GIT_SSL_NO_VERIFY", Value: "1"}, {Name: "HOME", Value: "/tmp"}}
	tool.Network.Allow = []network.Rule{rule("api.example.com", port(443)), rule("*.example.org", port(443)), rule("203.0.113.0/24", port(80))}
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/info/refs") {
			fmt.Fprintf(w, "%s\trefs/heads/main\n", strings.Repeat("0123456789", 4))
			return
		}
		fmt.Fprintf(w, "%s to %s\n", r.URL.Path, r.Host)
	})
	plain, secure := httptest.NewServer(answer), httptest.NewTLSServer(answer)
	defer plain.Close()
	defer secure.Close()
	got := pod{job: tool, rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS"), tunnel: func(tunnel gatewaytest.Tunnel) (*net.TCPConn, int) {
		server := secure
		if strings.HasSuffix(tunnel.Target, ":80") {
			server = plain
		}
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			return nil, http.StatusBadGateway
		}
		return conn.(*net.TCPConn), http.StatusOK
	}}.run(t)
	want := "/hello to api.example.com\n/hello to 203.0.113.9\nopen\n" + strings.Repeat("0123456789", 4) + "\trefs/heads/main\n6\n7\nrefused\n"
	if string(got.Stdout) != want {
		t.Errorf("got\n%s\nwant\n%s\nstderr %s", got.Stdout, want, got.Stderr)
	}
	expect(t, got, map[string]int64{"dns api.example.net": 1, "tcp api.example.com:8443": 1, "tcp 192.0.2.1:443": 1})
}

func TestADNSServerMayBeAllowedByItsAddress(t *testing.T) {
	t.Parallel()
	p := python(t, `
import socket, struct
print(socket.create_connection(("192.0.2.53", 53), 60).recv(10).decode())
s = socket.create_connection(("127.0.0.1", 53), 60)
query = bytes.fromhex("0007010000010000000000000161026f6b00") + b"\x00\x01\x00\x01"
s.sendall(struct.pack(">H", len(query)) + query)
answer = s.recv(600)
print(answer[2:4].hex(), answer[-4:].hex())
try:
    socket.create_connection(("127.0.0.1", 80), 60).recv(1)
except ConnectionResetError:
    print("reset")
`)
	p.job.Network.Allow = []network.Rule{rule("0.0.0.0/0", port(53), port(80)), rule("a.ok", port(80))}
	var o outside
	p.tunnel = o.serve(t, []string{"192.0.2.53:53"}, func(conn *net.TCPConn) { conn.Write([]byte("outside")) })
	got := p.run(t)
	if string(got.Stdout) != "outside\n0007 c6120002\nreset\n" || len(o.targets) != 1 {
		t.Errorf("stdout %q, stderr %s, targets %v", got.Stdout, got.Stderr, o.targets)
	}
	expect(t, got, map[string]int64{})
}
