//go:build gvisor

package boxtest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/commit"
)

// bundled is what a gateway gives a committer.
type bundled []byte

func (b bundled) Fetch(_ context.Context, take func(io.Reader) error) error {
	return take(bytes.NewReader(b))
}

// From the tool under gVisor to the volume, and what the next tool sees there.
func TestWhatAToolChangedIsCommittedAndTheNextOneSeesIt(t *testing.T) {
	t.Parallel()
	source := volume(t, "a", "src/b", "src/deep/c", "gone/d", "x.key")
	var kept kept
	const script = `set -e; echo more >> a; mv src moved; rm -r gone; ln -s a soft; chmod 755 moved/deep/c; mkdir -p n/e/w; echo new > n/e/w/file`
	got := pod{job: committed(t, script), volume: source, keep: kept.take(t)}.run(t)
	if got.Changes == nil || got.Changes.Contents == nil {
		t.Fatalf("%+v %+v %s", got.Result, got.Changes, got.Stderr)
	}
	apply := func(order commit.Order) commit.Decision {
		c := &commit.Committer{Order: order, Volume: source, Source: bundled(kept.bodies[0]), Log: slog.New(slog.DiscardHandler)}
		decision, err := c.Commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return decision
	}
	listed := got.Changes.Items // all of them: the set is small
	shown := commit.Shown{Added: got.Changes.Added, Modified: got.Changes.Modified, Deleted: got.Changes.Deleted, Items: len(listed), Digest: got.Changes.Digest}
	order := commit.Order{Run: "01234567", Digest: got.Changes.Digest, Shown: shown, Contents: *got.Changes.Contents, Rules: committed(t, script).Storage}
	before, err := os.ReadFile(filepath.Join(source, "a"))
	if err != nil {
		t.Fatal(err)
	}
	wrong := order
	wrong.Digest = "sha256:" + strings.Repeat("0", 64)
	if decision := apply(wrong); decision.Outcome != commit.ContentsInvalid {
		t.Errorf("%+v", decision)
	}
	if now, err := os.ReadFile(filepath.Join(source, "a")); err != nil || !bytes.Equal(now, before) {
		t.Errorf("%q %v", now, err)
	}
	if decision := apply(order); decision.Outcome != commit.Committed {
		t.Fatalf("%+v", decision)
	}
	give(t, source, 65532, 65532) // here the committer is root, on a cluster it is this user
	next := committed(t, "cat a; find . ! -name '*.key' | sort; stat -c %a moved/deep/c; readlink soft")
	next.Workspace.Commit = false
	if got := (pod{job: next, volume: source}).run(t); string(got.Stdout) != "amore\n.\n./a\n./moved\n./moved/b\n./moved/deep\n./moved/deep/c\n./n\n./n/e\n./n/e/w\n./n/e/w/file\n./soft\n755\na\n" {
		t.Errorf("%+v %q %q", got.Result, got.Stdout, got.Stderr)
	}
	if content, err := os.ReadFile(filepath.Join(source, "x.key")); err != nil || string(content) != "x.key" {
		t.Errorf("%q %v", content, err)
	}
}
