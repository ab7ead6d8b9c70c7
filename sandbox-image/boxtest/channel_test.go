//go:build gvisor

package boxtest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/network"
)

func TestStopKillsTheTool(t *testing.T) {
	t.Parallel()
	got := pod{
		job: shell(`trap '' TERM; echo up; while :; do sleep 1; done`),
		each: func(conn *gatewaytest.Conn, frame any) {
			if _, ok := frame.(channel.Output); ok {
				conn.Send(`{"type":"stop","reason":"Cancelled"}`)
			}
		},
	}.run(t)
	if got.Result.Outcome != channel.Stopped || got.exitCode != 137 || string(got.Stdout) != "up\n" {
		t.Errorf("result %+v, container %d", got.Result, got.exitCode)
	}
}

func TestTheDeletionOfThePodStopsTheTool(t *testing.T) {
	t.Parallel()
	got := pod{
		job: shell(`trap '' TERM; echo up; while :; do sleep 1; done`),
		signal: func(frame any) string {
			if _, ok := frame.(channel.Output); ok {
				return "TERM"
			}
			return ""
		},
	}.run(t)
	if got.Result.Outcome != channel.Stopped || got.exitCode != 137 {
		t.Errorf("result %+v, container %d", got.Result, got.exitCode)
	}
}

func TestALostChannelIsResumedFromStarted(t *testing.T) {
	t.Parallel()
	tool := shell(`echo one; read line; echo two; exit 4`)
	tool.Stdin = []byte("x\n")
	var first, second gatewaytest.Transcript
	connections := 0
	got := pod{script: func(request *gatewaytest.Request) {
		connections++
		switch connections {
		case 1:
			conn, err := request.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Send(string(gatewaytest.EncodeJob(tool)))
			first, _ = conn.Listen(time.Now(), func(frame any) {
				if _, ok := frame.(channel.Output); ok {
					conn.Drop()
				}
			})
		case 2:
			request.Refuse(http.StatusServiceUnavailable)
		default:
			if request.Session != tool.Session || request.Token != podToken {
				t.Errorf("came back with session %q, token %q", request.Session, request.Token)
			}
			conn, err := request.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Send(`{"type":"resumed","gateway":""}`)
			if second, err = conn.Listen(time.Now(), nil); err != nil {
				t.Error(err)
			}
			conn.Send(`{"type":"stored"}`)
			conn.Receive()
		}
	}}.run(t)
	if first.Result.Outcome != "" || !second.Started || string(second.Stdout) != "one\ntwo\n" || second.Result.ExitCode != 4 || got.exitCode != 4 {
		t.Errorf("first %+v\nsecond %+v\ncontainer %d, %d connections", first, second, got.exitCode, connections)
	}
}

func TestARefusedPodEnds(t *testing.T) {
	t.Parallel()
	got := pod{script: func(request *gatewaytest.Request) { request.Refuse(http.StatusForbidden) }}.run(t)
	if got.exitCode != 125 || got.stdout != "" {
		t.Errorf("container %d, stdout %q, stderr %q", got.exitCode, got.stdout, got.stderr)
	}
}

func TestARefusalWhileTheToolRunsKillsIt(t *testing.T) {
	t.Parallel()
	connections := 0
	start := time.Now()
	got := pod{script: func(request *gatewaytest.Request) {
		connections++
		if connections > 1 {
			request.Refuse(http.StatusForbidden)
			return
		}
		conn, err := request.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Send(string(gatewaytest.EncodeJob(shell("echo up; sleep 1000"))))
		conn.Listen(time.Now(), func(frame any) {
			if _, ok := frame.(channel.Output); ok {
				conn.Drop()
			}
		})
	}}.run(t)
	if got.exitCode != 125 || time.Since(start) > patience {
		t.Errorf("container %d after %v, stderr %q", got.exitCode, time.Since(start), got.stderr)
	}
}

func TestWithoutAGatewayThePodEnds(t *testing.T) {
	t.Parallel()
	got := pod{deadline: "1", script: func(request *gatewaytest.Request) { request.Refuse(http.StatusServiceUnavailable) }}.run(t)
	if got.exitCode != 125 {
		t.Errorf("container %d, stderr %q", got.exitCode, got.stderr)
	}
}

func TestAFrameAgainstTheContractIsNoOrder(t *testing.T) {
	t.Parallel()
	outside := volume(t, "a")
	tool := ofVolume(shell("echo up; while [ ! -e go ]; do sleep 0.1; done; exit 6"), "")
	tool.Storage = everything(t)
	frames := []string{`{"type":"stop","reason":"x","extra":1}`, `{"type":"stored","type":"stored"}`, `{"Type":"stored"}`, `not json`}
	connections := 0
	var last gatewaytest.Transcript
	got := pod{volume: outside, script: func(request *gatewaytest.Request) {
		conn, err := request.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		if connections == 0 {
			conn.Send(string(gatewaytest.EncodeJob(tool)))
		} else {
			conn.Send(`{"type":"resumed","gateway":""}`)
		}
		if connections < len(frames) {
			conn.Send(frames[connections])
		} else if err := os.WriteFile(filepath.Join(outside, "go"), nil, 0o644); err != nil {
			t.Error(err)
		}
		connections++
		last, err = conn.Listen(time.Now(), nil)
		if err == nil {
			conn.Send(`{"type":"stored"}`)
			conn.Receive()
		}
	}}.run(t)
	if got.exitCode != 6 || last.Result.ExitCode != 6 || connections != len(frames)+1 {
		t.Errorf("container %d, result %+v, %d connections", got.exitCode, last.Result, connections)
	}
}

func TestNewTunnelsFollowTheChannel(t *testing.T) {
	t.Parallel()
	tool := python(t, `
import socket, time
print("one", flush=True)
while True:
    try:
        s = socket.create_connection(("api.example.com", 443), 60)
        print(s.recv(10).decode())
        break
    except ConnectionResetError:
        time.sleep(0.1)
`)
	tool.job.Network.Allow = []network.Rule{rule("api.example.com", port(443))}
	var relay string
	var relayed atomic.Int32
	var moved atomic.Bool
	connections := 0
	var last gatewaytest.Transcript
	tool.script = func(request *gatewaytest.Request) {
		conn, err := request.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		if connections++; connections == 1 {
			first := tool.job
			first.Network.Gateway = request.Address()
			relay = forward(t, request.Address(), &relayed)
			conn.Send(string(gatewaytest.EncodeJob(first)))
			conn.Listen(time.Now(), func(frame any) {
				if _, ok := frame.(channel.Output); ok {
					conn.Drop()
				}
			})
			return
		}
		conn.Send(fmt.Sprintf(`{"type":"resumed","gateway":%q}`, relay))
		moved.Store(true)
		if last, err = conn.Listen(time.Now(), nil); err != nil {
			t.Error(err)
		}
		conn.Send(`{"type":"stored"}`)
		conn.Receive()
	}
	var o outside
	serve := o.serve(t, []string{"api.example.com:443"}, func(conn *net.TCPConn) { conn.Write([]byte("two")) })
	tool.tunnel = func(tunnel gatewaytest.Tunnel) (*net.TCPConn, int) {
		if !moved.Load() || relayed.Load() == 0 { // the first replica is about to go
			return nil, http.StatusForbidden
		}
		return serve(tunnel)
	}
	tool.run(t)
	if string(last.Stdout) != "one\ntwo\n" || relayed.Load() != 1 {
		t.Errorf("result %+v, stdout %q, %d connections to the other replica", last.Result, last.Stdout, relayed.Load())
	}
}

// forward gives a server another port of its address, and counts who comes by it.
func forward(t *testing.T, to string, count *atomic.Int32) string {
	host, _, err := net.SplitHostPort(to)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			onward, err := net.Dial("tcp", to)
			if err != nil {
				from.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{from, onward}, {onward, from}} {
				go func() {
					io.Copy(pair[0], pair[1])
					pair[0].Close()
				}()
			}
		}
	}()
	return listener.Addr().String()
}

// The gateway takes so many frames in 50 ms; what is more waits, and so does the result behind it.
func TestTwoStreamsOfSingleBytesAreFewFrames(t *testing.T) {
	const bytesEach = 60_000
	tool := python(t, fmt.Sprintf("import os\nfor _ in range(%d):\n  os.write(1, b'o'); os.write(2, b'e')\n", bytesEach))
	frames := 0
	tool.each = func(_ *gatewaytest.Conn, frame any) {
		frames++
	}
	got := tool.run(t)
	if len(got.Stdout) != bytesEach || len(got.Stderr) != bytesEach || got.Result.Outcome != channel.Exited {
		t.Errorf("%d and %d bytes, result %+v", len(got.Stdout), len(got.Stderr), got.Result)
	}
	if len(got.stdout) != bytesEach || len(got.stderr) != bytesEach {
		t.Errorf("the log has %d and %d bytes", len(got.stdout), len(got.stderr))
	}
	took := time.Duration(got.Result.DurationMillis) * time.Millisecond
	if most := int(took/(5*time.Millisecond)) + 100; frames > most {
		t.Errorf("%d frames in %v, more than %d", frames, took, most)
	}
}
