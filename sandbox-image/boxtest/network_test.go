//go:build gvisor

package boxtest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

var networks atomic.Int32

// six is the address of IPv6 beside one of IPv4, of a range that is nobody's (RFC 4193).
func six(address string) string { return "fdc0:ffee::" + strings.ReplaceAll(address, ".", ":") }

// podNetwork gives a pod what its CNI plugin would: a network namespace with one link to the outside. It returns the namespace's path and the address
// of the outside's end; of both families, where it is to have both. Made anew for each pod, because runsc takes the addresses of a namespace into its own stack.
func podNetwork(t testing.TB, both bool) (namespace, outside string) {
	t.Helper()
	number := networks.Add(1)
	name := fmt.Sprintf("boxtest-%d-%d", os.Getpid(), number)
	link := fmt.Sprintf("bt%d.%d", os.Getpid(), number)
	// Of the range for benchmarks between networks (RFC 2544), which no machine has; by process and pod.
	subnet := fmt.Sprintf("198.%d.%d", 18+os.Getpid()%2, (os.Getpid()/2+int(number))%256)
	run := func(arguments ...string) {
		if output, err := exec.Command("ip", arguments...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", strings.Join(arguments, " "), err, output)
		}
	}
	run("netns", "add", name)
	t.Cleanup(func() { run("netns", "del", name) }) // and with it both ends of the link
	run("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
	run("addr", "add", subnet+".1/30", "dev", link)
	run("link", "set", link, "up")
	run("-n", name, "addr", "add", subnet+".2/30", "dev", "eth0")
	run("-n", name, "link", "set", "eth0", "up")
	run("-n", name, "link", "set", "lo", "up")
	if both {
		run("addr", "add", six(subnet+".1")+"/126", "dev", link, "nodad")
		run("addr", "add", "fe80::1/64", "dev", link, "nodad")
		run("-n", name, "addr", "add", six(subnet+".2")+"/126", "dev", "eth0", "nodad")
	}
	return "/run/netns/" + name, subnet + ".1"
}
