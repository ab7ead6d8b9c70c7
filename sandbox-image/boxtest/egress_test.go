//go:build gvisor

package boxtest

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/network"
)

// outside is a server beyond the gateway and the gateway's way to it.
type outside struct {
	mutex   sync.Mutex
	targets []string // of all requests for tunnels
}

// serve answers every target in allowed by a server that handles one connection.
func (o *outside) serve(t *testing.T, allowed []string, handle func(*net.TCPConn)) func(gatewaytest.Tunnel) (*net.TCPConn, int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); handle(conn.(*net.TCPConn)) }()
		}
	}()
	return func(tunnel gatewaytest.Tunnel) (*net.TCPConn, int) {
		o.mutex.Lock()
		o.targets = append(o.targets, tunnel.Target)
		o.mutex.Unlock()
		if tunnel.Session != "the-session-secret" {
			return nil, http.StatusForbidden
		}
		for _, each := range allowed {
			if each == tunnel.Target {
				conn, err := net.Dial("tcp", listener.Addr().String())
				if err != nil {
					return nil, http.StatusBadGateway
				}
				return conn.(*net.TCPConn), http.StatusOK
			}
		}
		return nil, http.StatusForbidden
	}
}

func rule(place string, ports ...network.PortRange) network.Rule {
	if prefix, err := netip.ParsePrefix(place); err == nil {
		return network.Rule{CIDR: prefix, Ports: ports, Protocol: network.TCP}
	}
	return network.Rule{Host: network.Host(place), Ports: ports, Protocol: network.TCP}
}

func port(number uint16) network.PortRange { return network.PortRange{First: number, Last: number} }

// counts adds up what came to nothing, with the cause where that is not that no rule allows it.
func counts(attempts []channel.Attempt) map[string]int64 {
	sums := map[string]int64{}
	for _, each := range attempts {
		what := string(each.Protocol) + " " + each.Resource
		if each.Cause != channel.NotAllowed {
			what += " " + string(each.Cause)
		}
		sums[what] += each.Count
	}
	return sums
}

func expect(t *testing.T, got outcome, want map[string]int64) {
	t.Helper()
	if sums := counts(got.Attempts); !maps.Equal(sums, want) {
		t.Errorf("refused %v, want %v", sums, want)
	}
}

func TestATunnelCarriesBytesBothWaysAndHalfCloses(t *testing.T) {
	t.Parallel()
	tool := script(`printf 'hello\n' | nc api.example.com 7000`)
	tool.Network.Allow = []network.Rule{rule("api.example.com", port(7000))}
	var o outside
	got := pod{job: tool, tunnel: o.serve(t, []string{"api.example.com:7000"}, func(conn *net.TCPConn) {
		all, err := io.ReadAll(conn) // to the tool's half-close
		fmt.Fprintf(conn, "%d bytes, %v\n", len(all), err)
	})}.run(t)
	if string(got.Stdout) != "6 bytes, <nil>\n" || !reflect.DeepEqual(o.targets, []string{"api.example.com:7000"}) {
		t.Errorf("stdout %q, stderr %q, targets %v", got.Stdout, got.Stderr, o.targets)
	}
	expect(t, got, map[string]int64{})
}

func TestEverythingElseIsRefusedAtOnceAndSeen(t *testing.T) {
	t.Parallel()
	p := python(t, `
import socket, errno
def tcp(host, port):
    try:
        s = socket.create_connection((host, port), 60)
        try:
            got = repr(s.recv(1))
        except OSError as e:
            got = errno.errorcode.get(e.errno, str(e))
    except socket.gaierror as e:
        got = "gaierror %d" % e.errno
    except OSError as e:
        got = errno.errorcode.get(e.errno, str(e))
    print(host, port, got)
def udp(host, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((host, port))
    s.settimeout(60)
    s.send(b"x")
    try:
        got = s.recv(1)
    except OSError as e:
        got = errno.errorcode.get(e.errno, str(e))
    print("udp", host, port, got)
tcp("api.example.com", 443)
tcp("api.example.com", 444)
tcp("api.example.org", 443)
tcp("example.com", 443)
tcp("192.0.2.1", 443)
tcp("192.0.2.1", 80)
tcp("169.254.169.254", 80)
tcp("203.0.113.5", 5432)
tcp("203.0.114.5", 5432)
tcp("203.0.113.5", 5433)
udp("8.8.8.8", 53)
udp("198.18.0.2", 443)
tcp("8.8.8.8", 53)
tcp("2001:db8::1", 443)
`)
	p.job.Network.Allow = []network.Rule{rule("api.example.com", port(443)), rule("203.0.113.0/24", port(5432))}
	var o outside
	p.tunnel = o.serve(t, []string{"api.example.com:443", "203.0.113.5:5432"}, func(conn *net.TCPConn) { conn.Write([]byte("!")) })
	got := p.run(t)
	want := strings.Join([]string{
		"api.example.com 443 b'!'", "api.example.com 444 ECONNREFUSED", "api.example.org 443 gaierror -2", "example.com 443 gaierror -2",
		"192.0.2.1 443 ECONNRESET", "192.0.2.1 80 ECONNREFUSED", "169.254.169.254 80 ECONNREFUSED",
		"203.0.113.5 5432 b'!'", "203.0.114.5 5432 ECONNRESET", "203.0.113.5 5433 ECONNREFUSED",
		"udp 8.8.8.8 53 ECONNREFUSED", "udp 198.18.0.2 443 ECONNREFUSED", "8.8.8.8 53 ECONNREFUSED", "2001:db8::1 443 ENETUNREACH",
	}, "\n") + "\n"
	if string(got.Stdout) != want {
		t.Errorf("got\n%s\nwant\n%s\nstderr %s", got.Stdout, want, got.Stderr)
	}
	if want := []string{"api.example.com:443", "203.0.113.5:5432"}; !reflect.DeepEqual(o.targets, want) {
		t.Errorf("the gateway was asked for %v, want %v", o.targets, want)
	}
	expect(t, got, map[string]int64{
		"tcp api.example.com:444": 1, "dns api.example.org": 1, "dns example.com": 1, "tcp 192.0.2.1:443": 1, "tcp 192.0.2.1:80": 1,
		"tcp 169.254.169.254:80": 1, "tcp 203.0.114.5:5432": 1, "tcp 203.0.113.5:5433": 1, "udp 8.8.8.8:53": 1, "udp api.example.com:443": 1, "tcp 8.8.8.8:53": 1,
	})
}

func TestWildcardsAndRangesOfPorts(t *testing.T) {
	t.Parallel()
	p := python(t, `
import socket
for host, port in ("a.example.org", 8000), ("b.c.example.org", 8100), ("A.Example.ORG.", 8050), ("203.0.113.77", 8003):
    s = socket.create_connection((host, port), 60)
    print(s.getpeername()[0], s.recv(100).decode())
print(socket.gethostbyname("a.example.org") == socket.gethostbyname("A.EXAMPLE.org"))
for host in "example.org", "a.example.net", "aexample.org":
    try:
        print(socket.gethostbyname(host))
    except socket.gaierror as e:
        print(e.errno)
`)
	p.job.Network.Allow = []network.Rule{
		rule("*.example.org", network.PortRange{First: 8000, Last: 8100}), rule("203.0.113.0/24", network.PortRange{First: 8000, Last: 8010}),
	}
	p.tunnel = func(tunnel gatewaytest.Tunnel) (*net.TCPConn, int) {
		var o outside
		return o.serve(t, []string{tunnel.Target}, func(conn *net.TCPConn) { conn.Write([]byte(tunnel.Target)) })(tunnel)
	}
	got := p.run(t)
	want := "198.18.0.2 a.example.org:8000\n198.18.0.3 b.c.example.org:8100\n198.18.0.2 a.example.org:8050\n203.0.113.77 203.0.113.77:8003\nTrue\n-2\n-2\n-2\n"
	if string(got.Stdout) != want {
		t.Errorf("got\n%s\nwant\n%s\nstderr %s", got.Stdout, want, got.Stderr)
	}
}

func TestTheToolsOwnServersAreItsOwn(t *testing.T) {
	t.Parallel()
	p := python(t, `
import socket
for host in "127.0.0.1", "localhost":
    server = socket.create_server((host, 0))
    client = socket.create_connection(server.getsockname())
    conn, peer = server.accept()
    print(peer[0], conn.getsockname()[0])
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(("127.0.0.1", 0))
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b.sendto(b"x", a.getsockname())
print(a.recvfrom(1)[1][0])
`)
	got := p.run(t)
	if want := "127.0.0.1 127.0.0.1\n127.0.0.1 127.0.0.1\n127.0.0.1\n"; string(got.Stdout) != want {
		t.Errorf("got %s, want %s, stderr %s", got.Stdout, want, got.Stderr)
	}
	expect(t, got, map[string]int64{})
}
