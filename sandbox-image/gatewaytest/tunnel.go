package gatewaytest

import (
	"io"
	"net"
	"net/http"
)

// Tunnel is one request for a tunnel.
type Tunnel struct{ Target, Session string }

// Tunnels sets what becomes of requests for tunnels: a connection to the server, or a status. Without it every answer is 403.
//
// A stream of Go's server ends in both directions when its handler returns: a server that half-closes ends the tunnel here.
func (g *Gateway) Tunnels(open func(Tunnel) (*net.TCPConn, int)) { g.tunnel.Store(&open) }

func (g *Gateway) serveTunnel(w http.ResponseWriter, r *http.Request) {
	open := g.tunnel.Load()
	if open == nil || r.ProtoMajor != 2 {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	server, status := (*open)(Tunnel{Target: r.Header.Get("Cofferdam-Target"), Session: r.Header.Get("Cofferdam-Session")})
	if status != http.StatusOK {
		w.WriteHeader(status)
		return
	}
	defer server.Close()
	w.WriteHeader(http.StatusOK)
	flusher := http.NewResponseController(w)
	flusher.Flush()
	go func() {
		if _, err := io.Copy(server, r.Body); err != nil {
			server.SetLinger(0)
			server.Close()
			return
		}
		server.CloseWrite()
	}()
	piece := make([]byte, 32<<10)
	for {
		n, err := server.Read(piece)
		w.Write(piece[:n])
		flusher.Flush()
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler) // resets the stream
		}
	}
}
