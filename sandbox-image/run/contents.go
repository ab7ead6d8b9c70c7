package run

import (
	"context"
	"io"
	"time"

	"cofferdam.dev/sandbox-image/channel"
)

// putPatience bounds what the gateway has to take the contents: a run's result waits for it.
const putPatience = 20 * time.Second

// changed is the frame that tells of changes. What a replica of the gateway keeps of them is known when it is sent to that one.
type changed struct {
	channel.Changes
	contents func() (io.ReadCloser, error) // nil where nobody may commit them
}

// withContents gives the contents to the replica that holds a channel. Whatever becomes of them, the changes are told.
func (d *delivery) withContents(conn *channel.Conn, told changed) channel.Changes {
	if told.contents == nil || d.gateway == "" {
		return told.Changes
	}
	ctx, cancel := context.WithTimeout(d.over, putPatience)
	defer cancel()
	defer context.AfterFunc(conn.Context(), cancel)()
	body, err := told.contents()
	if err != nil {
		return told.Changes
	}
	defer body.Close()
	if kept, err := channel.PutContents(ctx, d.gateway, d.session, d.client.TLS(), body); err == nil {
		told.Contents = &kept
	}
	return told.Changes
}
