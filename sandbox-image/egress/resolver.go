package egress

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// answerSeconds is how long a client may keep an answer. An address stays its name's for the whole run, so it does not matter much.
	answerSeconds = 60
	// queryMost is the largest query that is read, in bytes: a name has at most 255 of them.
	queryMost = 4096
	// streamsMost bounds the connections to the resolver; streamPatience is how long one may say nothing.
	streamsMost    = 16
	streamPatience = 10 * time.Second
)

// A resolver answers the names that the rules allow with addresses of the box, and NXDOMAIN for all others. It asks nobody: no query leaves the pod.
type resolver struct {
	lookup  func(name string) (netip.Addr, bool) // of a name in lower case and without a final dot
	denied  func(name string)                    // once for each lookup
	halves  halves
	streams chan struct{} // one place for each connection
}

func newResolver(lookup func(name string) (netip.Addr, bool), denied func(name string)) *resolver {
	return &resolver{lookup: lookup, denied: denied, streams: make(chan struct{}, streamsMost)}
}

// answer returns the response to a query, or nil where it is not one (RFC 1035, section 4; RFC 8482 for what is not asked of us). Asker is the address of the
// socket that asks.
func (r *resolver) answer(query []byte, asker string) []byte {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil || header.Response {
		return nil
	}
	response := dnsmessage.Header{
		ID: header.ID, Response: true, OpCode: header.OpCode, RecursionDesired: header.RecursionDesired, RecursionAvailable: true,
	}
	question, err := parser.Question()
	if _, more := parser.Question(); err != nil || !errors.Is(more, dnsmessage.ErrSectionDone) {
		response.RCode = dnsmessage.RCodeFormatError
		return respond(response, nil, netip.Addr{})
	}
	if header.OpCode != 0 || question.Class != dnsmessage.ClassINET {
		response.RCode = dnsmessage.RCodeNotImplemented
		return respond(response, &question, netip.Addr{})
	}
	name := strings.ToLower(strings.TrimSuffix(question.Name.String(), "."))
	address, allowed := r.lookup(name)
	switch {
	case !allowed:
		if !r.halves.complete(half{asker, name, question.Type}, time.Now()) {
			r.denied(name)
		}
		response.RCode = dnsmessage.RCodeNameError
		return respond(response, &question, netip.Addr{})
	case question.Type == dnsmessage.TypeA || question.Type == dnsmessage.TypeALL:
		return respond(response, &question, address)
	default: // the name is there, without a record of this type: AAAA, most of all
		return respond(response, &question, netip.Addr{})
	}
}

func respond(header dnsmessage.Header, question *dnsmessage.Question, address netip.Addr) []byte {
	builder := dnsmessage.NewBuilder(nil, header)
	var problems []error
	if question != nil {
		problems = append(problems, builder.StartQuestions(), builder.Question(*question))
	}
	if address.IsValid() {
		record := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: answerSeconds}
		problems = append(problems, builder.StartAnswers(), builder.AResource(record, dnsmessage.AResource{A: address.As4()}))
	}
	response, err := builder.Finish()
	if errors.Join(append(problems, err)...) != nil {
		return nil
	}
	return response
}

// serveDatagrams answers until the socket is closed.
func (r *resolver) serveDatagrams(socket net.PacketConn) {
	query := make([]byte, queryMost)
	for {
		n, from, err := socket.ReadFrom(query)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // of one datagram
		}
		if response := r.answer(query[:n], from.String()); response != nil {
			socket.WriteTo(response, from) // one that cannot be sent is lost like any datagram
		}
	}
}

// take answers on a connection, unless there are too many, with the two bytes of length before each message that RFC 1035, section 4.2.2, wants.
func (r *resolver) take(conn net.Conn) {
	select {
	case r.streams <- struct{}{}:
		go func() {
			defer func() { conn.Close(); <-r.streams }()
			r.serveStream(conn)
		}()
	default:
		conn.Close()
	}
}

func (r *resolver) serveStream(conn net.Conn) {
	for {
		conn.SetDeadline(time.Now().Add(streamPatience))
		var length uint16
		if err := binary.Read(conn, binary.BigEndian, &length); err != nil || length > queryMost {
			return
		}
		query := make([]byte, length)
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		response := r.answer(query, conn.RemoteAddr().String())
		if response == nil {
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(response))), response...)); err != nil {
			return
		}
	}
}
