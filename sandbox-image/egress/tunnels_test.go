package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
)

const target = "api.example.com:443"

// gateway answers requests for tunnels until the test ends.
func gateway(t *testing.T, answer http.HandlerFunc) (server *httptest.Server, config *tls.Config) {
	t.Helper()
	server = httptest.NewUnstartedServer(answer)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.CloseClientConnections)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server, &tls.Config{RootCAs: pool, ServerName: "example.com"}
}

// listening is an address at which something else than a gateway is.
func listening(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			serve(conn)
		}
	}()
	return listener.Addr().String()
}

// connection is one of the tool's: its own end, and the one that the box has.
func connection(t *testing.T) (tool, box *net.TCPConn) {
	t.Helper()
	taken := make(chan net.Conn, 1)
	address := listening(t, func(conn net.Conn) { taken <- conn })
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	other := <-taken
	t.Cleanup(func() { other.Close() })
	return conn.(*net.TCPConn), other.(*net.TCPConn)
}

// cause is what is to be told of an attempt that ended so; empty: nothing.
func cause(err error) channel.Cause {
	if unheard := (*unheardError)(nil); errors.As(err, &unheard) {
		return unheard.cause
	}
	return ""
}

func TestWhatAGatewayAnsweredIsOnItsRecordAlone(t *testing.T) {
	status := func(number int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(number) }
	}
	for name, each := range map[string]struct {
		answer http.HandlerFunc
		want   channel.Cause
	}{
		"refused":         {status(http.StatusForbidden), ""},
		"a limit":         {status(http.StatusTooManyRequests), ""},
		"not reachable":   {status(http.StatusBadGateway), ""},
		"the stream only": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ""},
		"not its run":     {status(http.StatusUnauthorized), channel.GatewayUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			server, config := gateway(t, each.answer)
			_, box := connection(t)
			err := newTunnels(server.Listener.Addr().String(), "s", config).carry(t.Context(), box, target)
			if err == nil || cause(err) != each.want || errors.Is(err, errRefused) != (each.want == "") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhereNoGatewayAnswersThatIsTold(t *testing.T) {
	asked := make(chan struct{})
	server, config := gateway(t, func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	there := server.Listener.Addr().String()
	go func() {
		<-asked
		server.CloseClientConnections()
	}()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	for name, each := range map[string]struct {
		gateway string
		config  *tls.Config
	}{
		"nobody listens":     {nobody.Addr().String(), config},
		"gone at once":       {listening(t, func(conn net.Conn) { conn.Close() }), config},
		"somebody else's":    {there, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "example.com"}},
		"another name":       {there, &tls.Config{RootCAs: config.RootCAs, ServerName: "gateway.example.net"}},
		"gone before a word": {there, config},
	} {
		t.Run(name, func(t *testing.T) {
			_, box := connection(t)
			err := newTunnels(each.gateway, "s", each.config).carry(t.Context(), box, target)
			if cause(err) != channel.GatewayUnreachable {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhatIsOverBeforeAGatewayWasAskedIsToldAsThat(t *testing.T) {
	running, end := context.WithCancel(t.Context())
	address := listening(t, func(net.Conn) { end() }) // which says nothing
	_, config := gateway(t, nil)
	_, box := connection(t)
	if err := newTunnels(address, "s", config).carry(running, box, target); cause(err) != channel.Abandoned {
		t.Errorf("got %v", err)
	}
}

func TestWhatTheToolBreaksOffIsTheGatewaysToRecord(t *testing.T) {
	for name, withdraw := range map[string]func(tool *net.TCPConn, end func()){
		"by a reset": func(tool *net.TCPConn, _ func()) { tool.SetLinger(0); tool.Close() },
		"by its end": func(_ *net.TCPConn, end func()) { end() },
		"by both":    func(tool *net.TCPConn, end func()) { tool.SetLinger(0); tool.Close(); end() },
	} {
		t.Run(name, func(t *testing.T) {
			running, end := context.WithCancel(t.Context())
			defer end()
			tool, box := connection(t)
			seen := make(chan struct{})
			server, config := gateway(t, func(_ http.ResponseWriter, r *http.Request) {
				io.ReadFull(r.Body, make([]byte, 1)) // so that all that comes before it was sent
				withdraw(tool, end)
				<-r.Context().Done()
				close(seen)
			})
			tool.Write([]byte("x"))
			err := newTunnels(server.Listener.Addr().String(), "s", config).carry(running, box, target)
			if err == nil || cause(err) != "" {
				t.Errorf("got %v", err)
			}
			<-seen
		})
	}
}
