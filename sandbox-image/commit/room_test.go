package commit

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/changes"
)

var longAgo = time.Unix(1, 0)

// itemOf is an added file.
func itemOf(content, path string) changes.Traced {
	return changes.Traced{Item: changes.Item{Path: path, Change: changes.Added, Kind: changes.File, Mode: 0o644, Size: int64(len(content)), SHA256: hashOf(content)}}
}

func reader(content string) func(int) (io.ReadCloser, error) {
	return func(int) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }
}

func decisionOf(t testing.TB, text []byte) Decision {
	t.Helper()
	var decision Decision
	if err := json.Unmarshal(text, &decision); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return decision
}

// mounted is a tmpfs of so many bytes, made anew. It needs root.
func mounted(t *testing.T, bytes int) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	root := t.TempDir()
	if err := unix.Mount("tmpfs", root, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0755", bytes)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(root, unix.MNT_DETACH) })
	return root
}

func TestWhereThereIsNoRoomNothingIsTouched(t *testing.T) {
	root := mounted(t, 1<<20)
	write(t, root, "a", strings.Repeat("old", 100_000))
	order, text, _ := set(t, root, "rm a; for i in $(seq 20); do head -c 50000 /dev/urandom > n$i; done")
	before := snapshot(t, root)
	decision, err := committer(order, root, text).Commit(t.Context())
	if err != nil || decision.Outcome != NotWritable {
		t.Errorf("%+v %v", decision, err)
	}
	same(t, "refused", snapshot(t, root), before)
}

func TestAVolumeThatCannotBeWrittenIsLeftAlone(t *testing.T) {
	root := mounted(t, 1<<20)
	write(t, root, "a", "old")
	order, text, _ := set(t, root, "echo x > a")
	if err := unix.Mount("", root, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	decision, err := committer(order, root, text).Commit(t.Context())
	if err != nil || decision.Outcome != NotWritable {
		t.Errorf("%+v %v", decision, err)
	}
}

// A mount below the directory is another file system: what is in it cannot be exchanged.
func TestAnotherFileSystemBelowIsLeftAlone(t *testing.T) {
	root := mounted(t, 1<<20)
	write(t, root, "a", "old")
	write(t, root, "m/b", "old")
	order, text, _ := set(t, root, "echo x > a; echo y > m/b")
	below := filepath.Join(root, "m")
	if err := unix.Mount("tmpfs", below, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(below, unix.MNT_DETACH) })
	write(t, root, "m/b", "old")
	before := snapshot(t, root)
	expect(t, committer(order, root, text), NotWritable, "m/b")
	same(t, "refused", snapshot(t, root), before)
}

// The committer is nobody's root: what the user of tools may not write, it names.
func TestWhatTheUserMayNotWriteIsNamed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	const tools = 65532
	for name, each := range map[string]struct {
		closed, script string
		want           Outcome
		paths          []string
	}{
		"all is theirs":               {"true", "echo x > a; echo y > d/b; rm e/c; mkdir n; echo z > n/n", Committed, []string{}},
		"a directory is not":          {"chown 0 d; chmod 755 d", "echo x > a; rm d/b; echo y > d/n", NotWritable, []string{"d/b", "d/n"}},
		"a file is not, its place is": {"chown 0 a", "echo x > a", Committed, []string{}},
		"a file cannot be read":       {"chown 0 a; chmod 600 a", "echo x > a", NotWritable, []string{"a"}},
		"the root is not":             {"chown 0 .; chmod 755 .", "echo x > d/b", NotWritable, []string{".cofferdam-commit"}},
		"a sticky directory":          {"chown 0 d d/b; chmod 1777 d", "echo x > a; echo y > d/b", NotWritable, []string{"d/b"}},
		"a directory to remove":       {"chown 0 e; chmod 777 e", "rm -r e", Committed, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			root := volume(t, "a", "d/b", "e/c")
			for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
				os.Chmod(dir, 0o755)
			}
			do(t, root, fmt.Sprintf("chown -R %d:%d .; %s", tools, tools, each.closed))
			order, text, now := set(t, root, each.script)
			task := inChild(t, order, root, text)
			for _, path := range []string{filepath.Dir(filepath.Dir(task.Bundle)), filepath.Dir(task.Bundle)} {
				os.Chmod(path, 0o755)
			}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			copied := filepath.Join(filepath.Dir(task.Bundle), "committer")
			do(t, "/", "cp "+self+" "+copied+"; chmod 755 "+copied)
			before := snapshot(t, root)
			command := task.command()
			command.Path = copied
			command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: tools, Gid: tools}}
			output, err := command.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			if got := decisionOf(t, output); got.Outcome != each.want || !slices.Equal(got.Paths, each.paths) {
				t.Errorf("%+v, want %s %q", got, each.want, each.paths)
			}
			if each.want == Committed {
				before = snapshot(t, now)
				if name == "a directory to remove" {
					delete(before, "e")
				}
			}
			same(t, name, snapshot(t, root), before)
		})
	}
}

func TestManyFiles(t *testing.T) {
	root := t.TempDir()
	for i := range 5000 {
		write(t, root, fmt.Sprintf("d%d/f%d", i%50, i), fmt.Sprint("old ", i))
	}
	order, text, now := set(t, root, "mv d1 moved; for d in d*; do for f in $d/*; do echo more >> $f; done; done; for i in $(seq 4800); do echo $i > d2/n$i; done; rm d3/*")
	begun := time.Now()
	expect(t, committer(order, root, text), Committed)
	t.Logf("%d bytes of a bundle, %v", len(text), time.Since(begun))
	same(t, "committed", snapshot(t, root), snapshot(t, now))
}
