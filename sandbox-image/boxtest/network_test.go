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

// podNetwork gives a pod what its CNI plugin would: a network namespace with one link to the outside. It returns the namespace's path and the address
// of the outside's end. Made anew for each pod, because runsc takes the addresses of a namespace into its own stack.
func podNetwork(t testing.TB) (namespace, outside string) {
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
	return "/run/netns/" + name, subnet + ".1"
}
