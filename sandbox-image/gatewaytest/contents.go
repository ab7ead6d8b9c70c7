package gatewaytest

import (
	"io"
	"net/http"
	"strings"
)

// Keep sets what becomes of contents that a supervisor puts: a status. Without it every answer is 403.
func (g *Gateway) Keep(keep func(session string, body io.Reader) int) { g.keep.Store(&keep) }

// Give sets what a committer gets. Without it every answer is 404.
func (g *Gateway) Give(give func(token string) (int, []byte)) { g.give.Store(&give) }

func (g *Gateway) takeContents(w http.ResponseWriter, r *http.Request) {
	keep := g.keep.Load()
	if keep == nil || r.ProtoMajor != 2 {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.WriteHeader((*keep)(r.Header.Get("Cofferdam-Session"), r.Body))
}

func (g *Gateway) giveContents(w http.ResponseWriter, r *http.Request) {
	give := g.give.Load()
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if give == nil || r.ProtoMajor != 2 || !bearer {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	status, body := (*give)(token)
	w.WriteHeader(status)
	w.Write(body)
}
