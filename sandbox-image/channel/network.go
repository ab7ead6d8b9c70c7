package channel

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"cofferdam.dev/sandbox-image/network"
	"cofferdam.dev/sandbox-image/strictjson"
)

const (
	// maxNetworkRules bounds each list of network.
	maxNetworkRules = 64
	// maxPortRanges bounds those of one rule.
	maxPortRanges = 64
	maxHostBytes  = 255
)

// networkRules reads where the tool may connect to. The gateway's address is also where the contents of a workspace go that may be committed.
func networkRules(raw json.RawMessage, commit bool) (network.Rules, error) {
	fields, err := strictjson.Object(raw)
	if err != nil {
		return network.Rules{}, err
	}
	if err := fields.Exactly("gateway", "allow", "deny"); err != nil {
		return network.Rules{}, err
	}
	gateway, err1 := gatewayAddress(fields)
	allow, err2 := ruleList(fields, "allow")
	deny, err3 := ruleList(fields, "deny")
	if err := errors.Join(err1, err2, err3); err != nil {
		return network.Rules{}, err
	}
	rules := network.Rules{Gateway: gateway, Allow: allow, Deny: deny}
	for i, rule := range allow {
		if len(rule.Ports) == 0 || rule.Protocol == "" {
			return network.Rules{}, fmt.Errorf("allow[%d] has no port or no protocol", i)
		}
	}
	if (gateway == "") != (len(allow) == 0 && !commit) {
		return network.Rules{}, errors.New("a gateway is given where something is allowed or may be committed, and only there")
	}
	if len(allow) > 0 && len(rules.Ports()) > network.MaxPorts {
		return network.Rules{}, fmt.Errorf("more than %d ports in all", network.MaxPorts)
	}
	return rules, nil
}

// gatewayAddress reads where tunnels go; empty: nowhere.
func gatewayAddress(fields strictjson.Fields) (string, error) {
	text, err := fields.String("gateway", maxAddressBytes)
	if err != nil || text == "" {
		return "", err
	}
	if address, err := netip.ParseAddrPort(text); err != nil || address.Port() == 0 {
		return "", errors.New("the gateway is not an address and a port")
	}
	return text, nil
}

func ruleList(fields strictjson.Fields, key string) ([]network.Rule, error) {
	elements, err := fields.Elements(key, maxNetworkRules)
	if err != nil {
		return nil, err
	}
	rules := make([]network.Rule, len(elements))
	for i, element := range elements {
		if rules[i], err = networkRule(element); err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", key, i, err)
		}
	}
	return rules, nil
}

func networkRule(element json.RawMessage) (rule network.Rule, err error) {
	fields, err := strictjson.Object(element)
	if err != nil {
		return rule, err
	}
	if err := fields.Exactly("host", "cidr", "ports", "protocol"); err != nil {
		return rule, err
	}
	host, err1 := fields.String("host", maxHostBytes)
	cidr, err2 := fields.String("cidr", maxAddressBytes)
	ranges, err3 := fields.Strings("ports", maxPortRanges)
	protocol, err4 := fields.String("protocol", 8)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return rule, err
	}
	switch {
	case (host == "") == (cidr == ""):
		return rule, errors.New("exactly one of host and cidr is given")
	case host != "":
		rule.Host, err = network.ParseHost(host)
	default:
		rule.CIDR, err = network.ParseCIDR(cidr)
	}
	if err != nil {
		return rule, err
	}
	rule.Ports = make([]network.PortRange, len(ranges))
	for i, text := range ranges {
		if rule.Ports[i], err = network.ParsePorts(text); err != nil {
			return rule, err
		}
	}
	switch rule.Protocol = network.Protocol(protocol); rule.Protocol {
	case "", network.TCP, network.HTTP, network.HTTPS:
		return rule, nil
	default:
		return rule, errors.New("not a protocol")
	}
}
