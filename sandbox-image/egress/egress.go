// Package egress is the supervisor's side of a box's network: it answers names, carries the tool's connections to the gateway and sees what is refused.
// It decides nothing that matters: what it lets pass, the gateway judges again, and all else has no way out of the box.
package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/network"
	"cofferdam.dev/sandbox-image/recount"
)

// Egress serves one run.
type Egress struct {
	session string
	config  *tls.Config

	attempts *attempts
	mutex    sync.Mutex // over book
	book     *network.Book

	tunnels atomic.Pointer[tunnels] // nil where nothing is allowed
	slots   chan struct{}

	resolver *resolver

	ring    *ring
	closers []interface{ Close() error }
	running context.Context
	end     context.CancelFunc
	ended   sync.WaitGroup
}

// Start serves the two sockets that every box has, in the order in which it passes them: the capture and the resolver's for datagrams. Config is that of the run
// channel. Tell is called once Begin was, one at a time, with what came to nothing of which a gateway knows.
func Start(sockets []*os.File, rules network.Rules, session string, config *tls.Config, tell func(channel.Attempt)) (*Egress, error) {
	e := &Egress{
		session: session, config: config, attempts: newAttempts(tell), book: network.NewBook(rules), slots: make(chan struct{}, tunnelsMost),
	}
	e.running, e.end = context.WithCancel(context.Background())
	ring, err := openRing(sockets[0])
	if err != nil {
		return nil, fmt.Errorf("the capture's ring: %w", err)
	}
	e.ring = ring
	datagrams, err := net.FilePacketConn(sockets[1])
	sockets[1].Close() // a copy was made
	if err != nil {
		return nil, err
	}
	e.closers = append(e.closers, datagrams)
	e.Turn(rules.Gateway)
	e.resolver = newResolver(e.lookup, func(name string) { e.attempts.note(name, channel.DNS, e.unnamed(name)) })
	e.serve(func() { ring.watch(e.seen) })
	e.serve(func() { e.resolver.serveDatagrams(datagrams) })
	return e, nil
}

// Begin is called when the tool runs: what was refused may be told from now on, and the box's listeners, those of the rules, are served.
func (e *Egress) Begin(listeners []*os.File) error {
	e.attempts.begin()
	e.serve(func() { recount.Look(e.running.Done(), e.attempts.again) })
	for _, file := range listeners {
		listener, err := net.FileListener(file)
		file.Close()
		if err != nil {
			return err
		}
		e.closers = append(e.closers, listener)
		e.serve(func() { e.accept(listener.(*net.TCPListener)) })
	}
	return nil
}

// Turn sends new tunnels to another replica of the gateway, ip:port; those that are open stay where they are. Empty: there are none.
func (e *Egress) Turn(gateway string) {
	if before := e.tunnels.Load(); before != nil {
		if before.gateway == gateway {
			return
		}
		defer before.transport.CloseIdleConnections()
	}
	if gateway != "" {
		e.tunnels.Store(newTunnels(gateway, e.session, e.config))
	}
}

// Close ends all tunnels and tells the rest of what was refused. It is called when the tool is dead.
func (e *Egress) Close() {
	e.end()
	for _, each := range e.closers {
		each.Close()
	}
	e.ring.stop()
	e.ended.Wait()
	if tunnels := e.tunnels.Load(); tunnels != nil {
		tunnels.transport.CloseIdleConnections()
	}
	e.attempts.close()
}

func (e *Egress) serve(what func()) { e.ended.Go(what) }

func (e *Egress) lookup(name string) (netip.Addr, bool) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.book.Address(name)
}

// unnamed tells why a name has no address.
func (e *Egress) unnamed(name string) channel.Cause {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.book.Grants(name) {
		return channel.NoRoom
	}
	return channel.NotAllowed
}

func (e *Egress) place(at netip.AddrPort) network.Place {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.book.Place(netip.AddrPortFrom(at.Addr().Unmap(), at.Port()))
}

// seen records what no listener of ours serves. What the tool does on its own addresses is nobody's business.
func (e *Egress) seen(what attempted) {
	address := what.to.Addr()
	if address.IsLoopback() || address == network.Own {
		return
	}
	if place := e.place(what.to); what.protocol == channel.UDP || !place.Allowed {
		e.attempts.note(place.Target, what.protocol, channel.NotAllowed)
	}
}

func (e *Egress) accept(listener *net.TCPListener) {
	for {
		tool, err := listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // of one connection, which was gone before it was taken
		}
		at := tool.LocalAddr().(*net.TCPAddr).AddrPort()
		if at.Addr() == network.Resolver && at.Port() == network.DNSPort {
			e.resolver.take(tool)
			continue
		}
		place := e.place(at)
		tunnels := e.tunnels.Load()
		switch {
		case !place.Allowed || tunnels == nil:
			reset(tool)
		case !e.enter():
			e.attempts.note(place.Target, channel.TCP, channel.NoRoom)
			reset(tool)
		default:
			e.serve(func() {
				defer func() { <-e.slots }()
				e.carry(tunnels, tool, place.Target)
			})
		}
	}
}

// carry joins a connection of the tool to its target, and records what no gateway does before the tool can know.
func (e *Egress) carry(by *tunnels, tool *net.TCPConn, target string) {
	err := by.carry(e.running, tool, target)
	if err == nil {
		tool.Close()
		return
	}
	if unheard := (*unheardError)(nil); errors.As(err, &unheard) {
		e.attempts.note(target, channel.TCP, unheard.cause)
	}
	reset(tool)
}

// enter takes a place among the tunnels, if there is one.
func (e *Egress) enter() bool {
	select {
	case e.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// reset ends a connection as a refusal does.
func reset(tool *net.TCPConn) {
	tool.SetLinger(0)
	tool.Close()
}
