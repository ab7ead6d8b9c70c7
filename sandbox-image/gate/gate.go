// Package gate finds out from inside whether the pod's network is closed: a rule that nobody tried may not be enforced, or may be undone by another.
//
// Network plugins drop what they deny, so that a closed address does not say so: it is silent. The gateway's run channel, which must be open, is dialled
// at the same time; what is still silent a multiple of that time later counts as closed. Nothing is lost by the haste: the same attempts go on for seconds
// (a lost packet is sent again after one), and an answer that comes late kills the tool.
package gate

import (
	"context"
	"net"
	"sync"
	"time"

	"cofferdam.dev/sandbox-image/channel"
)

const (
	// leastPatience is far above a round trip inside a cluster (under 1 ms), and about what building the box takes meanwhile.
	leastPatience = 25 * time.Millisecond
	// patienceFactor times what the control took: on a busy machine or a slow network everything is later.
	patienceFactor = 2
	// longestPatience is for a control that does not answer.
	longestPatience = time.Second
	// probePatience lets a lost packet be sent again twice, and ends before the next look.
	probePatience = 4 * time.Second
	lookInterval  = 5 * time.Second

	firstPause = 50 * time.Millisecond // between looks that found something open
	longPause  = 500 * time.Millisecond
)

// Verdict is what the gate says: first, that the tool may start, or what was open to the end; then, at most once, what opened while the tool ran.
type Verdict struct {
	Open string // network/address, as the job has it; empty: all is closed
}

// Gate is what must be closed.
type Gate struct {
	closed   []target
	control  string
	deadline time.Duration
	interval time.Duration
	patience time.Duration // the longest
}

type target struct{ name, network, address string }

// New takes the job's list and the address of the run channel.
func New(job channel.Gate, gateway string) (*Gate, error) {
	gatewayHost, _, err := net.SplitHostPort(gateway)
	if err != nil {
		return nil, err
	}
	closed := make([]target, len(job.Closed))
	for i, address := range job.Closed {
		host, port, err := net.SplitHostPort(address.Address)
		if err != nil {
			return nil, err
		}
		if host == "" {
			host = gatewayHost
		}
		closed[i] = target{name: address.String(), network: address.Network, address: net.JoinHostPort(host, port)}
	}
	return &Gate{
		closed:   closed,
		control:  gateway,
		deadline: time.Duration(job.DeadlineMillis) * time.Millisecond,
		interval: lookInterval,
		patience: longestPatience,
	}, nil
}

// Watch looks at once, and on while all is closed, until ctx ends.
func (g *Gate) Watch(ctx context.Context) <-chan Verdict {
	verdicts := make(chan Verdict, 2)
	go func() {
		if answers, open := g.pass(ctx); open != "" {
			verdicts <- Verdict{Open: open}
		} else {
			verdicts <- Verdict{}
			if open := g.guard(ctx, answers); open != "" {
				verdicts <- Verdict{Open: open}
			}
		}
	}()
	return verdicts
}

// pass looks until a look finds nothing open, or returns what was open last. The look that passed goes on.
func (g *Gate) pass(ctx context.Context) (<-chan string, string) {
	until := time.Now().Add(g.deadline)
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		looking, stop := context.WithCancel(ctx)
		answers := g.look(looking)
		open := g.first(ctx, answers)
		if open == "" {
			context.AfterFunc(ctx, stop)
			return answers, ""
		}
		stop()
		if !time.Now().Before(until) {
			return nil, open
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, open
		}
	}
}

// first returns the first answer of a look that comes within the patience; empty where none does.
func (g *Gate) first(ctx context.Context, answers <-chan string) string {
	begun := time.Now()
	control := make(chan time.Duration, 1)
	go func() {
		if reaches(ctx, "tcp", g.control, g.patience) {
			control <- time.Since(begun)
		}
	}()
	patience := time.NewTimer(g.patience)
	defer patience.Stop()
	for {
		select {
		case open := <-answers: // empty when every address has refused
			return open
		case took := <-control:
			patience.Reset(min(max(leastPatience, patienceFactor*took), g.patience) - took)
		case <-patience.C:
			return ""
		}
	}
}

// guard returns the first answer of this look or a later one; empty when ctx ends.
func (g *Gate) guard(ctx context.Context, answers <-chan string) string {
	next := time.NewTicker(g.interval)
	defer next.Stop()
	for {
		select {
		case open := <-answers:
			if open != "" {
				return open
			}
			answers = nil
		case <-next.C:
			answers = g.look(ctx)
		case <-ctx.Done():
			return ""
		}
	}
}

// look tries all addresses at once. The channel brings what answers, and is closed when all attempts have ended.
func (g *Gate) look(ctx context.Context) <-chan string {
	answers := make(chan string, len(g.closed))
	var attempts sync.WaitGroup
	for _, closed := range g.closed {
		attempts.Go(func() {
			if reaches(ctx, closed.network, closed.address, probePatience) {
				answers <- closed.name
			}
		})
	}
	go func() {
		attempts.Wait()
		close(answers)
	}()
	return answers
}
