package changes

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/workspace"
)

// Bounds of what comes back of a workspace.
const (
	MaxOutputs     = 16
	MaxOutputBytes = 32 << 10 // of all of them
)

// State says whether an output is there.
type State string

const (
	Present  State = "Present"
	Missing  State = "Missing"
	NoFile   State = "NotAFile" // a directory, a link, or there is a link on the way
	TooLarge State = "TooLarge" // with those before it that are there
	Unknown  State = "Unknown"  // it could not be looked at
)

// Output is a file that was asked for.
type Output struct {
	State   State
	Content []byte // of what is Present
}

// Outputs reads what was asked for, in order, from what a workspace is now. No link is followed, and nothing is read that the rules do not let be read and
// written. The tool and all that it started must be dead.
func Outputs(rules workspace.Rules, now *os.File, paths []string) []Output {
	outputs := make([]Output, len(paths))
	left := int64(MaxOutputBytes)
	for i, path := range paths {
		names := workspace.Names(path)
		if workspace.CheckPath(path) != nil || !rules.May(names, workspace.Read) || !rules.May(names, workspace.Write) {
			outputs[i].State = Unknown
			continue
		}
		outputs[i] = output(now, names, left)
		left -= int64(len(outputs[i].Content))
	}
	return outputs
}

// NoOutputs is what is told where nobody could look.
func NoOutputs(many int) []Output {
	outputs := make([]Output, many)
	for i := range outputs {
		outputs[i].State = Unknown
	}
	return outputs
}

func output(at *os.File, names []string, left int64) Output {
	if len(names) > 1 {
		is, err := stat(at, names[0])
		switch {
		case err != nil:
			return Output{State: Unknown}
		case kind(is) == 0:
			return Output{State: Missing}
		case kind(is) != unix.S_IFDIR:
			return Output{State: NoFile}
		}
		below, err := openDirectory(at, names[0])
		if err != nil {
			return Output{State: Unknown}
		}
		defer below.Close()
		return output(below, names[1:], left)
	}
	is, err := stat(at, names[0])
	switch {
	case err != nil:
		return Output{State: Unknown}
	case kind(is) == 0:
		return Output{State: Missing}
	case kind(is) != unix.S_IFREG:
		return Output{State: NoFile}
	case is.Size > left:
		return Output{State: TooLarge}
	}
	content, err := read(at, names[0], left)
	if err != nil {
		return Output{State: Unknown}
	}
	return Output{State: Present, Content: content}
}

func read(in *os.File, name string, most int64) ([]byte, error) {
	fd, err := open(in, name, unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(content)) > most {
		err = errors.New("it grows")
	}
	return content, err
}
