package commit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/storagetest"
	"cofferdam.dev/sandbox-image/workspace"
)

const everything = `{allow: [{uri: "fs:///workspace/**", access: [read, write]}]}`

// one is a Source of one bundle.
type one []byte

func (o one) Fetch(_ context.Context, take func(io.Reader) error) error {
	return take(bytes.NewReader(o))
}

func rules(t testing.TB, storage string) workspace.Rules {
	t.Helper()
	rules, err := storagetest.Rules(storage)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// write makes a file, and its directories.
func write(t testing.TB, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func volume(t testing.TB, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		write(t, root, name, "old "+name)
	}
	return root
}

// do is what a tool does in its workspace.
func do(t testing.TB, dir, script string) {
	t.Helper()
	command := exec.Command("bash", "-ec", script)
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

// set is what a supervisor makes of a tool that does this to a copy of a volume; the copy is what a commit must come to.
func set(t testing.TB, volume, script string) (Order, one, string) {
	t.Helper()
	now := filepath.Join(t.TempDir(), "now")
	do(t, volume, "cp -a . "+now)
	do(t, now, script)
	return setOf(t, volume, now)
}

func setOf(t testing.TB, volume, now string) (Order, one, string) {
	t.Helper()
	order, text := traced(t, volume, now, time.Now().Add(time.Hour))
	return order, text, now
}

func traced(t testing.TB, volume, now string, since time.Time) (Order, one) {
	t.Helper()
	before, err := os.Open(volume)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	after, err := os.Open(now)
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	granted := rules(t, everything)
	told, trace := changes.FindTraced(granted, before, after, nil, nil, 1<<30, since)
	if trace == nil {
		t.Fatalf("no trace: %+v", told)
	}
	return ordered(t, granted, bundle.Manifest{Items: trace.Items, Removed: trace.Removed}, trace.Open)
}

func ordered(t testing.TB, granted workspace.Rules, manifest bundle.Manifest, open func(int) (io.ReadCloser, error)) (Order, one) {
	t.Helper()
	var text bytes.Buffer
	if err := bundle.Write(&text, manifest, 1<<30, open); err != nil {
		t.Fatal(err)
	}
	var items []changes.Item
	for _, item := range manifest.Items {
		items = append(items, item.Item)
	}
	sum := sha256.Sum256(text.Bytes())
	return Order{
		Run: "01234567-89ab-cdef-0123-456789abcdef", Digest: changes.Digest(items), Shown: shown(items, 3), Rules: granted,
		Contents: channel.Contents{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(text.Len())},
	}, text.Bytes()
}

// shown is what a status has of a set, of which it lists so many at most.
func shown(items []changes.Item, most int) Shown {
	told := Shown{Items: min(most, len(items))}
	for _, item := range items {
		switch item.Change {
		case changes.Added:
			told.Added++
		case changes.Modified:
			told.Modified++
		case changes.Deleted:
			told.Deleted++
		}
	}
	told.Digest = changes.Digest(items[:told.Items])
	return told
}

func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func committer(order Order, volume string, source Source) *Committer {
	return &Committer{Order: order, Volume: volume, Source: source, Log: slog.New(slog.DiscardHandler)}
}

// expect commits and holds it to an outcome.
func expect(t testing.TB, c *Committer, want Outcome, paths ...string) {
	t.Helper()
	decision, err := c.Commit(context.Background())
	if err != nil || decision.Outcome != want || strings.Join(decision.Paths, "|") != strings.Join(paths, "|") {
		t.Errorf("%+v %v, want %s %q", decision, err, want, paths)
	}
}

// snapshot is all that a directory has: kinds, modes and contents. Of the committers' own it has nothing where that is but decisions.
func snapshot(t testing.TB, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		text := info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(content)
			text += fmt.Sprintf(" %d %.20q %x", len(content), content, sum[:4])
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			text += " " + target
		}
		all[name] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if onlyDecisions(t, root) {
		maps.DeleteFunc(all, func(path, _ string) bool { return strings.HasPrefix(path, workspace.CommitDirectory) })
	}
	return all
}

// onlyDecisions tells whether an area has the lock, and of some ended commits what they came to.
func onlyDecisions(t testing.TB, root string) bool {
	t.Helper()
	area := filepath.Join(root, workspace.CommitDirectory)
	runs, err := os.ReadDir(area)
	if err != nil || len(runs) < 2 {
		return false
	}
	for _, run := range runs {
		if run.Name() == lockName {
			continue
		}
		parts, err := os.ReadDir(filepath.Join(area, run.Name()))
		if err != nil || len(parts) != 1 || parts[0].Name() != stateFile {
			return false
		}
		text, err := os.ReadFile(filepath.Join(area, run.Name(), stateFile))
		if err != nil {
			t.Fatal(err)
		}
		var saved state
		if err := json.Unmarshal(text, &saved); err != nil || saved.Phase != ended || len(text) > 8192 {
			return false
		}
	}
	return true
}

func same(t testing.TB, what string, got, want map[string]string) bool {
	t.Helper()
	equal := true
	for path, text := range got {
		if want[path] != text {
			t.Errorf("%s: %q is %s, want %q", what, path, text, want[path])
			equal = false
		}
	}
	for path, text := range want {
		if got[path] == "" {
			t.Errorf("%s: %q is missing, want %s", what, path, text)
			equal = false
		}
	}
	return equal
}

// A child is this program again, as a committer that can be killed or run as another user.
const childOrder = "COMMIT_TEST_CHILD"

type childTask struct {
	Volume, Bundle string
	Storage        string
	Run, Digest    string
	Shown          Shown
	SHA256         string
	Bytes          int64
	KillAt         int // the step at which it kills itself; 0: never
}

func TestMain(m *testing.M) {
	text := os.Getenv(childOrder)
	if text == "" {
		// Nothing here loses its power, and a disk that others keep busy would make a second of each of a thousand commits.
		if memory := "/dev/shm"; os.Getenv("TMPDIR") == "" && unix.Access(memory, unix.W_OK) == nil {
			os.Setenv("TMPDIR", memory)
		}
		os.Exit(m.Run())
	}
	var task childTask
	if err := json.Unmarshal([]byte(text), &task); err != nil {
		panic(err)
	}
	content, err := os.ReadFile(task.Bundle)
	if err != nil {
		panic(err)
	}
	granted, err := storagetest.Rules(task.Storage)
	if err != nil {
		panic(err)
	}
	c := committer(Order{Run: task.Run, Digest: task.Digest, Shown: task.Shown, Rules: granted, Contents: channel.Contents{SHA256: task.SHA256, Bytes: task.Bytes}}, task.Volume, one(content))
	steps := 0
	c.step = func() {
		if steps++; steps == task.KillAt {
			unix.Kill(os.Getpid(), unix.SIGKILL)
			select {}
		}
	}
	decision, err := c.Commit(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(decision.Message())
	os.Exit(0)
}

// inChild prepares a committer in a process of its own.
func inChild(t testing.TB, order Order, volume string, text one) childTask {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bundle")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return childTask{Volume: volume, Bundle: file, Storage: everything, Run: order.Run, Digest: order.Digest, Shown: order.Shown, SHA256: order.Contents.SHA256, Bytes: order.Contents.Bytes}
}

func (c childTask) command() *exec.Cmd {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	command := exec.Command(self)
	command.Env = append(os.Environ(), childOrder+"="+string(text))
	return command
}

// finish runs a committer to its end and returns its message.
func (c childTask) finish(t testing.TB) Decision {
	t.Helper()
	command := c.command()
	var stderr bytes.Buffer
	command.Stderr = &stderr
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return decisionOf(t, text)
}
