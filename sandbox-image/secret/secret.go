// Package secret reads the values that the kubelet has put into the pod for the one run.
package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Dir is where the kubelet puts them: a file a secret, named as the job names it. The box has nothing of it.
const Dir = "/.cofferdam/secrets"

// MostBytes bounds the values of a run, all together: they are in memory several times, as all the forms in which they are looked for.
const MostBytes = 64 << 10

// Secret is one value by its name.
type Secret struct {
	Name  string
	Value []byte
}

// Missing says which of the named are not there.
type Missing struct{ Names []string }

func (e *Missing) Error() string { return fmt.Sprintf("not there: %q", e.Names) }

// TooLarge says with which of the named the bound was passed.
type TooLarge struct{ Names []string }

func (e *TooLarge) Error() string {
	return fmt.Sprintf("the values have more than %d bytes in all, with %q", MostBytes, e.Names)
}

// Read returns the values of the named, in their order. Its error is Missing, TooLarge, or of the file system.
func Read(dir string, names []string) ([]Secret, error) {
	var secrets []Secret
	var missing, beyond []string
	left := int64(MostBytes)
	for _, name := range names {
		value, err := read(filepath.Join(dir, name), left)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, name)
		case err != nil:
			return nil, err
		case int64(len(value)) > left:
			beyond = append(beyond, name)
		default:
			left -= int64(len(value))
			secrets = append(secrets, Secret{name, value})
		}
	}
	if len(missing) > 0 {
		return nil, &Missing{missing}
	}
	if len(beyond) > 0 {
		return nil, &TooLarge{beyond}
	}
	return secrets, nil
}

// read returns at most one byte more than the bound.
func read(name string, bound int64) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // whatever it is, opening it does not wait
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, bound+1))
}
