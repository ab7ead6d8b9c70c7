package egress

import (
	"encoding/binary"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/channel"
)

// headerMost is how much of a packet is read: the longest IPv4 header and the ports and flags of what follows.
const headerMost = 60 + 14

// An attempted is what one packet tells of.
type attempted struct {
	to       netip.AddrPort
	protocol channel.Protocol
}

// read tells whether a packet is the first of a connection, or a datagram, and where it was meant to go.
func read(packet []byte) (attempted, bool) {
	const tcp, udp, syn, ack = 6, 17, 0x02, 0x10
	if len(packet) < 20 || packet[0]>>4 != 4 {
		return attempted{}, false
	}
	header := int(packet[0]&0xf) * 4
	isFirst := binary.BigEndian.Uint16(packet[6:])&0x1fff == 0 // later fragments carry no ports
	if header < 20 || !isFirst || len(packet) < header+4 {
		return attempted{}, false
	}
	payload := packet[header:]
	to := netip.AddrPortFrom(netip.AddrFrom4([4]byte(packet[16:20])), binary.BigEndian.Uint16(payload[2:]))
	switch packet[9] {
	case udp:
		return attempted{to, channel.UDP}, true
	case tcp:
		return attempted{to, channel.TCP}, len(payload) >= 14 && payload[13]&(syn|ack) == syn
	default:
		return attempted{}, false
	}
}

// watch hands on what the capture sees, until the socket is closed.
func watch(capture *os.File, seen func(attempted)) {
	connection, err := capture.SyscallConn()
	if err != nil {
		return
	}
	packet := make([]byte, headerMost)
	connection.Read(func(fd uintptr) bool { // ends when the file is closed
		drain(int(fd), packet, seen)
		return false
	})
}

// drain reads all that is there.
func drain(socket int, packet []byte, seen func(attempted)) {
	for {
		n, _, err := unix.Recvfrom(socket, packet, 0) // the rest of a long packet is dropped
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return
		}
		if what, ok := read(packet[:n]); ok {
			seen(what)
		}
	}
}
