package box

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/network"
)

// The box's network namespace has a loopback and nothing else. Here it becomes a place where every IPv4 address is the box's own: what the tool connects
// to either has a listener of ours or is refused at once, and a socket sees all of it. The builder makes the sockets, because a socket belongs to
// the namespace that it was made in, and passes them out to the supervisor, which serves them: nothing that serves stays inside.

// OwnSockets is how many sockets every box has, passed before it is Ready: the capture, and the resolver's for datagrams.
const OwnSockets = 2

const (
	// socketsBacklog is how many connections wait for the supervisor at each listener.
	socketsBacklog = 128
	// socketsBatch is how many descriptors one message passes; the kernel takes 253.
	socketsBatch = 128
	// captureBytes bounds the queue of the capture, which nobody reads: the supervisor gives it a ring. The kernel raises it to its least.
	captureBytes = 1
	// loopbackIndex is lo's in every network namespace.
	loopbackIndex = 1
)

// openNetwork covers all addresses and makes the sockets that every box has.
func openNetwork() error {
	if err := coverAddresses(); err != nil {
		return fmt.Errorf("add an address: %w", err)
	}
	capture, err := openCapture()
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	datagrams, err := openSocket(unix.SOCK_DGRAM, netip.AddrPortFrom(network.Resolver, network.DNSPort))
	if err != nil {
		return fmt.Errorf("resolver: %w", err)
	}
	return passSockets([]int{capture, datagrams})
}

// listenForTool makes the listeners that the run's rules need. One on all addresses tells by each accepted connection which address the tool meant. They
// stand before the tool's first instruction, and it cannot take their ports.
func listenForTool(listeners []netip.AddrPort) error {
	for batch := range slices.Chunk(listeners, socketsBatch) {
		var sockets []int
		for _, at := range batch {
			socket, err := openSocket(unix.SOCK_STREAM, at)
			if err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			sockets = append(sockets, socket)
		}
		if err := passSockets(sockets); err != nil {
			return err
		}
	}
	return nil
}

func openSocket(kind int, at netip.AddrPort) (int, error) {
	socket, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	if err := unix.Bind(socket, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}); err != nil {
		return -1, err
	}
	if kind == unix.SOCK_STREAM {
		return socket, unix.Listen(socket, socketsBacklog)
	}
	return socket, nil
}

// openCapture sees the headers of all IPv4 packets of the box. Cooked: they begin with the IP header.
func openCapture() (int, error) {
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, int(networkOrder(unix.ETH_P_IP)))
	if err != nil {
		return -1, err
	}
	return socket, unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, captureBytes)
}

func networkOrder(number uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, number))
}

// coverAddresses gives lo an address with a prefix of no bits (RFC 3549: RTM_NEWADDR); on a loopback every address of a prefix is local. One message,
// so no library: those for netlink are many times as large as this, and the builder's start counts.
func coverAddresses() error {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	own := network.Own.As4()
	native := binary.NativeEndian
	message := native.AppendUint32(nil, unix.SizeofNlMsghdr+unix.SizeofIfAddrmsg+unix.SizeofRtAttr+4)
	message = native.AppendUint16(message, unix.RTM_NEWADDR)
	message = native.AppendUint16(message, unix.NLM_F_REQUEST|unix.NLM_F_ACK|unix.NLM_F_CREATE)
	message = native.AppendUint32(message, 1)                   // sequence
	message = native.AppendUint32(message, 0)                   // to the kernel
	message = append(message, unix.AF_INET, 0, 0, 0)            // family, length of the prefix, flags, scope
	message = native.AppendUint32(message, loopbackIndex)       // the interface
	message = native.AppendUint16(message, unix.SizeofRtAttr+4) // one attribute of four bytes
	message = append(native.AppendUint16(message, unix.IFA_LOCAL), own[:]...)
	if err := unix.Sendto(socket, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(socket, answer, 0)
	if err != nil {
		return err
	}
	if n < unix.SizeofNlMsghdr+4 || native.Uint16(answer[4:]) != unix.NLMSG_ERROR {
		return errors.New("netlink does not answer")
	}
	if code := int32(native.Uint32(answer[unix.SizeofNlMsghdr:])); code != 0 {
		return unix.Errno(-code)
	}
	return nil
}

// passSockets gives sockets away and closes them here.
func passSockets(sockets []int) error {
	defer func() {
		for _, socket := range sockets {
			unix.Close(socket)
		}
	}()
	return unix.Sendmsg(socketsFD, []byte{byte(len(sockets))}, unix.UnixRights(sockets...), nil, 0)
}

// Sockets returns the sockets that the builder passed since the last call and that are as many as wanted, in its order. They are in the box's
// network namespace.
func (b *Box) Sockets(wanted int) ([]*os.File, error) {
	var files []*os.File
	for len(files) < wanted {
		more, err := b.receiveSockets()
		files = append(files, more...)
		if err == nil && (len(more) == 0 || len(files) > wanted) {
			err = fmt.Errorf("%d sockets came, %d were expected", len(files), wanted)
		}
		if err != nil {
			for _, file := range files {
				file.Close()
			}
			return nil, fmt.Errorf("the box's sockets: %w", err)
		}
	}
	return files, nil
}

func (b *Box) receiveSockets() ([]*os.File, error) {
	control := make([]byte, unix.CmsgSpace(4*socketsBatch))
	length, err := 0, error(unix.EINTR)
	for err == unix.EINTR { // with a timeout the kernel does not begin again
		_, length, _, _, err = unix.Recvmsg(int(b.sockets.Fd()), make([]byte, 1), control, unix.MSG_CMSG_CLOEXEC)
	}
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:length])
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for _, message := range messages {
		numbers, err := unix.ParseUnixRights(&message)
		if err != nil {
			return files, err
		}
		for _, number := range numbers {
			files = append(files, os.NewFile(uintptr(number), "box socket"))
		}
	}
	return files, nil
}
