package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// tunnelsMost bounds the connections of a run that are open or asked for at a time. The bound that counts is the gateway's, 128, which puts on record that it was met;
	// the rest is room for those that it is about to refuse.
	tunnelsMost = 160
	// streamWindow bounds what one tunnel holds of a server's bytes that its tool has not read.
	streamWindow = 256 << 10
	// frameMost bounds a frame of the gateway's. Each costs a wakeup on either side, so that the least one, 16 KiB, would be dear.
	frameMost = 64 << 10

	dialTimeout = 10 * time.Second
	// A gateway that says nothing for this long, and then does not answer a ping, is gone.
	pingAfter   = 5 * time.Second
	pongTimeout = 15 * time.Second
	// idleTimeout is how long a connection without tunnels stays: a gateway takes few of one pod.
	idleTimeout = 30 * time.Second
)

// errRefused is any answer of the gateway but 200: what it says is not for the tool.
var errRefused = errors.New("the gateway refuses the tunnel")

// tunnels opens streams to one gateway replica, all on one connection.
type tunnels struct {
	gateway   string
	url       string
	session   string
	transport *http.Transport
}

// newTunnels takes ip:port of the replica and the configuration by which its certificate is checked. It connects when it is first used.
func newTunnels(gateway, session string, config *tls.Config) *tunnels {
	config = config.Clone()
	config.NextProtos = nil // the transport's: h2
	dialer := &net.Dialer{Timeout: dialTimeout}
	protocols := &http.Protocols{}
	protocols.SetHTTP2(true)
	return &tunnels{
		gateway: gateway,
		url:     "https://" + config.ServerName + "/v1/tunnel",
		session: session,
		transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, "tcp", gateway)
				if err != nil {
					return nil, err
				}
				return newGulping(conn), nil
			},
			TLSClientConfig:     config,
			TLSHandshakeTimeout: dialTimeout,
			DisableCompression:  true,
			IdleConnTimeout:     idleTimeout,
			Protocols:           protocols,
			HTTP2: &http.HTTP2Config{
				StrictMaxConcurrentRequests: true,
				MaxReadFrameSize:            frameMost,
				MaxReceiveBufferPerStream:   streamWindow,
				SendPingTimeout:             pingAfter,
				PingTimeout:                 pongTimeout,
			},
		},
	}
}

// carry joins a connection of the tool to a target until both directions have ended. After an error the connection is to be reset.
func (t *tunnels) carry(ctx context.Context, tool *net.TCPConn, target string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { tool.SetDeadline(time.Unix(1, 0)) })() // a tool that does not read holds up no end
	up := &upload{tool: tool, done: make(chan struct{})}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, up)
	if err != nil {
		return err
	}
	request.ContentLength = -1
	request.Header = http.Header{"Cofferdam-Session": {t.session}, "Cofferdam-Target": {target}, "User-Agent": {""}}
	answer, err := t.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errRefused
	}
	if err := pass(tool, answer.Body); err != nil {
		return err
	}
	if err := tool.CloseWrite(); err != nil {
		return err
	}
	<-up.done // however it ends: the server has said all that it had to say
	return nil
}

// upload is a request's body: what the tool sends, to its half-close.
type upload struct {
	tool *net.TCPConn
	once sync.Once
	done chan struct{} // closed when there is nothing more to read
}

func (u *upload) Read(into []byte) (int, error) {
	n, err := u.tool.Read(into)
	if err != nil {
		u.end()
	}
	return n, err
}

// Close is the transport's: it wants no more.
func (u *upload) Close() error {
	u.end()
	return u.tool.SetReadDeadline(time.Unix(1, 0)) // wakes a Read
}

func (u *upload) end() { u.once.Do(func() { close(u.done) }) }
