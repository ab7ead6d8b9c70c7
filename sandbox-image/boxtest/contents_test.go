//go:build gvisor

package boxtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/storagetest"
)

// kept is what a gateway was given.
type kept struct{ bodies [][]byte }

func (k *kept) take(t *testing.T) func(string, io.Reader) int {
	return func(session string, body io.Reader) int {
		text, err := io.ReadAll(body)
		if err != nil || session != "the-session-secret" {
			t.Errorf("session %q: %v", session, err)
			return http.StatusForbidden
		}
		k.bodies = append(k.bodies, text)
		return http.StatusOK
	}
}

func (k *kept) contents() *channel.Contents {
	last := k.bodies[len(k.bodies)-1]
	sum := sha256.Sum256(last)
	return &channel.Contents{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(last))}
}

// read is the last bundle: its manifest, and each item's content.
func (k *kept) read(t *testing.T) (bundle.Manifest, map[string]string) {
	t.Helper()
	if len(k.bodies) == 0 {
		t.Fatal("nothing was put")
	}
	var manifest bundle.Manifest
	contents := map[string]string{}
	err := bundle.Read(bytes.NewReader(k.bodies[len(k.bodies)-1]), func(told bundle.Manifest, _ []byte) error {
		manifest = told
		return nil
	}, func(items []int, content io.Reader) error {
		text, err := io.ReadAll(content)
		for _, i := range items {
			contents[manifest.Items[i].Path] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return manifest, contents
}

func committed(t *testing.T, script string) channel.Job {
	t.Helper()
	rules, err := storagetest.Rules(`{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/**/*.key"}, {uri: "fs:///workspace/secrets"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	tool := ofVolume(shell(script), "")
	tool.Storage, tool.Workspace.Commit = rules, true
	return tool
}

func TestTheContentsOfWhatWasChangedAreKept(t *testing.T) {
	t.Parallel()
	var kept kept
	got := pod{
		job: committed(t, `set -e; echo changed >> a; rm -r gone; echo new > 'dü 🙂 "q"'; mkdir -p deep/er; echo new > deep/er/same; ln -s ../../etc/passwd soft
			head -c 5000000 /dev/zero > large; dd if=/dev/null of=sparse bs=1 seek=3000000 2>/dev/null; chmod 755 mode; chmod 0 shut; mkdir empty; : > nothing`),
		volume: volume(t, "a", "gone/b", "gone/c/d", "mode", "shut", "untouched", "x.key", "secrets/password"),
		keep:   kept.take(t),
	}.run(t)
	if got.Changes == nil || got.Changes.Contents == nil || *got.Changes.Contents != *kept.contents() || len(kept.bodies) != 1 {
		t.Fatalf("%+v, %d bodies, %+v, %s", got.Changes, len(kept.bodies), got.Result, got.Stderr)
	}
	manifest, contents := kept.read(t)
	var told []string
	for i, item := range manifest.Items {
		if i >= len(got.Changes.Items) || item.Item != got.Changes.Items[i] {
			t.Errorf("the manifest's item %d is %+v", i, item)
		}
		line := string(item.Change) + " " + item.Path
		if item.Was != nil {
			line += fmt.Sprintf(" was %04o %d", item.Was.Mode, item.Was.Size)
		}
		if item.Edited {
			line += " edited"
		}
		told = append(told, line)
	}
	want := []string{
		"Modified a was 0644 1", "Added deep/er/same", "Added d\u00fc \U0001f642 \"q\"", "Deleted gone/b was 0644 6", "Deleted gone/c/d was 0644 8", "Added large", "Modified mode was 0644 4",
		"Added nothing", "Modified shut was 0644 4", "Added soft", "Added sparse",
	}
	if !slices.Equal(told, want) || !slices.Equal(manifest.Removed, []string{"gone", "gone/c"}) {
		t.Errorf("%s\nwant\n%s\nremoved %v", strings.Join(told, "\n"), strings.Join(want, "\n"), manifest.Removed)
	}
	for path, want := range map[string]string{
		"a": "achanged\n", "deep/er/same": "new\n", "d\u00fc \U0001f642 \"q\"": "new\n", "large": strings.Repeat("\x00", 5_000_000), "mode": "mode", "nothing": "", "shut": "shut",
		"soft": "../../etc/passwd", "sparse": strings.Repeat("\x00", 3_000_000),
	} {
		if contents[path] != want {
			t.Errorf("%s has %d bytes, %.20q", path, len(contents[path]), contents[path])
		}
		delete(contents, path)
	}
	if len(contents) > 0 {
		t.Errorf("and there is more: %v", contents)
	}
	for _, denied := range []string{"x.key", "secrets/password", "untouched"} {
		if bytes.Contains(kept.bodies[0], []byte(denied)) {
			t.Errorf("the bundle has %s", denied)
		}
	}
}

// What cannot be kept never costs a run its result.
func TestContentsThatAreNotKeptAreNotTold(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]func(string, io.Reader) int{
		"refused":         nil,
		"too large":       func(_ string, body io.Reader) int { return http.StatusRequestEntityTooLarge },
		"the store full":  func(_ string, body io.Reader) int { io.Copy(io.Discard, body); return http.StatusInsufficientStorage },
		"not read at all": func(string, io.Reader) int { return http.StatusOK },
		"cut":             func(string, io.Reader) int { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			got := pod{job: committed(t, "head -c 4000000 /dev/urandom > a; exit 3"), volume: volume(t, "a"), keep: keep}.run(t)
			if got.Result.ExitCode != 3 || got.exitCode != 3 || got.Changes == nil || got.Changes.Modified != 1 || got.Changes.Contents != nil {
				t.Errorf("%+v %+v", got.Result, got.Changes)
			}
		})
	}
}

func TestContentsBeyondTheWorkspacesBoundAreNotPut(t *testing.T) {
	t.Parallel()
	got := pod{
		job:    committed(t, "dd if=/dev/null of=sparse bs=1 seek=20000000"),
		volume: volume(t, "a"),
		keep:   func(_ string, body io.Reader) int { io.Copy(io.Discard, body); return http.StatusOK },
	}.run(t)
	if got.Changes == nil || got.Changes.Added != 1 || got.Changes.Contents != nil {
		t.Errorf("%+v %+v", got.Result, got.Changes)
	}
}

func TestWhatAKilledToolChangedIsKept(t *testing.T) {
	t.Parallel()
	var kept kept
	tool := committed(t, "echo x > new; echo up; sleep 1000")
	got := pod{job: tool, volume: volume(t, "a"), keep: kept.take(t), each: func(conn *gatewaytest.Conn, frame any) {
		if _, ok := frame.(channel.Output); ok {
			conn.Send(`{"type":"stop","reason":"Cancelled"}`)
		}
	}}.run(t)
	if got.Result.Outcome != channel.Stopped || got.Changes == nil || got.Changes.Contents == nil {
		t.Fatalf("%+v %+v", got.Result, got.Changes)
	}
	if _, contents := kept.read(t); contents["new"] != "x\n" {
		t.Errorf("%v", contents)
	}
}

// The replica that takes a run over has nothing of what the one before it was given.
func TestAResumedChannelPutsTheContentsAgain(t *testing.T) {
	t.Parallel()
	var kept kept
	heard := resumed(t, committed(t, "head -c 3000000 /dev/urandom > new"), func(first *gatewaytest.Conn) func(any) {
		return func(frame any) {
			if told, ok := frame.(channel.Changes); ok {
				if told.Contents == nil {
					t.Error("nothing was kept at first")
				}
				first.Drop()
			}
		}
	}, kept.take(t))
	if len(kept.bodies) < 2 || heard.Changes == nil || heard.Changes.Contents == nil || *heard.Changes.Contents != *kept.contents() {
		t.Fatalf("%d bodies, %+v", len(kept.bodies), heard.Changes)
	}
	if !bytes.Equal(kept.bodies[0], kept.bodies[len(kept.bodies)-1]) {
		t.Error("the second bundle is another one")
	}
}

// The bundle is given up where it is, and the builder must be ready for the next. It is slow where files are many: behind the manifest, whoever sends is waiting for more.
func TestAReplicaThatIsLostHalfWayLeavesTheContentsToTheNext(t *testing.T) {
	t.Parallel()
	var kept kept
	var lose func()
	heard := resumed(t, committed(t, "mkdir many; for i in $(seq 3000); do echo $i > many/$i; done"), func(first *gatewaytest.Conn) func(any) {
		lose = first.Drop
		return nil
	}, func(session string, body io.Reader) int {
		if lose == nil {
			return kept.take(t)(session, body)
		}
		if _, err := io.ReadFull(body, make([]byte, 1<<20)); err != nil {
			t.Error(err)
		}
		lose()
		lose = nil
		if n, err := io.Copy(io.Discard, body); err == nil {
			t.Errorf("the first bundle came whole, %d bytes more", n)
		}
		return http.StatusOK
	})
	if heard.Changes == nil || heard.Changes.Contents == nil || *heard.Changes.Contents != *kept.contents() {
		t.Errorf("%d bodies, %+v", len(kept.bodies), heard.Changes)
	}
}

// resumed runs a job of a volume whose first channel begin is told of, and hears at each frame, until that is lost. It returns what came by the next.
func resumed(t *testing.T, tool channel.Job, begin func(first *gatewaytest.Conn) func(frame any), keep func(string, io.Reader) int) (heard gatewaytest.Transcript) {
	t.Helper()
	connections := 0
	pod{job: tool, volume: volume(t, "a"), keep: keep, script: func(request *gatewaytest.Request) {
		connections++
		conn, err := request.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		if connections == 1 {
			tool.Network.Gateway = request.Address()
			each := begin(conn)
			conn.Send(string(gatewaytest.EncodeJob(tool)))
			conn.Listen(time.Now(), each)
			return
		}
		conn.Send(fmt.Sprintf(`{"type":"resumed","gateway":%q}`, request.Address()))
		if heard, err = conn.Listen(time.Now(), nil); err != nil {
			t.Error(err)
		}
		conn.Send(`{"type":"stored"}`)
		conn.Receive()
	}}.run(t)
	return heard
}

// The tool reads a file, somebody changes it, the tool writes it: nobody may commit that over the change.
func TestWhatSomebodyChangesWhileTheToolRunsIsTold(t *testing.T) {
	t.Parallel()
	var kept kept
	source := volume(t, "theirs", "mine", "gone")
	tool := committed(t, "echo up; while [ ! -e go ]; do sleep 0.1; done; echo x >> theirs; echo x >> mine; rm gone")
	got := pod{job: tool, volume: source, keep: kept.take(t), each: func(_ *gatewaytest.Conn, frame any) {
		if _, ok := frame.(channel.Output); ok {
			for _, name := range []string{"theirs", "go"} {
				if err := os.WriteFile(filepath.Join(source, name), []byte("theirs, too"), 0o666); err != nil {
					t.Error(err)
				}
			}
		}
	}}.run(t)
	if got.Changes == nil || got.Changes.Contents == nil {
		t.Fatalf("%+v %+v", got.Result, got.Changes)
	}
	manifest, _ := kept.read(t)
	var edited []string
	for _, item := range manifest.Items {
		if item.Edited {
			edited = append(edited, item.Path)
		}
	}
	if !slices.Equal(edited, []string{"theirs"}) || len(manifest.Items) != 3 {
		t.Errorf("%v of %d", edited, len(manifest.Items))
	}
}

// What a committer keeps in a volume may be of another run, whose files this one is denied.
func TestWhatCommittersKeepIsNotThereForTheTool(t *testing.T) {
	t.Parallel()
	for name, storage := range map[string]string{
		"everything":     `{allow: [{uri: "fs:///workspace/**", access: [read, write]}]}`,
		"but some names": `{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/**/*.key"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var kept kept
			source := volume(t, "a", ".cofferdam-commit/run/new/0")
			tool := committed(t, `ls -A; cat .cofferdam-commit/run/new/0; echo up; while [ ! -e go ]; do sleep 0.1; done; cat .cofferdam-commit/later; ls -A | grep -v '^go$'
				mkdir -p .cofferdam-commit/forged; echo x > .cofferdam-commit/forged/committing; mkdir d; echo x > d/.cofferdam-x; echo x > fine`)
			rules, err := storagetest.Rules(storage)
			if err != nil {
				t.Fatal(err)
			}
			tool.Storage = rules
			got := pod{job: tool, volume: source, keep: kept.take(t), each: func(_ *gatewaytest.Conn, frame any) {
				if _, ok := frame.(channel.Output); ok {
					for _, name := range []string{".cofferdam-commit/later", "go"} {
						if err := os.WriteFile(filepath.Join(source, name), []byte("of another run"), 0o644); err != nil {
							t.Error(err)
						}
					}
				}
			}}.run(t)
			if string(got.Stdout) != "a\nup\na\n" || strings.Count(string(got.Stderr), "No such file") != 2 {
				t.Errorf("%q %q", got.Stdout, got.Stderr)
			}
			want := []changes.Violation{{Path: ".cofferdam-commit/forged/committing", Reason: changes.NotGranted}, {Path: "d/.cofferdam-x", Reason: changes.NotGranted}}
			if got.Changes == nil || len(got.Changes.Items) != 1 || got.Changes.Items[0].Path != "fine" || !slices.Equal(got.Changes.Violations, want) {
				t.Errorf("%+v", got.Changes)
			}
		})
	}
}
