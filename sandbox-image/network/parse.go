package network

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// maxName is the longest name, in bytes: RFC 1035, section 2.3.4.
const maxName = 253

// maxLabel is the longest part of one.
const maxLabel = 63

// IsName tells whether text is the name of a host, in lower case and without a final dot. What ends like an address is none.
func IsName(text string) bool {
	if len(text) > maxName {
		return false
	}
	labels := strings.Split(text, ".")
	for _, each := range labels {
		if !isLabel(each) {
			return false
		}
	}
	last := labels[len(labels)-1]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") != ""
	}
	return strings.Trim(last, "0123456789") != ""
}

// isLabel tells whether text is one part of a host's name: RFC 952 and 1123. No regular expression: those are compiled at the start of each process of the
// box, and cost it a millisecond.
func isLabel(text string) bool {
	return text != "" && len(text) <= maxLabel && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		text[0] != '-' && text[len(text)-1] != '-'
}

// ParseHost reads a host of a rule in the one spelling that the contract has.
func ParseHost(text string) (Host, error) {
	if text != "*" && !IsName(strings.TrimPrefix(text, "*.")) {
		return "", errors.New("not a host")
	}
	return Host(text), nil
}

// ParseCIDR reads a range of addresses in its one spelling.
func ParseCIDR(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Masked().String() != text {
		return netip.Prefix{}, errors.New("not a range of addresses")
	}
	return prefix, nil
}

// ParsePorts reads "443" or "8000-8100".
func ParsePorts(text string) (PortRange, error) {
	low, high, isRange := strings.Cut(text, "-")
	first, ok1 := port(low)
	last, ok2 := first, ok1
	if isRange {
		last, ok2 = port(high)
	}
	if !ok1 || !ok2 || first > last || isRange && first == last {
		return PortRange{}, errors.New("not a port or a range of ports")
	}
	return PortRange{First: first, Last: last}, nil
}

func port(text string) (uint16, bool) {
	number, err := strconv.ParseUint(text, 10, 16)
	return uint16(number), err == nil && number > 0 && strconv.FormatUint(number, 10) == text
}
