package egress

import (
	"strings"
	"sync"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/recount"
)

// attemptsMost is how many different attempts are told apart in one run. Together with the programs of package box, with one entry for all beyond of each
// kind, and each told once, again as often as package recount has it, and at the end, they stay below channel.MaxEvents.
const attemptsMost = 116

// attempts tells of each place that was tried in vain when it is first seen, and how often it was seen again: less and less often meanwhile, and at the end. A tool that knocks
// at a million doors costs few frames, and the counts are exact.
type attempts struct {
	tell func(channel.Attempt)

	mutex   sync.Mutex
	open    bool // whether anything may be told yet
	closed  bool
	entries map[attempt]*tally
	order   []attempt
}

type attempt struct {
	resource string
	protocol channel.Protocol
	cause    channel.Cause
}

type tally struct {
	seen, told int64
	pace       recount.Pace
}

func newAttempts(tell func(channel.Attempt)) *attempts {
	return &attempts{tell: tell, entries: map[attempt]*tally{}}
}

// note takes one down.
func (a *attempts) note(resource string, protocol channel.Protocol, cause channel.Cause) {
	which := attempt{visible(resource), protocol, cause}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	entry := a.entries[which]
	if entry == nil {
		if len(a.order) >= attemptsMost {
			which.resource = channel.OtherAddresses
			entry = a.entries[which]
		}
		if entry == nil {
			entry = &tally{}
			a.entries[which] = entry
			a.order = append(a.order, which)
		}
	}
	entry.seen++
	if a.open && entry.told == 0 {
		a.report(which, entry)
	}
}

// begin tells what was noted so far, and from now on what is new.
func (a *attempts) begin() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.open = true
	for _, which := range a.order {
		a.report(which, a.entries[which])
	}
}

// again tells what is tried again and again.
func (a *attempts) again(now time.Time) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, which := range a.order {
		if entry := a.entries[which]; entry.told > 0 && entry.seen > entry.told && entry.pace.Due(now) {
			a.report(which, entry)
		}
	}
}

// close tells the rest. Nothing is told after it.
func (a *attempts) close() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, which := range a.order {
		a.report(which, a.entries[which])
	}
	a.closed = true
}

func (a *attempts) report(which attempt, entry *tally) {
	if again := entry.seen - entry.told; again > 0 && !a.closed {
		entry.told = entry.seen
		a.tell(channel.Attempt{Resource: which.resource, Protocol: which.protocol, Cause: which.cause, Count: again})
	}
}

// visible keeps printable ASCII, and bounds it: names come from the tool, byte for byte.
func visible(text string) string {
	if len(text) > channel.MaxEventResource {
		text = text[:channel.MaxEventResource]
	}
	if text == "" {
		return "." // the root of all names
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
