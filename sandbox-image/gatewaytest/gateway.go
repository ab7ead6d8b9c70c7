package gatewaytest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"cofferdam.dev/sandbox-image/channel"
)

// Name is what the gateway's certificate carries.
const Name = "cofferdam-gateway.cofferdam-system.svc"

// Gateway listens until the test ends and hands every channel request to Answer, one at a time.
type Gateway struct {
	Address     string
	Authorities []byte // PEM

	tunnel atomic.Pointer[func(Tunnel) (*net.TCPConn, int)]
	keep   atomic.Pointer[func(session string, body io.Reader) int]
	give   atomic.Pointer[func(token string) (int, []byte)]
}

// Request is one request for a channel, as the supervisor made it. Exactly one of its methods must be called.
type Request struct {
	Token, Session string

	writer  http.ResponseWriter
	request *http.Request
}

// Start listens on an address with a certificate of its own. Answer serves one request; its channel is closed when it returns.
func Start(t testing.TB, address string, answer func(*Request)) *Gateway {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	certificate, authorities := selfSigned(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/channel", func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("Authorization")
		if len(token) < 7 || token[:7] != "Bearer " {
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		answer(&Request{Token: token[7:], Session: r.Header.Get("Cofferdam-Session"), writer: w, request: r})
	})
	gateway := &Gateway{Address: listener.Addr().String(), Authorities: authorities}
	mux.HandleFunc("POST /v1/tunnel", gateway.serveTunnel)
	mux.HandleFunc("PUT /v1/changes", gateway.takeContents)
	mux.HandleFunc("GET /v1/changes", gateway.giveContents)
	server := &httptest.Server{
		Listener:    listener,
		EnableHTTP2: true,
		TLS:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13},
		Config:      &http.Server{Handler: mux},
	}
	server.StartTLS()
	t.Cleanup(server.CloseClientConnections)
	return gateway
}

// Address is that of the gateway, as the supervisor reached it.
func (r *Request) Address() string {
	return r.request.Context().Value(http.LocalAddrContextKey).(net.Addr).String()
}

// Refuse answers with a status and an empty body.
func (r *Request) Refuse(status int) { r.writer.WriteHeader(status) }

// Accept opens the channel.
func (r *Request) Accept() (*Conn, error) {
	socket, err := websocket.Accept(r.writer, r.request, &websocket.AcceptOptions{Subprotocols: []string{"cofferdam.v1"}})
	if err != nil {
		return nil, err
	}
	socket.SetReadLimit(channel.MaxFromSupervisor)
	return &Conn{socket}, nil
}

// Conn is the gateway's end of a channel.
type Conn struct{ socket *websocket.Conn }

// Send sends one frame's text.
func (c *Conn) Send(text string) error {
	return c.socket.Write(context.Background(), websocket.MessageText, []byte(text))
}

// Receive waits for the next frame and reads it strictly.
func (c *Conn) Receive() (any, error) {
	kind, text, err := c.socket.Read(context.Background())
	if err != nil {
		return nil, err
	}
	if kind != websocket.MessageText {
		return nil, fmt.Errorf("not a text message")
	}
	return DecodeFromSupervisor(text)
}

// Drop loses the channel without a word.
func (c *Conn) Drop() { c.socket.CloseNow() }

// Transcript is what a gateway heard of one run.
type Transcript struct {
	Started        bool
	StartedAfter   time.Duration // from the job's sending
	EndedAfter     time.Duration // from started to the result
	Stdout, Stderr []byte
	Changes        *channel.Changes // nil where there was no such frame
	Outputs        channel.Outputs  // nil likewise
	Events         []channel.Event
	Attempts       []channel.Attempt
	Result         channel.Result
}

// Listen reads frames up to the result, and checks their order.
func (c *Conn) Listen(jobSent time.Time, each func(frame any)) (Transcript, error) {
	var heard Transcript
	var started time.Time
	for {
		frame, err := c.Receive()
		if err != nil {
			return heard, err
		}
		switch frame := frame.(type) {
		case channel.Started:
			if heard.Started {
				return heard, fmt.Errorf("a second started")
			}
			heard.Started, heard.StartedAfter, started = true, time.Since(jobSent), time.Now()
		case channel.Output:
			if !heard.Started {
				return heard, fmt.Errorf("output before started")
			}
			if frame.Stream == channel.Stdout {
				heard.Stdout = append(heard.Stdout, frame.Data...)
			} else {
				heard.Stderr = append(heard.Stderr, frame.Data...)
			}
		case channel.Changes:
			if !heard.Started || heard.Changes != nil {
				return heard, fmt.Errorf("changes before started, or twice")
			}
			heard.Changes = &frame
		case channel.Outputs:
			if heard.Changes == nil || heard.Outputs != nil {
				return heard, fmt.Errorf("outputs before changes, or twice")
			}
			heard.Outputs = frame
		case channel.Event:
			heard.Events = append(heard.Events, frame)
			if err := heard.checkEvents(); err != nil {
				return heard, err
			}
		case channel.Attempt:
			heard.Attempts = append(heard.Attempts, frame)
			if err := heard.checkEvents(); err != nil {
				return heard, err
			}
		case channel.Result:
			heard.Result = frame
			heard.EndedAfter = time.Since(started)
		}
		if each != nil {
			each(frame)
		}
		if heard.Result.Outcome != "" {
			return heard, nil
		}
	}
}

func (t Transcript) checkEvents() error {
	if number := len(t.Events) + len(t.Attempts); !t.Started || t.Changes != nil || number > channel.MaxEvents {
		return fmt.Errorf("event %d, started %v, changes told %v", number, t.Started, t.Changes != nil)
	}
	return nil
}

func selfSigned(t testing.TB) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "test gateway"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		DNSNames:              []string{Name},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// CloseCode returns the code with which the supervisor closed a channel (RFC 6455, section 7.4), or -1.
func CloseCode(err error) int { return int(websocket.CloseStatus(err)) }
