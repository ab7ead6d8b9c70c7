package egress

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func question(name string, kind dnsmessage.Type, class dnsmessage.Class) dnsmessage.Question {
	return dnsmessage.Question{Name: dnsmessage.MustNewName(name), Type: kind, Class: class}
}

func ask(t *testing.T, r *resolver, message dnsmessage.Message) *dnsmessage.Message {
	t.Helper()
	query, err := message.Pack()
	if err != nil {
		t.Fatal(err)
	}
	text := r.answer(query, "127.0.0.1:1")
	if text == nil {
		return nil
	}
	var answer dnsmessage.Message
	if err := answer.Unpack(text); err != nil {
		t.Fatal(err)
	}
	if !answer.Response || answer.ID != message.ID || !answer.RecursionAvailable {
		t.Errorf("answer %+v", answer.Header)
	}
	return &answer
}

func TestNames(t *testing.T) {
	var refused []string
	r := &resolver{
		lookup: func(name string) (netip.Addr, bool) {
			return netip.MustParseAddr("198.18.0.2"), name == "api.example.com"
		},
		denied: func(name string) { refused = append(refused, name) },
	}
	const in = dnsmessage.ClassINET
	for _, each := range []struct {
		question dnsmessage.Question
		code     dnsmessage.RCode
		answers  int
	}{
		{question("api.example.com.", dnsmessage.TypeA, in), dnsmessage.RCodeSuccess, 1},
		{question("aPi.Example.COM.", dnsmessage.TypeA, in), dnsmessage.RCodeSuccess, 1},
		{question("api.example.com.", dnsmessage.TypeALL, in), dnsmessage.RCodeSuccess, 1},
		{question("api.example.com.", dnsmessage.TypeAAAA, in), dnsmessage.RCodeSuccess, 0},
		{question("api.example.com.", dnsmessage.TypeTXT, in), dnsmessage.RCodeSuccess, 0},
		{question("api.example.com.", dnsmessage.Type(65), in), dnsmessage.RCodeSuccess, 0},
		{question("api.example.com.", dnsmessage.TypeA, dnsmessage.ClassCHAOS), dnsmessage.RCodeNotImplemented, 0},
		{question("secrets-in-a-label.evil.example.", dnsmessage.TypeTXT, in), dnsmessage.RCodeNameError, 0},
		{question("both.evil.example.", dnsmessage.TypeA, in), dnsmessage.RCodeNameError, 0},
		{question("both.evil.example.", dnsmessage.TypeAAAA, in), dnsmessage.RCodeNameError, 0},
		{question("2.0.18.198.in-addr.arpa.", dnsmessage.TypePTR, in), dnsmessage.RCodeNameError, 0},
		{question(".", dnsmessage.TypeNS, in), dnsmessage.RCodeNameError, 0},
	} {
		answer := ask(t, r, dnsmessage.Message{Header: dnsmessage.Header{ID: 7, RecursionDesired: true}, Questions: []dnsmessage.Question{each.question}})
		if answer == nil || answer.RCode != each.code || len(answer.Answers) != each.answers || len(answer.Questions) != 1 || answer.Questions[0] != each.question {
			t.Errorf("%v: got %+v", each.question, answer)
			continue
		}
		for _, record := range answer.Answers {
			if a, ok := record.Body.(*dnsmessage.AResource); !ok || a.A != [4]byte{198, 18, 0, 2} || record.Header.Name != each.question.Name {
				t.Errorf("%v: got %+v", each.question, record)
			}
		}
	}
	if got := strings.Join(refused, " "); got != "secrets-in-a-label.evil.example both.evil.example 2.0.18.198.in-addr.arpa " {
		t.Errorf("refused %q", got)
	}
}

func TestALookupOfBothFamiliesIsOneAttempt(t *testing.T) {
	const a, aaaa, txt = dnsmessage.TypeA, dnsmessage.TypeAAAA, dnsmessage.TypeTXT
	begun := time.Unix(1, 0)
	var h halves
	for i, each := range []struct {
		asker, name string
		kind        dnsmessage.Type
		after       time.Duration
		second      bool
	}{
		{"c:1", "x", a, 0, false},
		{"c:1", "x", aaaa, 0, true},
		{"c:1", "x", a, 0, false}, // asked again
		{"c:1", "x", a, 0, false}, // and again
		{"c:1", "x", aaaa, 0, true},
		{"c:1", "x", aaaa, 0, true},
		{"c:1", "x", aaaa, 0, false},
		{"c:1", "x", a, 0, true}, // whichever comes first
		{"c:1", "y", txt, 0, false},
		{"c:1", "y", txt, 0, false},
		{"c:1", "y", a, 0, false},
		{"c:2", "y", aaaa, 0, false}, // another socket
		{"c:1", "z", aaaa, 0, false}, // another name
		{"c:1", "y", aaaa, halfPatience + 1, false},
		{"c:1", "y", a, 2*halfPatience + 1, true},
	} {
		if got := h.complete(half{each.asker, each.name, each.kind}, begun.Add(each.after)); got != each.second {
			t.Errorf("%d: %v", i, each)
		}
	}
	for i := range 2 * halvesMost {
		h.complete(half{"c:1", strconv.Itoa(i), a}, begun.Add(time.Hour))
	}
	if len(h.seen) != halvesMost || h.complete(half{"c:1", "0", aaaa}, begun.Add(time.Hour)) || !h.complete(half{"c:1", strconv.Itoa(2*halvesMost - 1), aaaa}, begun.Add(time.Hour)) {
		t.Errorf("remembers %d", len(h.seen))
	}
}

func TestWhatIsNoQuery(t *testing.T) {
	r := &resolver{
		lookup: func(name string) (netip.Addr, bool) { t.Errorf("asked for %q", name); return netip.Addr{}, false },
		denied: func(name string) { t.Errorf("refused %q", name) },
	}
	q := question("a.", dnsmessage.TypeA, dnsmessage.ClassINET)
	if got := ask(t, r, dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Questions: []dnsmessage.Question{q}}); got != nil {
		t.Errorf("answered %+v", got)
	}
	for name, each := range map[string]struct {
		message dnsmessage.Message
		code    dnsmessage.RCode
	}{
		"no question":   {dnsmessage.Message{}, dnsmessage.RCodeFormatError},
		"two questions": {dnsmessage.Message{Questions: []dnsmessage.Question{q, q}}, dnsmessage.RCodeFormatError},
		"an update":     {dnsmessage.Message{Header: dnsmessage.Header{OpCode: 5}, Questions: []dnsmessage.Question{q}}, dnsmessage.RCodeNotImplemented},
	} {
		if got := ask(t, r, each.message); got == nil || got.RCode != each.code {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	for _, query := range []string{"", "x", strings.Repeat("\xff", 11), strings.Repeat("\xff", 4096)} {
		if got := r.answer([]byte(query), ""); got != nil {
			t.Errorf("%q: got %q", query, got)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	query, err := (&dnsmessage.Message{Questions: []dnsmessage.Question{question("api.example.com.", dnsmessage.TypeA, dnsmessage.ClassINET)}}).Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(query)
	r := &resolver{
		lookup: func(name string) (netip.Addr, bool) { return netip.MustParseAddr("198.18.0.2"), len(name)%2 == 0 },
		denied: func(string) {},
	}
	f.Fuzz(func(t *testing.T, query []byte) {
		if answer := r.answer(query, ""); len(answer) > 512 {
			t.Errorf("%d bytes", len(answer)) // one answer to one question always fits a datagram
		}
	})
}
