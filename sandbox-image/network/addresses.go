package network

import (
	"net"
	"net/netip"
	"strconv"
)

// Where things are inside the box. Own is the address of the box itself, from which the tool connects; Names is the range from which allowed names get
// addresses of their own (RFC 2544: no real host has one, and unlike 127.0.0.0/8 every client takes them). Resolver is what resolv.conf names.
var (
	Own      = netip.AddrFrom4([4]byte{198, 18, 0, 1})
	Names    = netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, 0, 0}), 15)
	Resolver = netip.AddrFrom4([4]byte{127, 0, 0, 1})
)

// DNSPort is the resolver's, on UDP and TCP.
const DNSPort = 53

// MaxNames bounds the names that have an address at a time in one run. Beyond it a name that a wildcard allows cannot be resolved any more.
const MaxNames = 4096

// Book gives each allowed name an address of its own. It is not safe for concurrent use.
type Book struct {
	rules     Rules
	byName    map[string]netip.Addr
	byAddress map[netip.Addr]string
	next      netip.Addr
}

// NewBook gives addresses to all names that the rules spell out.
func NewBook(rules Rules) *Book {
	book := &Book{rules: rules, byName: map[string]netip.Addr{}, byAddress: map[netip.Addr]string{}, next: Own.Next()}
	for _, rule := range rules.Allow {
		if rule.Host.IsExact() {
			book.Address(string(rule.Host))
		}
	}
	return book
}

// Address returns the address of a name, in lower case and without a final dot; false where the rules do not allow it, or there are too many.
func (b *Book) Address(name string) (netip.Addr, bool) {
	if address, known := b.byName[name]; known {
		return address, true
	}
	if !b.Grants(name) || len(b.byName) >= MaxNames {
		return netip.Addr{}, false
	}
	// Some clients take addresses that end like a network or a broadcast for one.
	for last := b.next.As4()[3]; last == 0 || last == 255; last = b.next.As4()[3] {
		b.next = b.next.Next()
	}
	address := b.next
	b.next = b.next.Next()
	b.byName[name], b.byAddress[address] = address, name
	return address, true
}

// Grants tells whether the rules allow a name, in the form that Address takes, room or not.
func (b *Book) Grants(name string) bool { return IsName(name) && b.rules.Resolves(name) }

// A Place is what the tool means by an address and a port of the box.
type Place struct {
	Target  string // "name:port" where the address is a name's, else "address:port"
	Allowed bool   // whether a tunnel is worth asking the gateway for
}

// Place tells what the tool means.
func (b *Book) Place(at netip.AddrPort) Place {
	if name, known := b.byAddress[at.Addr()]; known {
		return Place{Target: net.JoinHostPort(name, strconv.Itoa(int(at.Port()))), Allowed: b.rules.ReachesHost(name, at.Port())}
	}
	// The box's own addresses and those of names lead nowhere else, whatever range of addresses is allowed.
	own := at.Addr().IsLoopback() || Names.Contains(at.Addr())
	return Place{Target: at.String(), Allowed: !own && b.rules.ReachesAddress(at.Addr(), at.Port())}
}
