//go:build gvisor

package boxtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/network"
)

// Ways of bytes to a program in a sandbox: from a server outside, to a bare container; from a server beside it, by gVisor's own loopback, which is the last part of
// every tunnel's way; and by tunnels.
var ways = []string{"direct", "loopback", "tunnels"}

// beside runs $0, a server in Python, and when it listens the Python program $1 with the arguments behind it.
const beside = `python3 -c "$0" "$3" >/dev/null 2>&1 & until (exec 3<>/dev/tcp/127.0.0.1/$3) 2>/dev/null; do sleep 0.1; done; exec python3 -c "${@}"`

// BenchmarkPassage measures how many bytes a second come to a program from a server, and what they cost each part of the processor. Run it with:
// boxtest/run -run '^$' -bench Passage -benchtime 1x
//
// The gateway is the test's own, unless COFFERDAM_PASSAGE_GATEWAY names another: its port, a session, the file of its authority and its process, with spaces
// between. It must let the session reach port 17001 of this machine's own address from wherever it comes.
func BenchmarkPassage(b *testing.B) {
	const count, each = 50, 4 << 20
	passage{program: "throughput", arguments: []string{fmt.Sprint(count), fmt.Sprint(each), "1"}}.measure(b, func(b *testing.B, said []byte, sandbox, gateway time.Duration) {
		var rates struct{ One, Many float64 }
		if err := json.Unmarshal(said, &rates); err != nil {
			b.Fatalf("%v: %q", err, said)
		}
		const gibibytes = 2.0 * count * each / (1 << 30)
		b.ReportMetric(rates.One/(1<<20), "MiB/s-one")
		b.ReportMetric(rates.Many/(1<<20), "MiB/s-50")
		b.ReportMetric(sandbox.Seconds()/gibibytes, "sandbox-s/GiB")
		b.ReportMetric(gateway.Seconds()/gibibytes, "gateway-s/GiB")
	})
}

// BenchmarkConnections measures how long a connection and its first answer take, and how long an answer on an open one, in the same way.
func BenchmarkConnections(b *testing.B) {
	const connections, requests = 500, 2000
	passage{program: "latency", arguments: []string{fmt.Sprint(connections), fmt.Sprint(requests)}}.measure(b, func(b *testing.B, said []byte, sandbox, gateway time.Duration) {
		var took struct{ Connect, Request []time.Duration }
		if err := json.Unmarshal(said, &took); err != nil {
			b.Fatalf("%v: %q", err, said)
		}
		for unit, all := range map[string][]time.Duration{"connect": took.Connect, "request": took.Request} {
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Microseconds()), "µs-"+unit+"-p50")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "µs-"+unit+"-p99")
		}
		b.ReportMetric(sandbox.Seconds(), "sandbox-s")
		b.ReportMetric(gateway.Seconds(), "gateway-s")
	})
}

// A passage is a program of the end-to-end benchmarks, which is told a server's host and port and then these arguments.
type passage struct {
	program   string
	arguments []string
}

// measure has it go all ways, with less and with more of a processor, and hands on what it says, and what it used from its first word on.
func (w passage) measure(b *testing.B, report func(b *testing.B, said []byte, sandbox, gateway time.Duration)) {
	const first = "began\n"
	script := fmt.Sprintf("import json, socket, threading\nprint(%q, end=\"\", flush=True)\n%s", first, benchmark(b, w.program))
	server := sender(b)
	number := 0
	for _, millicores := range []int{500, 2000} {
		for _, way := range ways {
			b.Run(fmt.Sprintf("%dm/%s", millicores, way), func(b *testing.B) {
				for b.Loop() {
					number++
					group := share(b, number, millicores)
					p := pod{rootfs: needed(b, "COFFERDAM_PYTHON_ROOTFS"), cpuGroup: group, deadline: "240"}
					arguments := func(host string) []string {
						return append([]string{"python3", "-c", script, host, fmt.Sprint(server.Port())}, w.arguments...)
					}
					other := elsewhere(b)
					switch way {
					case "direct":
						p.way = func(p *pod, _ *gatewaytest.Gateway, outside string) { p.bare = arguments(outside) }
					case "loopback":
						p.bare = append([]string{"bash", "-c", beside, benchmark(b, "server")}, arguments("127.0.0.1")[2:]...)
					default:
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
					var start time.Duration // what the sandbox used until its program began
					p.begun = func() { start = usedBy(b, group) }
					got := p.run(b)
					text := got.stdout
					var gateway time.Duration
					if way == "tunnels" {
						gateway = other.used(b) - before
						if text = string(got.Stdout); got.Result.Outcome != channel.Exited {
							b.Fatalf("%+v %s", got.Result, got.Stderr)
						}
					}
					said := strings.TrimPrefix(strings.TrimPrefix(text, first), "ready\n")
					report(b, []byte(said), usedBy(b, group)-start, gateway)
				}
			})
		}
	}
}

// benchmark is the text of a program of the end-to-end benchmarks.
func benchmark(b *testing.B, program string) string {
	text, err := os.ReadFile("../../e2e/src/test/resources/bench/" + program + ".py")
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// sender answers `send N` with N bytes and `echo` with what comes behind it, on this machine's own address and on all others.
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
				reader := bufio.NewReader(conn)
				line, _ := reader.ReadString('\n')
				if line == "echo\n" {
					io.Copy(conn, reader)
					return
				}
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

// used is what its process has had of the processor.
func (a *another) used(b *testing.B) time.Duration {
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
	return time.Duration(user+system) * 10 * time.Millisecond
}
