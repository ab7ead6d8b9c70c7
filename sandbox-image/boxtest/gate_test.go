//go:build gvisor

package boxtest

import (
	"net"
	"reflect"
	"strconv"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
)

// By itself, as all of these: what answers late, because others keep the machine busy, is found only when the tool has begun, and kills it.
func TestNoToolStartsWhileSomethingIsOpen(t *testing.T) {
	canary := listen(t)
	tool := shell("echo ran")
	tool.Gate = channel.Gate{Closed: []channel.Address{canary.address()}, DeadlineMillis: 500}
	got := pod{job: tool}.run(t)
	want := channel.Result{Outcome: channel.NetworkNotIsolated, Open: canary.address().String()}
	if got.Started || !reflect.DeepEqual(got.Result, want) || got.exitCode != 125 || got.stdout != "" {
		t.Errorf("started %v, result %+v, container %d, log %q", got.Started, got.Result, got.exitCode, got.stdout)
	}
}

func TestRulesMayLag(t *testing.T) {
	canary := listen(t)
	canary.closeOnceTried()
	tool := shell("echo ran")
	tool.Gate = channel.Gate{Closed: []channel.Address{canary.address()}, DeadlineMillis: 15_000}
	got := pod{job: tool}.run(t)
	if got.Result.Outcome != channel.Exited || string(got.Stdout) != "ran\n" {
		t.Errorf("result %+v, output %q", got.Result, got.Stdout)
	}
}

func TestARunningToolIsKilledWhenTheNetworkOpens(t *testing.T) {
	canary := listen(t)
	canary.close()
	tool := shell("echo up; sleep 1000")
	tool.Gate = channel.Gate{Closed: []channel.Address{canary.address()}}
	got := pod{job: tool, each: func(_ *gatewaytest.Conn, frame any) {
		if _, ok := frame.(channel.Output); ok {
			canary.open(t)
		}
	}}.run(t)
	if got.Result.Outcome != channel.NetworkNotIsolated || got.Result.Open != canary.address().String() || !got.Started || string(got.Stdout) != "up\n" {
		t.Errorf("started %v, result %+v", got.Started, got.Result)
	}
}

// canary is a port of every address of this machine; the pod's gateway is one of them.
type canary struct {
	listener net.Listener
	port     int
}

func listen(t *testing.T) *canary {
	c := &canary{}
	c.open(t)
	return c
}

func (c *canary) open(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp4", ":"+strconv.Itoa(c.port))
	if err != nil {
		t.Error(err)
		return
	}
	c.listener, c.port = listener, listener.Addr().(*net.TCPAddr).Port
	t.Cleanup(c.close)
}

func (c *canary) close() { c.listener.Close() }

// closeOnceTried is for a network that is open at first: twice.
func (c *canary) closeOnceTried() {
	go func() {
		for range 2 {
			conn, err := c.listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
		c.close()
	}()
}

func (c *canary) address() channel.Address {
	return channel.Address{Network: "tcp", Address: ":" + strconv.Itoa(c.port)}
}
