package commit

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const order = `{"run":"01234567-89ab-cdef-0123-456789abcdef","digest":"sha256:DIGEST","shown":{"added":1,"modified":2,"deleted":3,"items":4,"digest":"sha256:SHOWN"},"contents":{"sha256":"HASH","bytes":3072},"subPath":"a/b",` +
	`"storage":{"allow":[{"uri":"fs:///workspace/**","access":["read","write"]}],"deny":[]}}`

func TestAnOrderIsReadStrictly(t *testing.T) {
	valid := strings.NewReplacer("DIGEST", strings.Repeat("0f", 32), "SHOWN", strings.Repeat("1e", 32), "HASH", strings.Repeat("ab", 32)).Replace(order)
	got, err := ParseOrder([]byte(valid))
	if err != nil || got.SubPath != "a/b" || got.Contents.Bytes != 3072 || len(got.Rules.Allow) != 1 || got.Shown != (Shown{1, 2, 3, 4, "sha256:" + strings.Repeat("1e", 32)}) {
		t.Fatalf("%+v %v", got, err)
	}
	for name, change := range map[string][2]string{
		"no run":              {`"run":"01234567-89ab-cdef-0123-456789abcdef",`, ``},
		"a run with a path":   {`"run":"01234567`, `"run":"../234567`},
		"an empty run":        {`01234567-89ab-cdef-0123-456789abcdef`, ``},
		"no digest":           {`sha256:0f`, `0f`},
		"nothing shown":       {`"shown":{`, `"shown":null,"x":{`},
		"no count":            {`"deleted":3,`, ``},
		"a negative count":    {`"deleted":3`, `"deleted":-3`},
		"too many shown":      {`"items":4`, `"items":10002`},
		"a text for a count":  {`"items":4`, `"items":"4"`},
		"shown of no digest":  {`sha256:1e`, `1e`},
		"shown has more":      {`"items":4`, `"items":4,"x":1`},
		"a short hash":        {`"sha256":"ab`, `"sha256":"`},
		"too large":           {`3072`, `268435457`},
		"nothing":             {`3072`, `0`},
		"a sub-path above":    {`a/b`, `../b`},
		"an absolute one":     {`a/b`, `/a`},
		"another key":         {`"subPath"`, `"extra":1,"subPath"`},
		"rules of no meaning": {`"write"]`, `"own"]`},
		"a repeated key":      {`"subPath"`, `"subPath":"","subPath"`},
	} {
		if !strings.Contains(valid, change[0]) {
			t.Fatalf("%s: the order has no %s", name, change[0])
		}
		if got, err := ParseOrder([]byte(strings.Replace(valid, change[0], change[1], 1))); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
}

// What the job denied and what the policy denies by now come together, 64 each.
func TestAnOrderMayDenyWhatTheJobAndThePolicyDeny(t *testing.T) {
	valid := strings.NewReplacer("DIGEST", strings.Repeat("0f", 32), "SHOWN", strings.Repeat("1e", 32), "HASH", strings.Repeat("ab", 32)).Replace(order)
	for denials, want := range map[int]bool{65: true, 128: true, 129: false} {
		deny := strings.TrimSuffix(strings.Repeat(`{"uri":"fs:///workspace/*.key","access":["read","write"]},`, denials), ",")
		got, err := ParseOrder([]byte(strings.Replace(valid, `"deny":[]`, `"deny":[`+deny+`]`, 1)))
		if (err == nil) != want || want && len(got.Rules.Deny) != denials {
			t.Errorf("%d: %d %v", denials, len(got.Rules.Deny), err)
		}
	}
	allow := strings.Repeat(`{"uri":"fs:///workspace/a","access":["read"]},`, 64)
	if _, err := ParseOrder([]byte(strings.Replace(valid, `"allow":[`, `"allow":[`+allow, 1))); err == nil {
		t.Error("65 are allowed, and no job has more than 64")
	}
}

func TestTheLastWordIsBounded(t *testing.T) {
	var paths []string
	for range 20 {
		paths = append(paths, strings.Repeat(`"\`, 200)+"\n")
	}
	decision, isDecided := of(decide(Conflict, errors.New("x"), paths...))
	message := decision.Message()
	var read Decision
	if err := json.Unmarshal(message, &read); err != nil || !isDecided || len(message) > 4096 || len(read.Paths) < 3 || len(read.Paths) > 8 || read.Outcome != Conflict {
		t.Errorf("%d bytes, %+v, %v", len(message), read, err)
	}
	if got := string(Decision{Outcome: Committed}.Message()); got != `{"outcome":"Committed","paths":[]}` {
		t.Error(got)
	}
}
