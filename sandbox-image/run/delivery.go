package run

import (
	"context"
	"errors"
	"time"

	"cofferdam.dev/sandbox-image/channel"
)

var (
	errStored    = errors.New("the facts are stored")
	errAbandoned = errors.New("the facts could not be delivered in time")
)

// outputPause is what output waits for more, behind other output and while nothing else comes after it. A gateway takes frames at a bounded pace, and what a
// tool writes byte by byte would queue up before the result.
const outputPause = 5 * time.Millisecond

// A delivery brings the history to the gateway, over as many channels as it takes.
type delivery struct {
	client  *channel.Client
	session string
	history *history
	turn    func(gateway string) // called where another replica may have taken the run over
	gateway string               // the replica that holds the channel; empty where the run has no use for its address

	stopped context.Context // done when the tool must not go on: ordered, refused, or already settled
	stop    context.CancelFunc
	frozen  context.Context // done when the tool is to stand still for good
	freeze  context.CancelFunc
	over    context.Context // done, with its cause, when nothing more is to be delivered
	end     context.CancelCauseFunc
}

func newDelivery(client *channel.Client, job channel.Job, history *history, turn func(gateway string)) *delivery {
	d := &delivery{client: client, session: job.Session, history: history, turn: turn, gateway: job.Network.Gateway}
	d.stopped, d.stop = context.WithCancel(context.Background())
	d.frozen, d.freeze = context.WithCancel(context.Background())
	d.over, d.end = context.WithCancelCause(context.Background())
	return d
}

// wait returns why the delivery ended.
func (d *delivery) wait() error {
	<-d.over.Done()
	return context.Cause(d.over)
}

// abandon gives up.
func (d *delivery) abandon() { d.end(errAbandoned) }

// deliver serves the channel that brought the job, and after it others, until the facts are stored, or the gateway refuses, or all is abandoned.
func (d *delivery) deliver(conn *channel.Conn) {
	defer d.stop()
	resumed := false
	for d.over.Err() == nil {
		d.serve(conn, resumed)
		conn.Close()
		select {
		case <-d.over.Done():
			return
		case <-time.After(channel.FirstDelay): // a gateway that takes channels and drops them is not to be stormed
		}
		next, err := d.client.Connect(d.over, d.session)
		if err != nil {
			d.end(err) // without effect where the delivery is over already
			return
		}
		conn, resumed = next, true
	}
}

// serve uses one channel until it is lost or the delivery is over.
func (d *delivery) serve(conn *channel.Conn, resumed bool) {
	if resumed {
		first, err := conn.Receive(d.over)
		again, ok := first.(channel.Resumed)
		if err != nil || !ok {
			if _, stored := first.(channel.Stored); stored {
				d.end(errStored)
			}
			return
		}
		d.gateway = again.Gateway
		d.turn(again.Gateway)
	}
	sent := make(chan struct{})
	defer func() { conn.Close(); <-sent }()
	go func() {
		defer close(sent)
		d.send(conn)
	}()
	for {
		next, err := conn.Receive(d.over)
		if err != nil {
			return
		}
		switch next.(type) {
		case channel.Stop:
			d.stop()
		case channel.Freeze:
			d.freeze()
		case channel.Stored:
			d.end(errStored)
			return
		default: // a second job or an order out of place: another channel may do better
			return
		}
	}
}

// send sends the whole history and goes on as it grows.
func (d *delivery) send(conn *channel.Conn) {
	at, soonest := place{}, time.Time{}
	for {
		next, after, grown := d.history.from(at)
		switch {
		case next == nil:
			select {
			case <-grown:
			case <-conn.Lost():
				return
			}
			continue
		case grown != nil && time.Now().Before(soonest):
			select {
			case <-time.After(time.Until(soonest)):
			case <-conn.Lost():
				return
			}
			continue
		}
		at = after
		if told, ok := next.(changed); ok {
			next = d.withContents(conn, told)
		}
		if conn.Send(next.Encode()) != nil {
			return
		}
		if _, ok := next.(channel.Output); ok {
			soonest = time.Now().Add(outputPause)
		}
	}
}
