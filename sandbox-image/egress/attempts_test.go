package egress

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/recount"
)

func TestRefusalsAreToldOnceAndThenCounted(t *testing.T) {
	var told []channel.Attempt
	a := newAttempts(func(each channel.Attempt) { told = append(told, each) })
	a.note("192.0.2.1:80", channel.TCP, channel.NotAllowed)
	a.note("192.0.2.1:80", channel.TCP, channel.NotAllowed)
	if told != nil {
		t.Errorf("told %v before the tool ran", told)
	}
	a.begin()
	a.note("192.0.2.1:80", channel.TCP, channel.NotAllowed)
	a.note("192.0.2.1:80", channel.UDP, channel.NotAllowed)
	a.note("192.0.2.1:80", channel.TCP, channel.NotAllowed)
	a.note("192.0.2.1:80", channel.TCP, channel.NoRoom)
	a.note("", channel.DNS, channel.NotAllowed)
	a.note("b\xc3\xbccher\n.example", channel.DNS, channel.NotAllowed)
	a.close()
	a.note("192.0.2.1:80", channel.TCP, channel.NotAllowed)
	want := []channel.Attempt{
		{Resource: "192.0.2.1:80", Protocol: channel.TCP, Cause: channel.NotAllowed, Count: 2}, {Resource: "192.0.2.1:80", Protocol: channel.UDP, Cause: channel.NotAllowed, Count: 1},
		{Resource: "192.0.2.1:80", Protocol: channel.TCP, Cause: channel.NoRoom, Count: 1},
		{Resource: ".", Protocol: channel.DNS, Cause: channel.NotAllowed, Count: 1}, {Resource: "b?cher?.example", Protocol: channel.DNS, Cause: channel.NotAllowed, Count: 1},
		{Resource: "192.0.2.1:80", Protocol: channel.TCP, Cause: channel.NotAllowed, Count: 2},
	}
	if !reflect.DeepEqual(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

func TestWhatIsRefusedAgainIsToldMeanwhile(t *testing.T) {
	var told []int64
	a := newAttempts(func(each channel.Attempt) { told = append(told, each.Count) })
	a.begin()
	began := time.Unix(1, 0)
	for now := began; now.Before(began.Add(24 * time.Hour)); now = now.Add(recount.Every) {
		a.note("192.0.2.1:80", channel.TCP, channel.NotAllowed)
		a.note("192.0.2.1:80", channel.TCP, channel.NotAllowed)
		a.again(now)
	}
	a.close()
	var all int64
	for _, count := range told {
		all += count
	}
	if !reflect.DeepEqual(told[:5], []int64{1, 1, 2, 4, 8}) || all != 2*24*60*6 || len(told) > recount.DayMost+2 {
		t.Errorf("told %v", told)
	}
}

// kinds are those of which there is an entry for all beyond the bound, as the contract has them.
var kinds = []attempt{
	{protocol: channel.TCP, cause: channel.NotAllowed}, {protocol: channel.UDP, cause: channel.NotAllowed}, {protocol: channel.DNS, cause: channel.NotAllowed},
	{protocol: channel.TCP, cause: channel.NoRoom}, {protocol: channel.DNS, cause: channel.NoRoom},
	{protocol: channel.TCP, cause: channel.GatewayUnreachable}, {protocol: channel.TCP, cause: channel.Abandoned},
}

func TestEveryCountOfADayFitsIntoTheFrames(t *testing.T) {
	programs, networks := 128+2, attemptsMost+len(kinds)
	if most := (programs + networks) * (recount.DayMost + 2); most > channel.MaxEvents {
		t.Errorf("%d events", most)
	}
}

func TestAFloodCostsFewEventsAndIsCountedExactly(t *testing.T) {
	frames, sums := 0, map[attempt]int64{}
	a := newAttempts(func(each channel.Attempt) {
		frames++
		sums[attempt{protocol: each.Protocol, cause: each.Cause}] += each.Count
		if len(each.Resource) > channel.MaxEventResource {
			t.Errorf("%d bytes", len(each.Resource))
		}
	})
	a.begin()
	var ended sync.WaitGroup
	for _, kind := range kinds {
		ended.Go(func() {
			for number := range 5000 {
				a.note(fmt.Sprint(number%1000)+strings.Repeat("x", number), kind.protocol, kind.cause)
			}
		})
	}
	ended.Wait()
	a.close()
	if frames > 2*(attemptsMost+len(kinds)) {
		t.Errorf("%d events", frames)
	}
	for _, kind := range kinds {
		if sums[kind] != 5000 {
			t.Errorf("%+v: %d", kind, sums[kind])
		}
	}
}

func TestPackets(t *testing.T) {
	const ip, addresses = "45000028000040004006", "0000c6120001c0000201" // to 192.0.2.1
	tcp := func(flags string) string { return "c0000050" + "0000000000000000" + "50" + flags + "ffff00000000" }
	for name, each := range map[string]struct {
		packet string
		want   channel.Protocol // empty: not an attempt
	}{
		"syn":             {ip + addresses + tcp("02"), channel.TCP},
		"syn with ecn":    {ip + addresses + tcp("c2"), channel.TCP},
		"syn ack":         {ip + addresses + tcp("12"), ""},
		"ack":             {ip + addresses + tcp("10"), ""},
		"reset":           {ip + addresses + tcp("04"), ""},
		"options":         {"46" + ip[2:] + addresses + "01010101" + tcp("02"), channel.TCP},
		"udp":             {"45000028000040004011" + addresses + "c000005000080000", channel.UDP},
		"udp, first part": {"45000028000020004011" + addresses + "c000005000080000", channel.UDP},
		"udp, later part": {"45000028000020014011" + addresses + "c000005000080000", ""},
		"icmp":            {"45000028000040004001" + addresses + "0303000000000000", ""},
		"short header":    {"44" + ip[2:] + addresses + tcp("02"), ""},
		"ipv6":            {"60" + ip[2:] + addresses + tcp("02"), ""},
		"cut":             {ip + addresses + "c000", ""},
		"cut later":       {ip + addresses + tcp("02")[:26], ""},
		"nothing":         {"", ""},
	} {
		packet, err := hex.DecodeString(each.packet)
		if err != nil {
			t.Fatal(name, err)
		}
		got, ok := read(packet)
		if ok != (each.want != "") || ok && (got.protocol != each.want || got.to != netip.MustParseAddrPort("192.0.2.1:80")) {
			t.Errorf("%s: got %+v, %v", name, got, ok)
		}
	}
}
