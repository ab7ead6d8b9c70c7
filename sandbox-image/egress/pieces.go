package egress

import (
	"bufio"
	"io"
	"net"
	"time"
)

const (
	// A tunnel passes pieces of at most firstPiece bytes on, until one is as large as that: most tunnels carry little.
	firstPiece = 4 << 10
	// largestPiece is what it takes at a time of a server that sends much. Each piece costs two system calls of the sandbox, and the gateway's word that there is
	// room for as much again.
	largestPiece = 128 << 10
	// gulp is what is read at a time of the connection to the gateway.
	gulp = 128 << 10
	// Where more than much came at a time, and was all that there was, the next look waits for a moment.
	much   = 16 << 10
	moment = time.Millisecond
)

// pass copies what the gateway sends to the tool, to its end. (io.Copy would ask the connection how, which comes to pieces of 32 KiB.)
func pass(tool io.Writer, gateway io.Reader) error {
	piece := make([]byte, firstPiece)
	for {
		n, err := gateway.Read(piece)
		if n > 0 {
			if _, err := tool.Write(piece[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if n == len(piece) && n < largestPiece {
			piece = make([]byte, min(4*n, largestPiece))
		}
	}
}

// gulping is a connection of which as much is read at a time as is there: TLS asks for a record, and no more. Where much comes, it also waits a moment for more
// of it: to be woken for every packet costs a sandbox many times what it costs to take it.
type gulping struct {
	net.Conn
	ahead *bufio.Reader
	last  int // what the last look found, where that was all; 0 where there is more
}

func newGulping(conn net.Conn) *gulping {
	return &gulping{Conn: conn, ahead: bufio.NewReaderSize(conn, gulp)}
}

func (g *gulping) Read(into []byte) (int, error) {
	if g.ahead.Buffered() == 0 {
		if g.last > much {
			time.Sleep(moment)
		}
		if _, err := g.ahead.Peek(1); err != nil {
			return 0, err
		}
		g.last = g.ahead.Buffered() % gulp
	}
	return g.ahead.Read(into)
}
