//go:build gvisor

package boxtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/network"
)

// BenchmarkPassage measures how many bytes a second come to a tool from a server, by tunnels and to a bare container directly, and what they cost each part of
// the processor. Run it with: boxtest/run -run '^$' -bench Passage -benchtime 1x
//
// The gateway is the test's own, unless COFFERDAM_PASSAGE_GATEWAY names another: its port, a session, the file of its authority and its process, with spaces
// between. It must let the session reach port 17001 of this machine's own address from wherever it comes.
func BenchmarkPassage(b *testing.B) {
	script, err := os.ReadFile("../../e2e/src/test/resources/bench/throughput.py")
	if err != nil {
		b.Fatal(err)
	}
	server := sender(b)
	number := 0
	for _, millicores := range []int{500, 2000} {
		for _, way := range []string{"direct", "tunnels"} {
			b.Run(fmt.Sprintf("%dm/%s", millicores, way), func(b *testing.B) {
				const count, each = 50, 4 << 20
				for b.Loop() {
					number++
					group := share(b, number, millicores)
					p := pod{rootfs: needed(b, "COFFERDAM_PYTHON_ROOTFS"), cpuGroup: group, deadline: "120"}
					arguments := func(host string) []string {
						return []string{"python3", "-c", string(script), host, fmt.Sprint(server.Port()), fmt.Sprint(count), fmt.Sprint(each), "0"}
					}
					other := elsewhere(b)
					if way == "direct" {
						p.way = func(p *pod, _ *gatewaytest.Gateway, outside string) { p.bare = arguments(outside) }
					} else {
						p.job = job(arguments(server.Addr().String())...)
						p.job.Limits.TimeoutMillis = 300_000
						p.job.Network.Allow = []network.Rule{rule(server.Addr().String()+"/32", port(server.Port()))}
						p.tunnel = func(gatewaytest.Tunnel) (*net.TCPConn, int) {
							conn, err := net.Dial("tcp", server.String())
							if err != nil {
								return nil, http.StatusBadGateway
							}
							return conn.(*net.TCPConn), http.StatusOK
						}
						if other != nil {
							p.job.Session = other.session
							p.way = func(p *pod, gateway *gatewaytest.Gateway, outside string) {
								p.job.Network.Gateway = net.JoinHostPort(outside, other.port)
								gateway.Authorities = append(gateway.Authorities, other.authority...)
							}
						}
					}
					before := other.used(b)
					var start time.Duration // what the sandbox used until its tool began
					p.begun = func() { start = usedBy(b, group) }
					got := p.run(b)
					text := got.stdout
					if way == "tunnels" {
						if text = string(got.Stdout); got.Result.Outcome != channel.Exited {
							b.Fatalf("%+v %s", got.Result, got.Stderr)
						}
					}
					var rates struct{ One, Many float64 }
					if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "ready\n")), &rates); err != nil {
						b.Fatalf("%v: %q %q", err, text, got.stderr)
					}
					const gibibytes = 2.0 * count * each / (1 << 30)
					b.ReportMetric(rates.One/(1<<20), "MiB/s-one")
					b.ReportMetric(rates.Many/(1<<20), "MiB/s-50")
					b.ReportMetric((usedBy(b, group)-start).Seconds()/gibibytes, "sandbox-s/GiB")
					if other != nil && way == "tunnels" {
						b.ReportMetric((other.used(b)-before)/gibibytes, "gateway-s/GiB")
					}
				}
			})
		}
	}
}

// sender answers `send N` with N bytes, on this machine's own address and on all others.
func sender(b *testing.B) netip.AddrPort {
	listener, err := net.Listen("tcp4", "0.0.0.0:17001")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				line, _ := bufio.NewReader(conn).ReadString('\n')
				block := make([]byte, 64<<10)
				for left, _ := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(line), "send ")); left > 0; left -= len(block) {
					if _, err := conn.Write(block[:min(left, len(block))]); err != nil {
						return
					}
				}
			}()
		}
	}()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		b.Fatal(err)
	}
	for _, each := range addresses {
		if prefix, err := netip.ParsePrefix(each.String()); err == nil && prefix.Addr().Is4() && !prefix.Addr().IsLoopback() && !network.Names.Contains(prefix.Addr()) {
			return netip.AddrPortFrom(prefix.Addr(), uint16(listener.Addr().(*net.TCPAddr).Port))
		}
	}
	b.Skip("this machine has no address of its own")
	return netip.AddrPort{}
}

// another is a gateway that is not the test's.
type another struct {
	port, session string
	authority     []byte
	process       string
}

func elsewhere(b *testing.B) *another {
	words := strings.Fields(os.Getenv("COFFERDAM_PASSAGE_GATEWAY"))
	if len(words) == 0 {
		return nil
	}
	authority, err := os.ReadFile(words[2])
	if err != nil {
		b.Fatal(err)
	}
	return &another{port: words[0], session: words[1], authority: authority, process: words[3]}
}

// used is how many seconds of the processor its process has had.
func (a *another) used(b *testing.B) float64 {
	if a == nil {
		return 0
	}
	text, err := os.ReadFile("/proc/" + a.process + "/stat")
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')'):]))
	user, _ := strconv.Atoi(fields[12])
	system, _ := strconv.Atoi(fields[13])
	return float64(user+system) / 100
}
