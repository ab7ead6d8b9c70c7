package channel_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
)

func token(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("a-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func connect(t *testing.T, gateway *gatewaytest.Gateway, name string, session string) (*channel.Conn, error) {
	t.Helper()
	client, err := channel.NewClient(gateway.Address, name, gateway.Authorities, token(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return client.Connect(ctx, session)
}

func TestTheClientComesAgainAfter503AndCarriesTokenAndSession(t *testing.T) {
	requests := 0
	gateway := gatewaytest.Start(t, "127.0.0.1:0", func(request *gatewaytest.Request) {
		requests++
		if request.Token != "a-token" || request.Session != "secret" {
			t.Errorf("token %q, session %q", request.Token, request.Session)
		}
		if requests < 3 {
			request.Refuse(http.StatusServiceUnavailable)
			return
		}
		conn, err := request.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Send(`{"type":"resumed","gateway":""}`)
		if frame, err := conn.Receive(); err != nil || frame != (channel.Started{}) {
			t.Errorf("got %v (%v)", frame, err)
		}
		conn.Drop()
	})
	conn, err := connect(t, gateway, gatewaytest.Name, "secret")
	if err != nil {
		t.Fatal(err)
	}
	if frame, err := conn.Receive(t.Context()); err != nil || frame != (channel.Resumed{}) {
		t.Errorf("got %v (%v)", frame, err)
	}
	if err := conn.Send(channel.Started{}.Encode()); err != nil {
		t.Error(err)
	}
	if frame, err := conn.Receive(t.Context()); err == nil {
		t.Errorf("got %v", frame)
	}
	if err := conn.Send(channel.Started{}.Encode()); err == nil {
		t.Error("a lost channel takes frames")
	}
}

func TestTheClientStopsAt403(t *testing.T) {
	requests := 0
	gateway := gatewaytest.Start(t, "127.0.0.1:0", func(request *gatewaytest.Request) {
		requests++
		request.Refuse(http.StatusForbidden)
	})
	if _, err := connect(t, gateway, gatewaytest.Name, ""); !errors.Is(err, channel.ErrRefused) || requests != 1 {
		t.Errorf("%v after %d requests", err, requests)
	}
}

func TestTheTokenGoesOnlyToTheGateway(t *testing.T) {
	never := func(request *gatewaytest.Request) { t.Errorf("got token %q", request.Token) }
	gateway, other := gatewaytest.Start(t, "127.0.0.1:0", never), gatewaytest.Start(t, "127.0.0.1:0", never)
	impostor := &gatewaytest.Gateway{Address: gateway.Address, Authorities: other.Authorities}
	for name, each := range map[string]struct {
		gateway *gatewaytest.Gateway
		name    string
	}{
		"another name":      {gateway, "another.name"},
		"another authority": {impostor, gatewaytest.Name},
	} {
		client, err := channel.NewClient(each.gateway.Address, each.name, each.gateway.Authorities, token(t))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if _, err := client.Connect(ctx, ""); err == nil {
			t.Errorf("%s: connected", name)
		}
		cancel()
	}
}

func TestAFrameAgainstTheContractClosesTheChannel(t *testing.T) {
	closed := make(chan error, 1)
	gateway := gatewaytest.Start(t, "127.0.0.1:0", func(request *gatewaytest.Request) {
		conn, err := request.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Send(`{"type":"stored","more":1}`)
		_, err = conn.Receive()
		closed <- err
	})
	conn, err := connect(t, gateway, gatewaytest.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	if frame, err := conn.Receive(t.Context()); err == nil {
		t.Errorf("got %v", frame)
	}
	if err := <-closed; gatewaytest.CloseCode(err) != 1008 {
		t.Errorf("the channel ended with %v", err)
	}
}

func TestAClientNeedsAWholeAddress(t *testing.T) {
	for name, each := range map[string][3]string{
		"no port":      {"10.0.0.1", "name", "x"},
		"no name":      {"10.0.0.1:1", "", "x"},
		"no authority": {"10.0.0.1:1", "name", "not a certificate"},
	} {
		if _, err := channel.NewClient(each[0], each[1], []byte(each[2]), ""); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// relay leads to a gateway, but for the first `lost` connections, which it closes. It tells of each.
func relay(t *testing.T, gateway string, lost int) (string, <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	opened := make(chan struct{}, 16)
	go func() {
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			opened <- struct{}{}
			if n < lost {
				conn.Close()
				continue
			}
			upstream, err := net.Dial("tcp", gateway)
			if err != nil {
				t.Error(err)
				return
			}
			go io.Copy(conn, upstream)
			go io.Copy(upstream, conn)
		}
	}()
	return listener.Addr().String(), opened
}

func TestTheFirstChannelUsesTheConnectionThatWasOpenedAhead(t *testing.T) {
	gateway := gatewaytest.Start(t, "127.0.0.1:0", func(request *gatewaytest.Request) {
		if conn, err := request.Accept(); err == nil {
			conn.Drop()
		}
	})
	for name, lost := range map[string]int{"it stands": 0, "it failed": 1} {
		t.Run(name, func(t *testing.T) {
			address, opened := relay(t, gateway.Address, lost)
			client, err := channel.NewClient(address, gatewaytest.Name, gateway.Authorities, token(t))
			if err != nil {
				t.Fatal(err)
			}
			client.Ahead()
			<-opened // before anybody asks for a channel
			for channels := 1; channels <= 2; channels++ {
				if _, err := client.Connect(t.Context(), ""); err != nil {
					t.Fatal(err)
				}
				if more := len(opened); more != lost+channels-1 {
					t.Errorf("%d more connections for channel %d", more, channels)
				}
			}
		})
	}
}
