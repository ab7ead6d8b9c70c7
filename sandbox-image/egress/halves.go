package egress

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// halvesMost bounds what is remembered: so many names are looked up at the same time, and beyond them the two queries of one count as two.
	halvesMost = 64
	// halfPatience is how long the second query may come after the first. C libraries send both at once.
	halfPatience = 2 * time.Second
)

// A half is one of the two queries, for IPv4 and for IPv6, by which C libraries look a name up: from one socket, one right after the other. What a tool tries
// is the name, and once.
type half struct {
	asker, name string
	kind        dnsmessage.Type
}

// halves are those whose other one has not come.
type halves struct {
	mutex sync.Mutex
	seen  []seenHalf // the oldest first
}

type seenHalf struct {
	half
	at time.Time
}

// complete tells whether the query is the second one of a lookup. Each query is of one lookup: the same again is another one.
func (h *halves) complete(query half, now time.Time) bool {
	other := query
	switch query.kind {
	case dnsmessage.TypeA:
		other.kind = dnsmessage.TypeAAAA
	case dnsmessage.TypeAAAA:
		other.kind = dnsmessage.TypeA
	default:
		return false
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.seen = slices.DeleteFunc(h.seen, func(each seenHalf) bool { return now.Sub(each.at) > halfPatience })
	if at := slices.IndexFunc(h.seen, func(each seenHalf) bool { return each.half == other }); at >= 0 {
		h.seen = slices.Delete(h.seen, at, at+1)
		return true
	}
	if len(h.seen) == halvesMost {
		h.seen = slices.Delete(h.seen, 0, 1)
	}
	h.seen = append(h.seen, seenHalf{query, now})
	return false
}
