package commit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"cofferdam.dev/sandbox-image/channel"
)

const (
	fetchRounds   = 6
	fetchDelay    = 250 * time.Millisecond // doubles from one round to the next
	answerTimeout = 30 * time.Second
	fetchTimeout  = 5 * time.Minute // of one replica
)

// Gateways are the replicas that may have kept a bundle.
type Gateways struct {
	Addresses []string // ip:port
	TokenFile string
	TLS       *tls.Config
}

// Fetch asks each replica in order, and all of them again where one of them may have what the others have not.
func (g *Gateways) Fetch(ctx context.Context, take func(io.Reader) error) error {
	var last error
	for round := range fetchRounds {
		if round > 0 {
			select {
			case <-ctx.Done():
				return errors.Join(ctx.Err(), last)
			case <-time.After(fetchDelay << (round - 1)):
			}
		}
		missing, other := 0, 0
		for _, address := range g.Addresses {
			err := g.fetchFrom(ctx, address, take)
			if err == nil {
				return nil
			}
			if _, isDecided := of(err); isDecided {
				return err
			}
			switch {
			case errors.Is(err, channel.ErrNotKept):
				missing++
			case errors.Is(err, errOther):
				other++
			default:
				last = fmt.Errorf("%s: %w", address, err)
			}
		}
		switch {
		case missing == len(g.Addresses):
			return decide(ContentsLost, errors.New("no replica of the gateway has the contents"))
		case missing+other == len(g.Addresses):
			return decide(ContentsInvalid, errOther)
		}
	}
	return fmt.Errorf("the contents could not be fetched: %w", last)
}

func (g *Gateways) fetchFrom(ctx context.Context, address string, take func(io.Reader) error) error {
	token, err := channel.Token(g.TokenFile) // read anew each time: the kubelet rotates it
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	patience := time.AfterFunc(answerTimeout, cancel)
	status, body, err := channel.GetContents(ctx, address, token, g.TLS)
	patience.Stop()
	if err != nil {
		return err
	}
	defer body.Close()
	switch status {
	case http.StatusOK:
		return take(body)
	case http.StatusNotFound:
		return channel.ErrNotKept
	default:
		return fmt.Errorf("the answer is %d", status)
	}
}
