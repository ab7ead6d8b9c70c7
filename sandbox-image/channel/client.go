package channel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/coder/websocket"
)

const (
	path        = "/v1/channel"
	subprotocol = "cofferdam.v1"

	dialTimeout = 10 * time.Second
	// answerTimeout is longer than the gateway's own patience with its caches and the API server. Whoever gave up first could leave
	// a job on its way to nobody, and a second request without a session is tampering.
	answerTimeout = 60 * time.Second
	writeTimeout  = 20 * time.Second
	pingInterval  = 5 * time.Second
	// A channel is dead after 20 s of silence: at most one interval before a ping, and this long without its answer.
	pongTimeout = 15 * time.Second

	// FirstDelay is the pause before a channel is tried again; it doubles up to lastDelay.
	FirstDelay = 100 * time.Millisecond
	lastDelay  = 2 * time.Second

	maxTokenBytes = 64 << 10
)

// ErrRefused is the gateway's 403: this pod has no run, or may not have another channel.
var ErrRefused = errors.New("the gateway refuses this pod a channel")

// Client reaches one gateway.
type Client struct {
	url       string
	tokenFile string
	http      *http.Client
	dialer    *tls.Dialer
	address   string
	early     chan net.Conn // what Ahead opened, once; closed after that
}

// NewClient takes the gateway's address (ip:port; a sandbox has no DNS), the name that its certificate must carry, the PEM bundle of authorities that
// may have signed it, and the file with the pod's projected token.
func NewClient(address, name string, authorities []byte, tokenFile string) (*Client, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("the gateway's address: %w", err)
	}
	if name == "" {
		return nil, errors.New("the gateway's name is empty: its certificate could not be checked")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authorities) {
		return nil, errors.New("the gateway's CA bundle holds no certificate")
	}
	c := &Client{
		url:       "wss://" + net.JoinHostPort(name, port) + path,
		tokenFile: tokenFile,
		dialer: &tls.Dialer{
			NetDialer: &net.Dialer{Timeout: dialTimeout},
			Config:    &tls.Config{RootCAs: pool, ServerName: name, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}},
		},
		address: address,
		early:   make(chan net.Conn, 1),
	}
	close(c.early)
	c.http = &http.Client{
		Transport: &http.Transport{
			DialTLSContext:    func(ctx context.Context, _, _ string) (net.Conn, error) { return c.open(ctx) },
			DisableKeepAlives: true,
		},
		// A redirect would carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Ahead begins to open the connection that the first channel will use, while the caller makes other things ready. It must come before Connect. Nothing but
// the handshake goes over it before that: neither token nor session. Where it fails, the first channel opens a connection of its own.
func (c *Client) Ahead() {
	c.early = make(chan net.Conn, 1)
	go func() {
		defer close(c.early)
		ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
		defer cancel()
		if conn, err := c.dialer.DialContext(ctx, "tcp", c.address); err == nil {
			c.early <- conn
		}
	}()
}

func (c *Client) open(ctx context.Context) (net.Conn, error) {
	select {
	case conn, opened := <-c.early:
		if opened {
			return conn, nil
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return c.dialer.DialContext(ctx, "tcp", c.address)
}

// TLS returns how the gateway is verified, for the other connections to it.
func (c *Client) TLS() *tls.Config { return c.dialer.Config }

// Connect tries until a channel is open. It gives up when ctx ends (the error then names the last failure) or with ErrRefused.
// A session is what the job carried; empty on the first connection.
func (c *Client) Connect(ctx context.Context, session string) (*Conn, error) {
	for delay := FirstDelay; ; delay = min(2*delay, lastDelay) {
		conn, err := c.dial(ctx, session)
		if err == nil || errors.Is(err, ErrRefused) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("no channel to the gateway before the deadline (does a NetworkPolicy close its port, is it running?): %w", err)
		case <-time.After(delay):
		}
	}
}

func (c *Client) dial(ctx context.Context, session string) (*Conn, error) {
	token, err := Token(c.tokenFile) // read anew each time: the kubelet rotates it
	if err != nil {
		return nil, err
	}
	header := http.Header{"Authorization": {"Bearer " + token}}
	if session != "" {
		header.Set("Cofferdam-Session", session)
	}
	dialCtx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	socket, answer, err := websocket.Dial(dialCtx, c.url, &websocket.DialOptions{
		HTTPClient:      c.http,
		HTTPHeader:      header,
		Subprotocols:    []string{subprotocol},
		CompressionMode: websocket.CompressionDisabled,
	})
	if answer != nil && answer.StatusCode == http.StatusForbidden {
		return nil, ErrRefused
	}
	if err != nil {
		return nil, err
	}
	if socket.Subprotocol() != subprotocol {
		socket.Close(websocket.StatusPolicyViolation, "")
		return nil, fmt.Errorf("the gateway does not speak %s", subprotocol)
	}
	socket.SetReadLimit(MaxFromGateway)
	conn := &Conn{socket: socket}
	conn.alive, conn.lost = context.WithCancelCause(context.Background())
	go conn.keepAlive()
	return conn, nil
}

// Token reads a pod's projected token.
func Token(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("the pod's token: %w", err)
	}
	if len(content) > maxTokenBytes {
		return "", fmt.Errorf("the pod's token has %d bytes, the bound is %d", len(content), maxTokenBytes)
	}
	return strings.TrimSpace(string(content)), nil
}

// Conn is one open channel.
type Conn struct {
	socket *websocket.Conn
	alive  context.Context
	lost   context.CancelCauseFunc
}

// Receive waits for the next frame. After an error the channel is closed.
func (c *Conn) Receive(ctx context.Context) (FromGateway, error) {
	ctx, cancel := c.whileAlive(ctx)
	defer cancel()
	kind, text, err := c.socket.Read(ctx)
	if err != nil {
		c.fail(err)
		return nil, context.Cause(c.alive)
	}
	frame, err := DecodeFromGateway(text)
	if err == nil && kind != websocket.MessageText {
		err = errors.New("not a text message")
	}
	if err != nil {
		c.lost(err)
		c.socket.Close(websocket.StatusPolicyViolation, "")
		return nil, fmt.Errorf("a frame of the gateway breaks the contract (are both of one release?): %w", err)
	}
	return frame, nil
}

// Send sends one encoded frame. After an error the channel is closed.
func (c *Conn) Send(frame []byte) error {
	ctx, cancel := context.WithTimeout(c.alive, writeTimeout)
	defer cancel()
	if err := c.socket.Write(ctx, websocket.MessageText, frame); err != nil {
		c.fail(err)
		return context.Cause(c.alive)
	}
	return nil
}

// Lost is done when the channel no longer works.
func (c *Conn) Lost() <-chan struct{} { return c.alive.Done() }

// Context ends when the channel no longer works.
func (c *Conn) Context() context.Context { return c.alive }

// Close ends the channel in order.
func (c *Conn) Close() {
	c.lost(errors.New("closed"))
	c.socket.Close(websocket.StatusNormalClosure, "")
}

func (c *Conn) fail(err error) {
	c.lost(err) // the first cause stays
	c.socket.CloseNow()
}

// keepAlive notices a gateway that is silent, which a TCP connection alone would not for minutes.
func (c *Conn) keepAlive() {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-c.alive.Done():
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(c.alive, pongTimeout)
		err := c.socket.Ping(ctx)
		cancel()
		if err != nil {
			c.fail(fmt.Errorf("the gateway is silent: %w", err))
			return
		}
	}
}

func (c *Conn) whileAlive(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.alive, cancel)
	return ctx, func() { stop(); cancel() }
}
