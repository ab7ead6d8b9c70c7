package egress

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/channel"
)

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

// A ring is memory that the kernel writes the headers of packets into and that we read without a system call: packet(7), PACKET_RX_RING, version 2. The
// ordinary queue of such a socket is bounded by the bytes of whole packets: a tool that moves data through the loopback would soon fill it, and hide what
// else it does.
type ring struct {
	file   *os.File
	memory []byte
	next   int // the frame that is written next
}

const (
	frameBytes = 160 // the kernel's header of 80, the longest IPv4 header, and ports and flags of what follows; in multiples of 16
	frameCount = ringBytes / frameBytes
	ringBytes  = 1 << 20
	// Where the kernel's header has what is needed of it: struct tpacket2_hdr.
	statusAt, lengthAt, packetAt = 0, 8, 14
)

func openRing(capture *os.File) (*ring, error) {
	connection, err := capture.SyscallConn()
	if err != nil {
		return nil, err
	}
	r := &ring{file: capture}
	problem := connection.Control(func(fd uintptr) {
		if err = unix.SetsockoptInt(int(fd), unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
			return
		}
		request := &unix.TpacketReq{Block_size: ringBytes, Block_nr: 1, Frame_size: frameBytes, Frame_nr: frameCount}
		if err = unix.SetsockoptTpacketReq(int(fd), unix.SOL_PACKET, unix.PACKET_RX_RING, request); err != nil {
			return
		}
		r.memory, err = unix.Mmap(int(fd), 0, ringBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	})
	return r, errors.Join(problem, err)
}

// watch hands on what the ring shows, until it is stopped, and then what is left. It is called once.
func (r *ring) watch(seen func(attempted)) {
	defer r.file.Close()
	connection, err := r.file.SyscallConn()
	if err != nil {
		return
	}
	connection.Read(func(uintptr) bool { // ends by the deadline that stop sets
		r.drain(seen)
		return false
	})
	r.drain(seen)
}

// stop ends watch.
func (r *ring) stop() { r.file.SetReadDeadline(time.Unix(1, 0)) }

func (r *ring) drain(seen func(attempted)) {
	for {
		frame := r.memory[r.next*frameBytes : (r.next+1)*frameBytes]
		status := (*uint32)(unsafe.Pointer(&frame[statusAt]))
		if atomic.LoadUint32(status)&unix.TP_STATUS_USER == 0 {
			return
		}
		from := min(int(binary.NativeEndian.Uint16(frame[packetAt:])), frameBytes)
		length := min(int(binary.NativeEndian.Uint32(frame[lengthAt:])), frameBytes-from)
		if what, ok := read(frame[from : from+length]); ok {
			seen(what)
		}
		atomic.StoreUint32(status, unix.TP_STATUS_KERNEL)
		r.next = (r.next + 1) % frameCount
	}
}
