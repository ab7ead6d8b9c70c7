package channel

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"sync"
)

const contentsPath = "/v1/changes"

// ErrNotKept says that the gateway does not take contents, or has none.
var ErrNotKept = errors.New("the gateway does not keep the contents")

// PutContents gives the gateway at ip:port a bundle, which ends the run's waiting for it whatever becomes of it. Config is that of the run channel.
func PutContents(ctx context.Context, gateway, session string, config *tls.Config, body io.Reader) (Contents, error) {
	measured := &measure{from: body, hash: sha256.New()}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://"+config.ServerName+contentsPath, io.NopCloser(measured))
	if err != nil {
		return Contents{}, err
	}
	request.ContentLength = -1
	request.Header = http.Header{"Cofferdam-Session": {session}, "User-Agent": {""}}
	transport := transportTo(gateway, config)
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return Contents{}, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return Contents{}, fmt.Errorf("%w: %d", ErrNotKept, answer.StatusCode)
	}
	return measured.contents()
}

// GetContents asks the gateway at ip:port for a run's bundle, as the pod that has the token. The answer's status is 200 and its body the bundle, or there
// is no body that matters; it must be closed, and with it goes the connection.
func GetContents(ctx context.Context, gateway, token string, config *tls.Config) (status int, body io.ReadCloser, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+config.ServerName+contentsPath, nil)
	if err != nil {
		return 0, nil, err
	}
	request.Header = http.Header{"Authorization": {"Bearer " + token}, "User-Agent": {""}}
	transport := transportTo(gateway, config)
	answer, err := transport.RoundTrip(request)
	if err != nil {
		transport.CloseIdleConnections()
		return 0, nil, err
	}
	return answer.StatusCode, &lastBody{answer.Body, transport}, nil
}

// transportTo makes connections to one address alone, whatever a URL says, and verifies them by the name in the configuration.
func transportTo(gateway string, config *tls.Config) *http.Transport {
	config = config.Clone()
	config.NextProtos = nil // the transport's: h2
	dialer := &net.Dialer{Timeout: dialTimeout}
	protocols := &http.Protocols{}
	protocols.SetHTTP2(true)
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", gateway)
		},
		TLSClientConfig:     config,
		TLSHandshakeTimeout: dialTimeout,
		DisableCompression:  true,
		Protocols:           protocols,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pingInterval, PingTimeout: pongTimeout},
	}
}

// measure remembers what has been read.
type measure struct {
	from  io.Reader
	mutex sync.Mutex // an answer may come before the body's end
	hash  hash.Hash
	bytes int64
	ended bool
}

func (m *measure) Read(into []byte) (int, error) {
	n, err := m.from.Read(into)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.hash.Write(into[:n])
	m.bytes += int64(n)
	m.ended = m.ended || err == io.EOF
	return n, err
}

func (m *measure) contents() (Contents, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if !m.ended {
		return Contents{}, fmt.Errorf("%w: it did not read them", ErrNotKept)
	}
	return Contents{SHA256: hex.EncodeToString(m.hash.Sum(nil)), Bytes: m.bytes}, nil
}

type lastBody struct {
	io.ReadCloser
	transport *http.Transport
}

func (b *lastBody) Close() error {
	err := b.ReadCloser.Close()
	b.transport.CloseIdleConnections()
	return err
}
