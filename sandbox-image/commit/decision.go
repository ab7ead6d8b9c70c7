package commit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/changes"
)

// Outcome is how a commit was decided.
type Outcome string

const (
	Committed       Outcome = "Committed"       // the volume has the whole set
	Conflict        Outcome = "Conflict"        // something is not as the run saw it; the volume is as it was
	NotWritable     Outcome = "NotWritable"     // the rules do not let all of it be written, or this user cannot, or there is no room; the volume is as it was
	ContentsInvalid Outcome = "ContentsInvalid" // the bundle is not the approved set; nothing was touched
	ContentsLost    Outcome = "ContentsLost"    // nobody has the bundle; nothing was touched
)

const (
	maxPaths        = 8
	maxMessageBytes = 4096 // of a container's termination message, as the kubelet reads it
)

// Decision is an outcome and the paths that led to it, for people: at most 8, in visible characters.
type Decision struct {
	Outcome Outcome  `json:"outcome"`
	Paths   []string `json:"paths"`
}

// Message is the container's termination message.
func (d Decision) Message() []byte {
	if d.Paths == nil {
		d.Paths = []string{}
	}
	for {
		text, err := json.Marshal(d)
		if err != nil {
			panic(err) // strings always encode
		}
		if len(text) <= maxMessageBytes {
			return text
		}
		d.Paths = d.Paths[:len(d.Paths)-1]
	}
}

// decided is an error that ends a commit with a decision. Any other error may not come again.
type decided struct {
	Decision
	why error // for the log
}

func (d *decided) Error() string { return fmt.Sprintf("%s %q: %v", d.Outcome, d.Paths, d.why) }

func (d *decided) Unwrap() error { return d.why }

func decide(outcome Outcome, why error, paths ...string) error {
	shown := []string{}
	for _, path := range paths {
		if len(shown) < maxPaths {
			shown = append(shown, changes.Shown(path))
		}
	}
	return &decided{Decision{outcome, shown}, why}
}

// of is what an error decides, if it decides anything.
func of(err error) (Decision, bool) {
	var end *decided
	if errors.As(err, &end) {
		return end.Decision, true
	}
	return Decision{}, false
}

var errChanged = errors.New("it is not as the run saw it")

func conflict(path string) error { return decide(Conflict, errChanged, path) }

// What the kernel says where this user may not write, there is no room, or the file system lacks what a commit needs. Trying again does not help.
var lasting = []error{
	unix.EACCES, unix.EPERM, unix.EROFS, unix.ENOSPC, unix.EDQUOT, unix.EXDEV, unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP, unix.ENAMETOOLONG, unix.EFBIG, unix.EMLINK,
}

// What the kernel says where something is not there, or is something else.
var elsewhere = []error{unix.ENOENT, unix.ENOTDIR, unix.ELOOP, unix.EEXIST, unix.ENOTEMPTY, unix.EISDIR}

func isOneOf(err error, of []error) bool {
	return slices.ContainsFunc(of, func(each error) bool { return errors.Is(err, each) })
}

// at says what an error at a path means.
func at(path string, err error) error {
	var end *decided
	switch {
	case err == nil, errors.As(err, &end):
		return err
	case isOneOf(err, elsewhere):
		return decide(Conflict, err, path)
	case isOneOf(err, lasting):
		return decide(NotWritable, err, path)
	default:
		return fmt.Errorf("%s: %w", changes.Shown(path), err)
	}
}
