// Package commit applies what a tool changed in its workspace to the volume that the workspace began with, once somebody has approved it. It runs in a pod
// that has never run a tool, as the user that tools run as.
//
// What must never break: nothing outside the sub-path is touched, and no link is followed; the volume has all of the set or none of it, whenever the
// program is killed, once it has been run again to its end; what somebody else changed meanwhile is not overwritten. What comes from the sandbox is hostile, and
// so may be whoever else writes to the volume.
package commit

import (
	"encoding/json"
	"errors"
	"regexp"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/strictjson"
	"cofferdam.dev/sandbox-image/workspace"
)

// Order is what was approved.
type Order struct {
	Run      string           // its UID
	Digest   string           // of the set, as changes.Digest computes it
	Shown    Shown            // what whoever approved it could see of it
	Contents channel.Contents // the bundle
	SubPath  string           // of the volume; empty: its root
	Rules    workspace.Rules
}

// Shown is what of a set stands in the run's status. The counts and the list are told by the sandbox beside the digest: only the manifest tells whether they
// belong together.
type Shown struct {
	Added, Modified, Deleted int    // of the whole set
	Items                    int    // how many were listed: the first ones, by path
	Digest                   string // of these alone, as changes.Digest computes it
}

const (
	uid    = `^[0-9a-z-]{1,64}$`
	digest = `^sha256:[0-9a-f]{64}$`
	hash   = `^[0-9a-f]{64}$`
)

// matches compiles where it is asked: a sandbox, which is the same program, would pay for it at every start.
func matches(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }

// ParseOrder reads the variable COFFERDAM_COMMIT.
func ParseOrder(text []byte) (Order, error) {
	fields, err := strictjson.Object(text)
	if err != nil {
		return Order{}, err
	}
	if err := fields.Exactly("run", "digest", "shown", "contents", "subPath", "storage"); err != nil {
		return Order{}, err
	}
	run, err1 := fields.String("run", 64)
	approved, err2 := fields.String("digest", 71)
	subPath, err3 := fields.String("subPath", workspace.MaxPath)
	contents, err4 := strictjson.Object(fields["contents"])
	shown, err5 := shownOf(fields["shown"])
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
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
	case !matches(uid, run):
		return Order{}, errors.New("run is not a UID")
	case !matches(digest, approved), !matches(hash, sum):
		return Order{}, errors.New("not a digest")
	case subPath != "" && workspace.CheckPath(subPath) != nil:
		return Order{}, errors.New("subPath is not a path")
	}
	return Order{Run: run, Digest: approved, Shown: shown, Contents: channel.Contents{SHA256: sum, Bytes: size}, SubPath: subPath, Rules: rules}, nil
}

func shownOf(raw json.RawMessage) (Shown, error) {
	fields, err := strictjson.Object(raw)
	if err != nil {
		return Shown{}, err
	}
	if err := fields.Exactly("added", "modified", "deleted", "items", "digest"); err != nil {
		return Shown{}, err
	}
	var counts [4]int64
	for i, key := range []string{"added", "modified", "deleted", "items"} {
		if counts[i], err = fields.Integer(key, 0, changes.MaxItems+1); err != nil {
			return Shown{}, err
		}
	}
	of, err := fields.String("digest", 71)
	if err == nil && !matches(digest, of) {
		err = errors.New("shown: not a digest")
	}
	return Shown{Added: int(counts[0]), Modified: int(counts[1]), Deleted: int(counts[2]), Items: int(counts[3]), Digest: of}, err
}

// isOf tells whether this is what could be seen of a set.
func (s Shown) isOf(items []changes.Item) bool {
	counts := map[changes.Change]int{}
	for _, item := range items {
		counts[item.Change]++
	}
	return counts[changes.Added] == s.Added && counts[changes.Modified] == s.Modified && counts[changes.Deleted] == s.Deleted &&
		s.Items <= len(items) && changes.Digest(items[:s.Items]) == s.Digest
}
