package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"cofferdam.dev/sandbox-image/channel"
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

// errRefused is an answer of the gateway's other than that the tunnel is there. Why is on its record, and not for the tool.
var errRefused = errors.New("the gateway refuses the tunnel")

// An unheardError is of an attempt that is on no gateway's record. One whose connection broke when it was asked for and not answered is among them: a gateway that was killed
// wrote nothing of it, and one that lives on has it once more, which is better than not at all.
type unheardError struct {
	cause  channel.Cause
	reason error
}

func (e *unheardError) Error() string { return fmt.Sprintf("%s: %v", e.cause, e.reason) }

// errNotItsRun is the answer of a gateway that has no such run: the one that had it is gone.
var errNotItsRun = errors.New("the gateway does not have the run")

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
	var asked atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { asked.Store(true) }})
	request, err := http.NewRequestWithContext(traced, http.MethodPost, t.url, up)
	if err != nil {
		return err
	}
	request.ContentLength = -1
	request.Header = http.Header{"Cofferdam-Session": {t.session}, "Cofferdam-Target": {target}, "User-Agent": {""}}
	answer, err := t.transport.RoundTrip(request)
	if err != nil {
		return unanswered(err, asked.Load(), ctx.Err() != nil || up.broken.Load())
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized:
		return &unheardError{channel.GatewayUnreachable, errNotItsRun}
	default:
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

// streamError is the form of what package net/http says of a stream that either side reset, by which errors.As finds it.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (e streamError) Error() string {
	return fmt.Sprintf("stream %d: code %d: %v", e.StreamID, e.Code, e.Cause)
}

// unanswered tells what a request without an answer is. Withdrawn: the tool broke it off, or is over.
func unanswered(err error, asked, withdrawn bool) error {
	switch {
	case errors.As(err, &streamError{}): // so that the gateway had it
		return errRefused
	case withdrawn && asked: // which the gateway sees, if it has the run
		return err
	case withdrawn:
		return &unheardError{channel.Abandoned, err}
	default:
		return &unheardError{channel.GatewayUnreachable, err}
	}
}

// upload is a request's body: what the tool sends, to its half-close.
type upload struct {
	tool   *net.TCPConn
	once   sync.Once
	done   chan struct{} // closed when there is nothing more to read
	broken atomic.Bool   // by the tool
}

func (u *upload) Read(into []byte) (int, error) {
	n, err := u.tool.Read(into)
	if err != nil {
		u.broken.Store(err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded)) // a deadline is ours
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
