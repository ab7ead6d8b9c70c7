package changes

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Somebody edits a file after its time was read, and before its content is: what is read then is not what the tool has seen.
func TestAnEditBetweenTheLookAndTheReadingIsSaid(t *testing.T) {
	for name, edit := range map[string]func(path string) error{
		"nobody":   nil,
		"in place": func(path string) error { return os.WriteFile(path, []byte("2"), 0o644) },
		"replaced": func(path string) error {
			return errors.Join(os.WriteFile(path+".new", []byte("2"), 0o644), os.Rename(path+".new", path))
		},
		"larger": func(path string) error { return os.WriteFile(path, []byte("22"), 0o644) },
	} {
		root := t.TempDir()
		path := filepath.Join(root, "a")
		if err := os.WriteFile(path, []byte("1"), 0o644); err != nil {
			t.Fatal(err)
		}
		dir, err := os.Open(root)
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		was, err := stat(dir, "a")
		if err != nil {
			t.Fatal(err)
		}
		if edit != nil {
			edited(t, path, was, edit)
		}
		in := layers{before: dir}
		w := &walk{left: 1 << 20, root: dir, tracer: &tracer{since: time.Now().Add(time.Hour), until: time.Now().Add(time.Hour), left: 1 << 20, items: map[string]traced{}}}
		w.trace([]string{"a"}, in, was, nil)
		if got := w.tracer.items["a"].edited; !w.tracer.lost && got != (edit != nil) {
			t.Errorf("%s: edited %v", name, got)
		}
		if w.tracer.lost != strings.HasPrefix(name, "larger") { // of that nothing is believed at all
			t.Errorf("%s: lost %v", name, w.tracer.lost)
		}
	}
}

// edited edits until the clock of files shows it.
func edited(t *testing.T, path string, was unix.Stat_t, edit func(string) error) {
	t.Helper()
	for {
		if err := edit(path); err != nil {
			t.Fatal(err)
		}
		var now unix.Stat_t
		if err := unix.Lstat(path, &now); err != nil {
			t.Fatal(err)
		}
		if now.Ctim != was.Ctim {
			return
		}
	}
}
