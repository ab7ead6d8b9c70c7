//go:build gvisor

package boxtest

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/network"
)

func TestTheToolCannotTakeOrChangeTheBoxesNetwork(t *testing.T) {
	t.Parallel()
	p := python(t, `
import socket, errno, struct
def attempt(what, do):
    try:
        do()
        print(what, "done")
    except OSError as e:
        print(what, errno.errorcode.get(e.errno, str(e)))
def bind(kind, address, *options):
    def do():
        s = socket.socket(socket.AF_INET, kind)
        for option in options:
            s.setsockopt(socket.SOL_SOCKET, option, 1)
        s.bind(address)
        if kind == socket.SOCK_STREAM:
            s.listen()
    return do
both = (socket.SO_REUSEADDR, socket.SO_REUSEPORT)
for host in "0.0.0.0", "198.18.0.2", "203.0.113.9", "127.0.0.1":
    attempt("tcp " + host, bind(socket.SOCK_STREAM, (host, 443)))
    attempt("tcp again " + host, bind(socket.SOCK_STREAM, (host, 443), *both))
for host in "127.0.0.1", "0.0.0.0":
    attempt("dns " + host, bind(socket.SOCK_DGRAM, (host, 53), *both))
    attempt("dns tcp " + host, bind(socket.SOCK_STREAM, (host, 53), *both))
def six():
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::", 443))
    s.listen()
attempt("dual", six)
def netlink(kind, body):
    def do():
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        s.send(struct.pack("=IHHII", 16 + len(body), kind, 5, 1, 0) + body)
        answer = s.recv(4096)
        code, = struct.unpack_from("=i", answer, 16)
        if code:
            raise OSError(-code, "")
    return do
attempt("add an address", netlink(20, struct.pack("=BBBBI", 2, 8, 0, 0, 1) + struct.pack("=HH4B", 8, 2, 9, 9, 9, 9)))
attempt("remove the address", netlink(21, struct.pack("=BBBBI", 2, 0, 0, 0, 1) + struct.pack("=HH4B", 8, 2, 198, 18, 0, 1)))
attempt("set lo down", netlink(16, struct.pack("=BxHiII", 0, 0, 1, 0, 1)))
attempt("ping", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP))
attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 8))
`)
	p.job.Network.Allow = []network.Rule{rule("api.example.com", port(443))}
	got := p.run(t)
	var want []string
	for _, host := range []string{"0.0.0.0", "198.18.0.2", "203.0.113.9", "127.0.0.1"} {
		want = append(want, "tcp "+host+" EADDRINUSE", "tcp again "+host+" EADDRINUSE")
	}
	for _, host := range []string{"127.0.0.1", "0.0.0.0"} {
		want = append(want, "dns "+host+" EADDRINUSE", "dns tcp "+host+" EADDRINUSE")
	}
	want = append(want, "dual EADDRINUSE", "add an address EPERM", "remove the address EPERM", "set lo down EPERM", "ping EPERM", "raw EPERM", "packet EAFNOSUPPORT")
	if text := strings.Join(want, "\n") + "\n"; string(got.Stdout) != text {
		t.Errorf("got\n%s\nwant\n%s\nstderr %s", got.Stdout, text, got.Stderr)
	}
}

func TestTheToolReachesNeitherTheGatewayNorThePod(t *testing.T) {
	t.Parallel()
	p := python(t, `
import re, socket, errno
seen = set()
for line in open("/proc/net/tcp").readlines()[1:]:
    for field in line.split()[1:3]:
        host, port = field.split(":")
        if host != "00000000" and int(port, 16) != 53:
            seen.add((socket.inet_ntoa(bytes.fromhex(host)[::-1]), int(port, 16)))
print(len(seen) >= 2)
for place in seen:
    try:
        socket.create_connection(place, 60)
        print(place, "connected")
    except OSError as e:
        assert e.errno == errno.ECONNREFUSED, e
`)
	var o outside
	p.tunnel = o.serve(t, nil, func(*net.TCPConn) {})
	got := p.run(t)
	if string(got.Stdout) != "True\n" || got.Result.ExitCode != 0 || len(o.targets) > 0 {
		t.Errorf("stdout %q, stderr %q, the gateway was asked for %v", got.Stdout, got.Stderr, o.targets)
	}
	if len(got.Attempts) < 2 {
		t.Errorf("refused %+v", got.Attempts)
	}
}

func TestFloodsAreCountedExactly(t *testing.T) {
	t.Parallel()
	p := python(t, `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(20000):
    s.sendto(b"x", ("192.0.2.1", 9))
for i in range(3000):
    c = socket.socket()
    try:
        c.connect(("192.0.2.%d" % (i % 200), 80))
    except ConnectionRefusedError:
        pass
    c.close()
q = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
q.connect(("127.0.0.1", 53))
for i in range(500):
    q.send(bytes.fromhex("000101000001000000000000") + bytes([3]) + b"%03d" % i + b"\x02zz\x00\x00\x01\x00\x01")
    q.recv(512)
`)
	got := p.run(t)
	var sums = map[channel.Protocol]int64{}
	for _, each := range got.Attempts {
		sums[each.Protocol] += each.Count
	}
	if got.Result.ExitCode != 0 || sums[channel.UDP] != 20000 || sums[channel.TCP] != 3000 || sums[channel.DNS] != 500 {
		t.Errorf("result %+v, refused %v in %d events, stderr %s", got.Result, sums, len(got.Attempts), got.Stderr)
	}
	if all := counts(got.Attempts); all["udp 192.0.2.1:9"] != 20000 || all["tcp "+channel.OtherAddresses] == 0 || all["dns "+channel.OtherAddresses] != 500 {
		t.Errorf("refused %v", all)
	}
}

func TestANameForWhichThereIsNoRoomIsOnRecordAsThat(t *testing.T) {
	p := python(t, `
import socket
q = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
q.connect(("127.0.0.1", 53))
codes = []
for i in range(4098):
    q.send(bytes.fromhex("000101000001000000000000") + bytes([4]) + b"%04d" % i + b"\x07example\x03org\x00\x00\x01\x00\x01")
    codes.append(q.recv(512)[3] & 15)
print(codes.count(0), codes[-2:])
`)
	p.job.Network.Allow = []network.Rule{rule("*.example.org", port(443))}
	got := p.run(t)
	if string(got.Stdout) != "4096 [3, 3]\n" {
		t.Errorf("stdout %q, stderr %s", got.Stdout, got.Stderr)
	}
	expect(t, got, map[string]int64{"dns 4096.example.org NoRoom": 1, "dns 4097.example.org NoRoom": 1})
}

func TestWhatNoGatewayHeardOfIsOnRecord(t *testing.T) {
	p := python(t, `
import socket, errno
for n in range(3):
    try: # the reset may come before connect(2) returns
        print(socket.create_connection(("api.example.com", 443), 60).recv(1))
    except OSError as e:
        print(errno.errorcode.get(e.errno, str(e)))
`)
	p.job.Network.Allow = []network.Rule{rule("api.example.com", port(443))}
	p.way = func(p *pod, _ *gatewaytest.Gateway, outside string) { p.job.Network.Gateway = outside + ":1" } // where nobody listens
	got := p.run(t)
	if string(got.Stdout) != strings.Repeat("ECONNRESET\n", 3) {
		t.Errorf("stdout %q, stderr %s", got.Stdout, got.Stderr)
	}
	expect(t, got, map[string]int64{"tcp api.example.com:443 GatewayUnreachable": 3})
}

func TestNoAttemptHidesBehindATransfer(t *testing.T) {
	t.Parallel()
	got := python(t, `
import os, socket
server = socket.create_server(("127.0.0.1", 0))
if os.fork() == 0:
    c = socket.create_connection(server.getsockname())
    while True: c.sendall(b"x" * (1 << 20))
conn, _ = server.accept()
if os.fork() == 0:
    while True: conn.recv(1 << 20)
for i in range(2000):
    c = socket.socket()
    try: c.connect(("192.0.2.1", 80))
    except OSError: pass
    c.close()
`).run(t)
	expect(t, got, map[string]int64{"tcp 192.0.2.1:80": 2000})
}

func TestTheGatewaysRefusalIsAReset(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusTooManyRequests, http.StatusBadGateway} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			p := python(t, `
import socket, errno
try:
    print(socket.create_connection(("api.example.com", 443), 60).recv(1))
except OSError as e:
    print(errno.errorcode.get(e.errno, str(e)))
`)
			p.job.Network.Allow = []network.Rule{rule("api.example.com", port(443))}
			p.tunnel = func(gatewaytest.Tunnel) (*net.TCPConn, int) { return nil, status }
			got := p.run(t)
			if string(got.Stdout) != "ECONNRESET\n" {
				t.Errorf("stdout %q, stderr %q", got.Stdout, got.Stderr)
			}
			expect(t, got, map[string]int64{}) // the gateway records what it refuses
		})
	}
}

func TestOpenTunnelsEndWithTheTool(t *testing.T) {
	t.Parallel()
	p := python(t, `
import os, socket, time
s = socket.create_connection(("api.example.com", 443), 60)
s.send(b"x")
s.recv(1)
if os.fork() == 0:
    time.sleep(1000)
os._exit(7)
`)
	p.job.Network.Allow = []network.Rule{rule("api.example.com", port(443))}
	ended := make(chan error, 1)
	var o outside
	p.tunnel = o.serve(t, []string{"api.example.com:443"}, func(conn *net.TCPConn) {
		piece := make([]byte, 1)
		conn.Read(piece)
		conn.Write(piece)
		_, err := conn.Read(piece)
		ended <- err
	})
	got := p.run(t)
	if got.Result.ExitCode != 7 {
		t.Errorf("result %+v, stderr %s", got.Result, got.Stderr)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the server read something")
		}
	case <-time.After(patience):
		t.Error("the tunnel outlives the tool")
	}
}

// What a program makes of a name is the same address, however it was written.
func TestNoSpellingLeadsToTheCloudsMetadata(t *testing.T) {
	t.Parallel()
	p := python(t, `
import socket, errno
def attempt(host):
    try:
        s = socket.create_connection((host, 80), 60)
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return repr(s.recv(1))
    except socket.gaierror:
        return "no such name"
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
for host in ("169.254.169.254", "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "169.254.43518", "169.16689662",
             "\uff11\uff16\uff19.254.169.254",
             "::ffff:169.254.169.254", "::a9fe:a9fe", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "2001:0:1:2:3:4:5601:5601", "fd00:ec2::254",
             "metadata", "metadata.google.internal", "169.254.169.254.nip.io", "instance-data"):
    print(host, attempt(host))
`)
	p.job.Network.Allow = []network.Rule{rule("*.example.com", port(80)), rule("203.0.113.0/24", port(80))}
	var o outside
	p.tunnel = o.serve(t, nil, func(*net.TCPConn) {})
	got := p.run(t)
	lines := strings.Split(strings.TrimSpace(string(got.Stdout)), "\n")
	if len(lines) != 19 || strings.Contains(string(got.Stdout), " b'") || len(o.targets) > 0 {
		t.Errorf("stdout %s, stderr %s, the gateway was asked for %v", got.Stdout, got.Stderr, o.targets)
	}
	// Those eight that are numbers, at least: what becomes of IPv6 is the kernel's, which has no way for it.
	if all := counts(got.Attempts); all["tcp 169.254.169.254:80"] < 8 || all["dns metadata.google.internal"] == 0 || all["dns 169.254.169.254.nip.io"] == 0 {
		t.Errorf("refused %v", all)
	}
}

// By no path does a query reach anybody: not by the protocols that DNS has, nor within others.
func TestNoNameServerIsReached(t *testing.T) {
	t.Parallel()
	p := python(t, `
import socket, errno
query = bytes.fromhex("000101000001000000000000") + b"\x06secret\x04evil\x07example\x00\x00\x10\x00\x01"
def tcp(host, port):
    try:
        s = socket.create_connection((host, port), 60)
        s.sendall(len(query).to_bytes(2, "big") + query)
        got = s.recv(512)
        return "code %d" % (got[5] & 15) if len(got) > 5 else "nothing"
    except socket.gaierror:
        return "no such name"
    except BrokenPipeError:
        return "ECONNRESET" # which of the two it is depends on who was faster
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
def udp(host, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(60)
    try:
        s.connect((host, port))
        s.send(query)
        return "code %d" % (s.recv(512)[3] & 15)
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
for host, port in ("1.1.1.1", 53), ("1.1.1.1", 853), ("1.1.1.1", 443), ("dns.google", 443), ("dns.google", 853), ("127.0.0.1", 53):
    print("tcp", host, port, tcp(host, port))
for host, port in ("1.1.1.1", 53), ("1.1.1.1", 443), ("1.1.1.1", 853), ("127.0.0.1", 53):
    print("udp", host, port, udp(host, port))
`)
	p.job.Network.Allow = []network.Rule{rule("api.example.com", port(443))}
	var o outside
	p.tunnel = o.serve(t, nil, func(*net.TCPConn) {})
	got := p.run(t)
	want := strings.Join([]string{
		"tcp 1.1.1.1 53 ECONNREFUSED", "tcp 1.1.1.1 853 ECONNREFUSED", "tcp 1.1.1.1 443 ECONNRESET", "tcp dns.google 443 no such name",
		"tcp dns.google 853 no such name", "tcp 127.0.0.1 53 code 3",
		"udp 1.1.1.1 53 ECONNREFUSED", "udp 1.1.1.1 443 ECONNREFUSED", "udp 1.1.1.1 853 ECONNREFUSED", "udp 127.0.0.1 53 code 3",
	}, "\n") + "\n"
	if string(got.Stdout) != want || len(o.targets) > 0 {
		t.Errorf("got\n%s\nwant\n%s\nstderr %s, the gateway was asked for %v", got.Stdout, want, got.Stderr, o.targets)
	}
	if all := counts(got.Attempts); all["dns secret.evil.example"] != 2 || all["tcp 1.1.1.1:443"] != 1 || all["udp 1.1.1.1:53"] != 1 {
		t.Errorf("refused %v", all)
	}
}
