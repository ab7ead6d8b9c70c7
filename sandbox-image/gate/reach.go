package gate

import (
	"context"
	"math/rand/v2"
	"net"
	"time"
)

// resend is when a datagram that nobody answered is sent again, as TCP does by itself.
const resend = time.Second

// reaches tells whether an address answers: a connection is accepted, or a datagram comes back. A refusal is as good as silence: every address of the list
// listens, so that what refuses is a rule in between.
func reaches(ctx context.Context, network, address string, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return false
	}
	defer conn.Close()
	return network != "udp" || answersQuery(ctx, conn)
}

// answersQuery asks a DNS server. Any answer will do, also that there is no such name.
func answersQuery(ctx context.Context, conn net.Conn) bool {
	context.AfterFunc(ctx, func() { conn.Close() })
	question := query()
	for ctx.Err() == nil {
		conn.SetDeadline(time.Now().Add(resend))
		if _, err := conn.Write(question); err != nil {
			return false
		}
		if _, err := conn.Read(make([]byte, 512)); err == nil {
			return true
		} else if timeout, ok := err.(net.Error); !ok || !timeout.Timeout() {
			return false
		}
	}
	return false
}

// query asks for the A record of kubernetes.default.svc.cluster.local (RFC 1035 §4): a name that a cluster's own server answers without asking others.
func query() []byte {
	id := rand.Uint32()
	message := []byte{byte(id), byte(id >> 8), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for _, label := range []string{"kubernetes", "default", "svc", "cluster", "local", ""} {
		message = append(append(message, byte(len(label))), label...)
	}
	return append(message, 0, 1, 0, 1)
}
