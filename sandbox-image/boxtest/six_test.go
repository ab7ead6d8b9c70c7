//go:build gvisor

package boxtest

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/network"
)

// sink is outside, at every address that the pod's network leads to, by TCP and UDP at one port: what it heard is the truth.
type sink struct {
	port  uint16
	mutex sync.Mutex
	heard []string
}

func newSink(t *testing.T) *sink {
	t.Helper()
	listener, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &sink{port: uint16(listener.Addr().(*net.TCPAddr).Port)}
	datagrams, err := net.ListenPacket("udp", fmt.Sprintf("[::]:%d", s.port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { datagrams.Close() })
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			s.hear("tcp", conn.LocalAddr())
			conn.Write([]byte("!"))
			conn.Close()
		}
	}()
	go func() {
		piece := make([]byte, 100)
		for _, from, err := datagrams.ReadFrom(piece); err == nil; _, from, err = datagrams.ReadFrom(piece) {
			s.hear("udp", from)
			datagrams.WriteTo([]byte("!"), from)
		}
	}()
	return s
}

func (s *sink) hear(protocol string, by net.Addr) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.heard = append(s.heard, protocol+" "+by.String())
}

func (s *sink) all() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.heard
}

// overSix tries a port, argv[1], at each of the addresses behind it, by sockets of IPv6, and says what came of it.
const overSix = `
import errno, socket, sys
def attempt(kind, host):
    try:
        found = socket.getaddrinfo(host, int(sys.argv[1]), socket.AF_INET6, kind, 0, socket.AI_V4MAPPED)[0]
        s = socket.socket(*found[:3])
        s.settimeout(3)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.connect(found[4])
        if kind == socket.SOCK_DGRAM:
            s.send(b"x")
        return "reached" if s.recv(1) == b"!" else "nothing"
    except socket.gaierror:
        return "no address"
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
for host in sys.argv[2:]:
    for name, kind in ("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM):
        print(name, host, attempt(kind, host), flush=True)
`

// spellings are those of an address outside, in IPv6: its own one, and what might lead to its IPv4.
func spellings(outside string) []string {
	v6, v4 := six(outside), net.ParseIP(outside).To4()
	return []string{
		v6, "::ffff:" + outside, strings.ToUpper(v6), net.ParseIP(v6).String() + "%eth0", v6 + "%2", outside,
		fmt.Sprintf("::ffff:%02x%02x:%02x%02x", v4[0], v4[1], v4[2], v4[3]), "::" + outside, "64:ff9b::" + outside, "::ffff:0:" + outside,
		fmt.Sprintf("2002:%02x%02x:%02x%02x::1", v4[0], v4[1], v4[2], v4[3]), "fe80::1%eth0", "fe80::1%1", "fe80::1%2", "ff02::1%eth0", "ff02::1%1",
	}
}

func TestNoAddressOfIPv6IsReached(t *testing.T) {
	s := newSink(t)
	p := pod{rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS"), both: true}
	p.job.Network.Allow = []network.Rule{rule("*", port(s.port)), rule("203.0.113.0/24", port(s.port))} // the port answers in the box, too
	var o outside
	p.tunnel = o.serve(t, nil, func(*net.TCPConn) {})
	var places []string
	p.way = func(p *pod, gateway *gatewaytest.Gateway, outside string) {
		places = spellings(outside)
		rules := p.job.Network
		p.job = job(append([]string{"python3", "-c", overSix, strconv.Itoa(int(s.port))}, places...)...)
		p.job.Network, p.job.Network.Gateway = rules, gateway.Address
	}
	got := p.run(t)
	t.Logf("%s", got.Stdout)
	tried := lines(got.Stdout)
	if got.Result.ExitCode != 0 || len(tried) != 2*len(places) || strings.Contains(string(got.Stdout), "reached") {
		t.Errorf("result %+v, stdout %s, stderr %s", got.Result, got.Stdout, got.Stderr)
	}
	if heard := s.all(); len(heard) > 0 || len(o.targets) > 0 {
		t.Errorf("the sink heard %v, the gateway was asked for %v", heard, o.targets)
	}
	for _, line := range tried[:2] {
		if !strings.HasSuffix(line, " ENETUNREACH") {
			t.Error(line)
		}
	}
}

// The same attempts beside the box.
func TestBesideTheBoxIPv6IsReached(t *testing.T) {
	s := newSink(t)
	p := pod{rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS"), both: true}
	p.way = func(p *pod, _ *gatewaytest.Gateway, outside string) {
		p.bare = append([]string{"/usr/bin/python3", "-c", overSix, strconv.Itoa(int(s.port))}, spellings(outside)...)
	}
	got := p.run(t)
	t.Logf("%s", got.stdout)
	reached := strings.Count(got.stdout, " reached\n")
	for _, line := range lines([]byte(got.stdout))[:4] { // the address itself, and its IPv4 within IPv6
		if !strings.HasSuffix(line, " reached") {
			t.Error(line)
		}
	}
	if heard := s.all(); len(heard) < reached {
		t.Errorf("%d reached, and the sink heard %v", reached, heard)
	}
}
