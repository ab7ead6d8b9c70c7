package gatewaytest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/network"
	"cofferdam.dev/sandbox-image/strictjson"
)

var visible = regexp.MustCompile(`^[ -~]+$`)

// causes are those that an attempt may have, by how it was made.
var causes = map[channel.Protocol][]channel.Cause{
	channel.TCP: {channel.NotAllowed, channel.NoRoom, channel.GatewayUnreachable, channel.Abandoned},
	channel.UDP: {channel.NotAllowed},
	channel.DNS: {channel.NotAllowed, channel.NoRoom},
}

// attempt reads an event whose keys are complete and whose type is NetworkAccess.
func attempt(fields strictjson.Fields) (any, error) {
	resource, err1 := fields.String("resource", channel.MaxEventResource)
	action, err2 := fields.String("action", 16)
	result, err3 := fields.String("result", 16)
	detail, err4 := strictjson.Object(fields["detail"])
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	if err := detail.Exactly("cause", "count", "protocol"); err != nil {
		return nil, err
	}
	number, err1 := detail.String("count", 19)
	word, err2 := detail.String("protocol", 3)
	why, err3 := detail.String("cause", 32)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	protocol, cause := channel.Protocol(word), channel.Cause(why)
	switch {
	case !visible.MatchString(resource), !count.MatchString(number), !slices.Contains(causes[protocol], cause), result != string(cause.Result()):
		return nil, errors.New("not an attempt")
	case action == "resolve" && protocol == channel.DNS:
	case action == "connect" && (protocol == channel.TCP || protocol == channel.UDP):
	default:
		return nil, errors.New("action and protocol do not fit")
	}
	attempt := channel.Attempt{Resource: resource, Protocol: protocol, Cause: cause}
	attempt.Count, err1 = strconv.ParseInt(number, 10, 64)
	return attempt, err1
}

func networkTree(rules network.Rules) map[string]any {
	return map[string]any{"gateway": rules.Gateway, "allow": networkRules(rules.Allow), "deny": networkRules(rules.Deny)}
}

func networkRules(rules []network.Rule) []map[string]any {
	written := make([]map[string]any, len(rules))
	for i, rule := range rules {
		cidr, ports := "", make([]string, len(rule.Ports))
		if rule.CIDR.IsValid() {
			cidr = rule.CIDR.String()
		}
		for j, each := range rule.Ports {
			if ports[j] = fmt.Sprint(each.First); each.First != each.Last {
				ports[j] = fmt.Sprintf("%d-%d", each.First, each.Last)
			}
		}
		written[i] = map[string]any{"host": rule.Host, "cidr": cidr, "ports": ports, "protocol": rule.Protocol}
	}
	return written
}
