// Package network holds the network rules of one run, as the supervisor needs them: to answer names, to listen where something may be reached, and to
// tell at once what is refused. It is a courtesy to the tool and the source of its record: whether a byte leaves, the gateway alone decides.
package network

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// MaxPorts bounds the ports of all that is allowed, each counted once: the box has a listener for each.
const MaxPorts = 256

// Rules of one run. Empty Allow: no network at all.
type Rules struct {
	Gateway     string // ip:port of the replica that takes the run's tunnels; empty where nothing is allowed
	Allow, Deny []Rule
}

// Rule names one place: either a host or a range of addresses.
type Rule struct {
	Host     Host         // empty where CIDR is given
	CIDR     netip.Prefix // the zero prefix where Host is given
	Ports    []PortRange  // of a denial, empty means all
	Protocol Protocol     // of a denial, empty means all
}

// Protocol is what must be spoken. Only the gateway heeds it.
type Protocol string

const (
	TCP   Protocol = "tcp"
	HTTP  Protocol = "http"
	HTTPS Protocol = "https"
)

// PortRange is first to last, both included, from 1.
type PortRange struct{ First, Last uint16 }

// Host is a name in lower case, "*." and a domain for all names below it, or "*" for every name.
type Host string

// Any is every host.
const Any Host = "*"

// IsExact tells whether h is one name.
func (h Host) IsExact() bool { return h != "" && h[0] != '*' }

// Matches tells whether a name, in lower case and without a final dot, is one of h's.
func (h Host) Matches(name string) bool {
	switch {
	case h == "":
		return false
	case h == Any:
		return true
	case h.IsExact():
		return string(h) == name
	default:
		return strings.HasSuffix(name, string(h[1:])) && len(name) > len(h)-1
	}
}

// Resolves tells whether a name may be asked for: some rule allows it at some port, and none denies it at all of them.
func (r Rules) Resolves(name string) bool {
	return r.allowed(func(rule Rule) bool { return rule.Host.Matches(name) }) &&
		!r.denied(func(rule Rule) bool { return len(rule.Ports) == 0 && rule.Protocol == "" && rule.Host.Matches(name) })
}

// ReachesHost tells whether a tunnel to a port of a name is worth asking the gateway for.
func (r Rules) ReachesHost(name string, port uint16) bool {
	return r.Resolves(name) && r.allowed(func(rule Rule) bool { return rule.Host.Matches(name) && rule.has(port) })
}

// ReachesAddress tells the same of an address. Addresses are reached by ranges of addresses only, never because a name leads to them.
func (r Rules) ReachesAddress(address netip.Addr, port uint16) bool {
	address = address.Unmap()
	return r.allowed(func(rule Rule) bool { return rule.CIDR.Contains(address) && rule.has(port) }) &&
		!r.denied(func(rule Rule) bool {
			return len(rule.Ports) == 0 && rule.Protocol == "" && rule.CIDR.Contains(address)
		})
}

// Ports returns every port at which something is allowed, each once, ascending. Of more than MaxPorts it returns MaxPorts + 1.
func (r Rules) Ports() []uint16 {
	seen := map[uint16]bool{}
	for _, rule := range r.Allow {
		for _, each := range rule.Ports {
			for port := int(each.First); port <= int(each.Last) && len(seen) <= MaxPorts; port++ {
				seen[uint16(port)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Listeners returns where the box listens for streams: at each port of the rules on all addresses, and at the resolver where that does not cover it. At most
// MaxPorts + 1.
func (r Rules) Listeners() []netip.AddrPort {
	var listeners []netip.AddrPort
	covered := false
	for _, port := range r.Ports() {
		listeners = append(listeners, netip.AddrPortFrom(netip.IPv4Unspecified(), port))
		covered = covered || port == DNSPort
	}
	if !covered {
		listeners = append(listeners, netip.AddrPortFrom(Resolver, DNSPort))
	}
	return listeners
}

func (r Rules) allowed(by func(Rule) bool) bool {
	for _, rule := range r.Allow {
		if by(rule) {
			return true
		}
	}
	return false
}

// denied leaves out the rules that deny everything: they only say what holds anyway.
func (r Rules) denied(by func(Rule) bool) bool {
	for _, rule := range r.Deny {
		if rule.Host != Any && !(rule.CIDR.IsValid() && rule.CIDR.Bits() == 0) && by(rule) {
			return true
		}
	}
	return false
}

func (r Rule) has(port uint16) bool {
	for _, each := range r.Ports {
		if each.First <= port && port <= each.Last {
			return true
		}
	}
	return false
}
