package gate

import (
	"context"
	"net"
	"strconv"
	"syscall"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
)

// slowMachine is the longest wait where a test sees that nobody waits for it.
const slowMachine = 20 * time.Second

func TestWhatIsOpenToTheEndIsNamed(t *testing.T) {
	open := listen(t)
	gate := gateOf(t, 300*time.Millisecond, tcp(silent(t)), tcp(open.Addr().String()))
	begun := time.Now()
	if got, want := (<-gate.Watch(t.Context())).Open, "tcp/"+open.Addr().String(); got != want {
		t.Errorf("open is %q, want %q", got, want)
	}
	if took := time.Since(begun); took < 300*time.Millisecond {
		t.Errorf("gave up after %v: rules may lag", took)
	}
}

func TestWhatClosesInTimePasses(t *testing.T) {
	open := listen(t)
	gate := gateOf(t, 10*time.Second, tcp(open.Addr().String()))
	begun := time.Now()
	time.AfterFunc(200*time.Millisecond, func() { open.Close() })
	if got := <-gate.Watch(t.Context()); got.Open != "" || time.Since(begun) < 200*time.Millisecond {
		t.Errorf("verdict %+v after %v", got, time.Since(begun))
	}
}

func TestSilenceCountsAsClosedSoonAfterTheControlHasAnswered(t *testing.T) {
	gate := gateOf(t, 0, tcp(silent(t)), channel.Address{Network: "udp", Address: datagrams(t, false)})
	gate.patience = slowMachine
	begun := time.Now()
	got := <-gate.Watch(t.Context())
	if took := time.Since(begun); got.Open != "" || took < leastPatience || took >= slowMachine {
		t.Errorf("verdict %+v after %v", got, took)
	}
}

func TestWithoutAControlTheWaitIsTheLongest(t *testing.T) {
	gate := gateOf(t, 0, tcp(silent(t)))
	gate.control = silent(t)
	begun := time.Now()
	got := <-gate.Watch(t.Context())
	if took := time.Since(begun); got.Open != "" || took < longestPatience {
		t.Errorf("verdict %+v after %v", got, took)
	}
}

func TestARefusalNeedsNoWait(t *testing.T) {
	open := listen(t)
	open.Close()
	gate := gateOf(t, 0, tcp(open.Addr().String()))
	gate.control, gate.patience = silent(t), slowMachine
	begun := time.Now()
	if got := <-gate.Watch(t.Context()); got.Open != "" || time.Since(begun) >= slowMachine {
		t.Errorf("verdict %+v after %v", got, time.Since(begun))
	}
}

func TestADatagramThatIsAnsweredIsOpen(t *testing.T) {
	address := datagrams(t, true)
	gate := gateOf(t, 0, channel.Address{Network: "udp", Address: address})
	if got := <-gate.Watch(t.Context()); got.Open != "udp/"+address {
		t.Errorf("verdict %+v", got)
	}
}

func TestWhatOpensLaterIsToldOnce(t *testing.T) {
	closed := listen(t)
	address := closed.Addr().String()
	closed.Close()
	gate := gateOf(t, 0, tcp(address))
	gate.interval = 50 * time.Millisecond
	verdicts := gate.Watch(t.Context())
	if got := <-verdicts; got.Open != "" {
		t.Fatalf("verdict %+v before anything listened", got)
	}
	opened, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if got := <-verdicts; got.Open != "tcp/"+address {
		t.Errorf("verdict %+v", got)
	}
}

func TestAnAnswerThatComesLateIsTold(t *testing.T) {
	server, address := backlogged(t)
	gate := gateOf(t, 0, tcp(address))
	gate.interval = time.Hour // it is this attempt's answer, and no other's
	verdicts := gate.Watch(t.Context())
	if got := <-verdicts; got.Open != "" {
		t.Fatalf("verdict %+v while the server was silent", got)
	}
	for range 2 { // room for the attempt that goes on
		fd, _, err := syscall.Accept(server)
		if err != nil {
			t.Fatal(err)
		}
		syscall.Close(fd)
	}
	select {
	case got := <-verdicts:
		if got.Open != "tcp/"+address {
			t.Errorf("verdict %+v", got)
		}
	case <-time.After(time.Minute):
		t.Error("nothing was told")
	}
}

func TestAnAddressWithoutAHostIsTheGateways(t *testing.T) {
	open := listen(t)
	_, port, _ := net.SplitHostPort(open.Addr().String())
	gate := gateOf(t, 0, tcp(":"+port))
	if got := <-gate.Watch(t.Context()); got.Open != "tcp/:"+port {
		t.Errorf("verdict %+v", got)
	}
}

func TestTheWatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gate := gateOf(t, 0, tcp(silent(t)))
	cancel()
	if open := gate.guard(ctx, gate.look(ctx)); open != "" {
		t.Errorf("open is %q", open)
	}
}

func gateOf(t *testing.T, deadline time.Duration, closed ...channel.Address) *Gate {
	t.Helper()
	gate, err := New(channel.Gate{Closed: closed, DeadlineMillis: deadline.Milliseconds()}, listen(t).Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return gate
}

func tcp(address string) channel.Address { return channel.Address{Network: "tcp", Address: address} }

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// silent answers no connection, like a rule that drops packets.
func silent(t *testing.T) string {
	_, address := backlogged(t)
	return address
}

// backlogged is a server whose queue is full, so that the kernel drops further attempts until two are accepted.
func backlogged(t *testing.T) (fd int, address string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address = "127.0.0.1:" + strconv.Itoa(name.(*syscall.SockaddrInet4).Port)
	for {
		conn, err := net.DialTimeout("tcp", address, 200*time.Millisecond)
		if err != nil {
			return fd, address
		}
		t.Cleanup(func() { conn.Close() })
	}
}

// datagrams is a UDP server that answers, or does not.
func datagrams(t *testing.T, answers bool) string {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		buffer := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answers {
				server.WriteTo(buffer[:n], from)
			}
		}
	}()
	return server.LocalAddr().String()
}
