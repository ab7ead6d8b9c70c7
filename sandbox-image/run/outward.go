package run

import (
	"crypto/tls"
	"sync"

	"cofferdam.dev/sandbox-image/box"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/egress"
	"cofferdam.dev/sandbox-image/network"
)

// outward is the network of one run: what the box's sockets lead to.
type outward struct {
	rules   network.Rules
	session string
	config  *tls.Config

	mutex  sync.Mutex // over what a channel that comes back may change
	egress *egress.Egress
}

func newOutward(job channel.Job, client *channel.Client) *outward {
	return &outward{rules: job.Network, session: job.Session, config: client.TLS()}
}

// open serves the sockets of a box that is ready.
func (o *outward) open(from *box.Box, tell func(channel.Attempt)) error {
	sockets, err := from.Sockets(box.OwnSockets)
	if err != nil {
		return err
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.egress, err = egress.Start(sockets, o.rules, o.session, o.config, tell)
	return err
}

// begin serves the listeners of a tool that runs.
func (o *outward) begin(from *box.Box) error {
	listeners, err := from.Sockets(len(o.rules.Listeners()))
	if err != nil {
		return err
	}
	return o.egress.Begin(listeners)
}

// turn leads new tunnels to the replica that has taken the run over.
func (o *outward) turn(gateway string) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.rules.Gateway = gateway; o.egress != nil {
		o.egress.Turn(gateway)
	}
}

// close ends it all, and tells the last of what was refused.
func (o *outward) close() {
	if o.egress != nil {
		o.egress.Close()
	}
}
