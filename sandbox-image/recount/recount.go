// Package recount says when a count that goes on is told again while a tool is at work.
package recount

import "time"

// Every is how often somebody looks at what may have been counted on.
const Every = 10 * time.Second

// DayMost is how often one count is told again in a day, which no tool's time is longer than.
const DayMost = 14

// A Pace is one count's. What goes on and on is told again less and less often: each time after twice as long as before.
type Pace struct {
	wait time.Duration
	next time.Time
}

// Due tells whether the count may be told again now, and takes it that it is.
func (p *Pace) Due(now time.Time) bool {
	if now.Before(p.next) {
		return false
	}
	p.wait = max(Every, 2*p.wait)
	p.next = now.Add(p.wait)
	return true
}

// Look calls look every so often, until over is closed.
func Look(over <-chan struct{}, look func(now time.Time)) {
	ticks := time.NewTicker(Every)
	defer ticks.Stop()
	for {
		select {
		case now := <-ticks.C:
			look(now)
		case <-over:
			return
		}
	}
}
