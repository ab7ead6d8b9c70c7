// Package commit applies what a tool changed in its workspace to the volume that the workspace began with, once somebody has approved it. It runs in a pod
// that has never run a tool, as the user that tools run as.
//
// What must never break: nothing outside the sub-path is touched, and no link is followed; the volume has all of the set or none of it, whenever the
// program is killed, once it has been run again to its end; what somebody else changed meanwhile is not overwritten. What comes from the sandbox is hostile, and
// so may be whoever else writes to the volume.
package commit

import (
	"errors"
	"regexp"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/strictjson"
	"cofferdam.dev/sandbox-image/workspace"
)

// Order is what was approved.
type Order struct {
	Run      string           // its UID
	Digest   string           // of the set, as changes.Digest computes it
	Contents channel.Contents // the bundle
	SubPath  string           // of the volume; empty: its root
	Rules    workspace.Rules
}

var (
	uid    = regexp.MustCompile(`^[0-9a-z-]{1,64}$`)
	digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	hash   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ParseOrder reads the variable COFFERDAM_COMMIT.
func ParseOrder(text []byte) (Order, error) {
	fields, err := strictjson.Object(text)
	if err != nil {
		return Order{}, err
	}
	if err := fields.Exactly("run", "digest", "contents", "subPath", "storage"); err != nil {
		return Order{}, err
	}
	run, err1 := fields.String("run", 64)
	approved, err2 := fields.String("digest", 71)
	subPath, err3 := fields.String("subPath", workspace.MaxPath)
	contents, err4 := strictjson.Object(fields["contents"])
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return Order{}, err
	}
	if err := contents.Exactly("sha256", "bytes"); err != nil {
		return Order{}, err
	}
	sum, err1 := contents.String("sha256", 64)
	size, err2 := contents.Integer("bytes", 1, bundle.MaxBytes)
	rules, err3 := channel.CommitStorage(fields["storage"])
	if err := errors.Join(err1, err2, err3); err != nil {
		return Order{}, err
	}
	switch {
	case !uid.MatchString(run):
		return Order{}, errors.New("run is not a UID")
	case !digest.MatchString(approved), !hash.MatchString(sum):
		return Order{}, errors.New("not a digest")
	case subPath != "" && workspace.CheckPath(subPath) != nil:
		return Order{}, errors.New("subPath is not a path")
	}
	return Order{Run: run, Digest: approved, Contents: channel.Contents{SHA256: sum, Bytes: size}, SubPath: subPath, Rules: rules}, nil
}
