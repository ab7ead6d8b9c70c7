package network_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/network"
)

func host(text string, ports ...string) network.Rule {
	return rule(network.Rule{Host: network.Host(text)}, ports)
}

func cidr(text string, ports ...string) network.Rule {
	return rule(network.Rule{CIDR: netip.MustParsePrefix(text)}, ports)
}

func rule(rule network.Rule, ports []string) network.Rule {
	for _, each := range ports {
		parsed, err := network.ParsePorts(each)
		if err != nil {
			panic(err)
		}
		rule.Ports = append(rule.Ports, parsed)
	}
	if len(ports) > 0 {
		rule.Protocol = network.TCP
	}
	return rule
}

var rules = network.Rules{
	Allow: []network.Rule{host("api.example.com", "443"), host("*.example.org", "80", "8000-8002"), cidr("203.0.113.0/24", "5432"), host("secret.example.org", "22")},
	Deny: []network.Rule{
		host("*"), cidr("0.0.0.0/0"), cidr("::/0"), // say only what holds anyway
		host("*.secret.example.org"), host("secret.example.org"), host("api.example.com", "444"), cidr("203.0.113.8/32"),
	},
}

func TestPlaces(t *testing.T) {
	for _, each := range []struct {
		name string
		port uint16
		want bool
	}{
		{"api.example.com", 443, true}, {"api.example.com", 444, false}, {"example.com", 443, false}, {"x.api.example.com", 443, false},
		{"a.example.org", 80, true}, {"a.b.example.org", 8002, true}, {"a.example.org", 8003, false}, {"example.org", 80, false}, {".example.org", 80, false},
		{"aexample.org", 80, false}, {"secret.example.org", 22, false}, {"a.secret.example.org", 80, false},
	} {
		if got := rules.ReachesHost(each.name, each.port); got != each.want {
			t.Errorf("%s:%d: %v", each.name, each.port, got)
		}
	}
	for _, each := range []struct {
		at   string
		want bool
	}{
		{"203.0.113.7:5432", true}, {"[::ffff:203.0.113.7]:5432", true}, {"203.0.113.8:5432", false}, {"203.0.113.7:5433", false}, {"203.0.114.7:5432", false},
	} {
		at := netip.MustParseAddrPort(each.at)
		if got := rules.ReachesAddress(at.Addr(), at.Port()); got != each.want {
			t.Errorf("%s: %v", at, got)
		}
	}
	if got := fmt.Sprint(rules.Ports()); got != "[22 80 443 5432 8000 8001 8002]" {
		t.Errorf("ports %v", got)
	}
	dns := network.Rules{Allow: []network.Rule{cidr("192.0.2.0/24", "52-54")}}
	if got := fmt.Sprint(dns.Listeners()); got != "[0.0.0.0:52 0.0.0.0:53 0.0.0.0:54]" {
		t.Errorf("listeners %v", got)
	}
	if got := fmt.Sprint(network.Rules{}.Listeners()); got != "[127.0.0.1:53]" {
		t.Errorf("listeners %v", got)
	}
	wide := network.Rules{Allow: []network.Rule{host("*", "1-65535"), host("a", "1-65535")}}
	if got := len(wide.Ports()); got != network.MaxPorts+1 {
		t.Errorf("%d ports", got)
	}
}

func TestNamesHaveAddressesOfTheirOwn(t *testing.T) {
	book := network.NewBook(rules)
	first, ok := book.Address("api.example.com")
	if !ok || first != netip.MustParseAddr("198.18.0.2") {
		t.Errorf("got %v", first)
	}
	for _, name := range []string{"", ".", "example.org", "evil.example", ".example.org", "a..example.org", "-a.example.org", "a_b.example.org", "a b.example.org", "1.2.3.4"} {
		if address, ok := book.Address(name); ok {
			t.Errorf("%q has %v", name, address)
		}
	}
	seen := map[netip.Addr]string{first: "api.example.com"}
	given := 1
	for number := range network.MaxNames + 10 {
		name := fmt.Sprintf("n%d.example.org", number)
		address, ok := book.Address(name)
		if !ok {
			continue
		}
		given++
		if again, _ := book.Address(name); again != address {
			t.Fatalf("%s has %v, then %v", name, address, again)
		}
		last := address.As4()[3]
		if other := seen[address]; other != "" || !network.Names.Contains(address) || last == 0 || last == 255 || address == network.Own {
			t.Fatalf("%s has %v, like %q", name, address, other)
		}
		seen[address] = name
	}
	if given != network.MaxNames {
		t.Errorf("%d names have an address", given)
	}
	for at, want := range map[string]network.Place{
		"198.18.0.2:443":   {Target: "api.example.com:443", Allowed: true},
		"198.18.0.2:80":    {Target: "api.example.com:80"},
		"203.0.113.7:5432": {Target: "203.0.113.7:5432", Allowed: true},
		"192.0.2.1:443":    {Target: "192.0.2.1:443"},
	} {
		if got := book.Place(netip.MustParseAddrPort(at)); got != want {
			t.Errorf("%s: got %+v", at, got)
		}
	}
	// A rule for a range does not open the addresses that names have.
	wide := network.NewBook(network.Rules{Allow: []network.Rule{cidr("0.0.0.0/0", "80")}})
	for _, at := range []string{"198.18.0.2:80", "198.18.0.1:80", "127.0.0.1:80", "127.9.9.9:80"} {
		if got := wide.Place(netip.MustParseAddrPort(at)); got.Allowed {
			t.Errorf("got %+v", got)
		}
	}
}

func TestOneSpellingOfEachHost(t *testing.T) {
	long := strings.Repeat("a", 63)
	for text, want := range map[string]bool{
		"*": true, "a": true, "a.b": true, "*.a": true, "xn--bcher-kva.example": true, long + "." + long: true,
		"": false, "*.": false, "**": false, "*.*": false, "*a.b": false, "a.": false, ".a": false, "A.b": false, "a..b": false, "a-.b": false, long + "a": false,
		strings.Repeat("a.", 127) + "a": false, "1": false, "1.2.3.4": false, "a.0x1f": false, "a.0xg": true, "a:1": false, "bücher.example": false, "a/b": false,
	} {
		if _, err := network.ParseHost(text); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}
