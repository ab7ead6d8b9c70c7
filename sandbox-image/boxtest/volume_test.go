//go:build gvisor

package boxtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/storagetest"
	"cofferdam.dev/sandbox-image/workspace"
)

// volume is a directory on this machine with files whose content is their own path. They belong to the tool's user, as in a volume that was filled for it.
func volume(t testing.TB, paths ...string) string {
	t.Helper()
	root := t.TempDir()
	for dir := root; dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil && dir == root {
			t.Fatal(err)
		}
		if filepath.Dir(dir) == os.TempDir() {
			break
		}
	}
	for _, path := range paths {
		name := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(path), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	give(t, root, 65532, 65532)
	return root
}

func give(t testing.TB, root string, uid, gid int) {
	t.Helper()
	err := filepath.Walk(root, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// contents is all that a directory has: what a run must leave as it is.
func contents(t *testing.T, root string) string {
	t.Helper()
	var text strings.Builder
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "%s %s %d", path, info.Mode(), info.ModTime().UnixNano())
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&text, " %q", content)
		}
		text.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func ofVolume(tool channel.Job, subPath string) channel.Job {
	tool.Workspace = workspace.Source{Origin: workspace.Volume, SubPath: subPath}
	return tool
}

// The same table as for files of a job: the rules do not ask where a file comes from.
func TestAWorkspaceOfAVolumeIsWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	for _, section := range storagetest.Sections(workspaceTable) {
		t.Run(section.Title, func(t *testing.T) {
			rules, err := storagetest.Rules(section.YAML)
			if err != nil {
				t.Fatal(err)
			}
			tool := ofVolume(job("python3", "-c", operations), "")
			tool.Storage = rules
			var input []string
			for _, row := range section.Rows {
				input = append(input, row[0])
			}
			tool.Stdin = []byte(strings.Join(input, "\n") + "\n")
			source := volume(t, section.Files...)
			before := contents(t, source)
			got := pod{job: tool, volume: source, rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS")}.run(t)
			outcomes := lines(got.Stdout)
			if got.Result.Outcome != channel.Exited || len(outcomes) != len(section.Rows) {
				t.Fatalf("%+v, %d outcomes of %d operations, %s", got.Result, len(outcomes), len(section.Rows), got.Stderr)
			}
			for i, row := range section.Rows {
				if outcomes[i] != row[1] {
					t.Errorf("%s: %s, want %s", row[0], outcomes[i], row[1])
				}
			}
			if after := contents(t, source); after != before {
				t.Errorf("the source was\n%s\nand is\n%s", before, after)
			}
		})
	}
}

func TestChangesOfAVolumeAreTold(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct{ script, want string }{
		"nothing":       {"cat a; touch -c a; chmod 644 a", ""},
		"written alike": {"printf in/it/a > a; mv src/b src/c; mv src/c src/b; mv src moved; mv moved src", ""},
		"all kinds": {"echo changed >> a; rm src/b; mkdir d; echo x > d/new; ln -s /etc/passwd soft; chmod 755 src/deep/c",
			"Modified a|Added d/new|Added soft|Deleted src/b|Modified src/deep/c"},
		"a directory moved":      {"mv src moved", "Added moved/b|Added moved/deep/c|Deleted src/b|Deleted src/deep/c"},
		"a directory made anew":  {"rm -r src; mkdir src; echo x > src/b", "Modified src/b|Deleted src/deep/c"},
		"a file for a directory": {"rm -r src; echo x > src", "Added src|Deleted src/b|Deleted src/deep/c"},
		"a directory for a file": {"rm a; mkdir a; echo x > a/b", "Deleted a|Added a/b"},
		"of a directory moved":   {"mv src/deep deep; echo more >> deep/c; chmod 0 deep", "Added deep/c|Deleted src/deep/c"},
		"far below":              {"echo x > out/there/new", "Added out/there/new"},
	} {
		t.Run(name, func(t *testing.T) {
			tool := ofVolume(job("sh", "-c", each.script), "in/it")
			rules, err := storagetest.Rules(`{allow: [{uri: "fs:///workspace/**", access: [read, write]}, {uri: "fs:///workspace/out/there", access: [write]}], deny: [{uri: "fs:///workspace/**/*.key"}]}`)
			if err != nil {
				t.Fatal(err)
			}
			tool.Storage = rules
			source := volume(t, "in/it/a", "in/it/src/b", "in/it/src/deep/c", "in/it/b.key", "in/other", "above")
			before := contents(t, source)
			got := pod{job: tool, volume: source}.run(t)
			if got.Changes == nil || !got.Changes.Complete || got.Changes.Digest == "" {
				t.Fatalf("changes %+v, result %+v, %s", got.Changes, got.Result, got.Stderr)
			}
			var told []string
			for _, item := range got.Changes.Items {
				told = append(told, string(item.Change)+" "+item.Path)
			}
			for _, violation := range got.Changes.Violations {
				told = append(told, string(violation.Reason)+" "+violation.Path)
			}
			if strings.Join(told, "|") != each.want {
				t.Errorf("%s\nwant %s\nstdout %s, stderr %s", strings.Join(told, "|"), each.want, got.Stdout, got.Stderr)
			}
			if after := contents(t, source); after != before {
				t.Errorf("the source was\n%s\nand is\n%s", before, after)
			}
		})
	}
}

func TestOnlyTheSubPathOfAVolumeIsThere(t *testing.T) {
	t.Parallel()
	tool := ofVolume(shell("cat a; ls -A . ..; cat ../above; ls /.cofferdam; grep -c cofferdam /proc/self/mountinfo"), "in")
	tool.Storage = everything(t)
	got := pod{job: tool, volume: volume(t, "in/a", "above")}.run(t)
	if !strings.HasPrefix(string(got.Stdout), "in/a.:\na\n\n..:\n") || strings.Contains(string(got.Stdout), "above") {
		t.Errorf("%q %q", got.Stdout, got.Stderr)
	}
}

// What a link leads to is found by the tool, within what it may see; a link that may be accessed otherwise than what is around it is not shown.
func TestLinksOfAVolume(t *testing.T) {
	t.Parallel()
	tool := ofVolume(job("sh", "-c", "cat to-a; echo; cat to-key; cat b.key; ls -A; readlink out; cat out; rm b.key; ln -sf a b.key; mv b.key c; echo $?"), "")
	rules, err := storagetest.Rules(`{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/**/*.key"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	tool.Storage = rules
	source := volume(t, "a", "secret.key")
	for link, target := range map[string]string{"to-a": "a", "to-key": "secret.key", "b.key": "a", "out": "/.cofferdam/token/token"} {
		if err := os.Symlink(target, filepath.Join(source, link)); err != nil {
			t.Fatal(err)
		}
	}
	give(t, source, 65532, 65532)
	got := pod{job: tool, volume: source}.run(t)
	want := "a\na\nb.key\nout\nsecret.key\nto-a\nto-key\n/.cofferdam/token/token\n1\n"
	if string(got.Stdout) != want || got.Changes == nil || len(got.Changes.Items) != 0 {
		t.Errorf("%q, want %q; %q %+v", got.Stdout, want, got.Stderr, got.Changes)
	}
}

func TestASourceThatIsNotThereEndsTheRun(t *testing.T) {
	t.Parallel()
	source := volume(t, "a", "dir/b")
	if err := os.Symlink("dir", filepath.Join(source, "link")); err != nil {
		t.Fatal(err)
	}
	for _, subPath := range []string{"nothing", "a", "a/b", "link", "link/b", "dir/b"} {
		tool := ofVolume(shell("echo ran"), subPath)
		tool.Storage = everything(t)
		if got := (pod{job: tool, volume: source}).run(t); got.Result.Outcome != channel.WorkspaceMissing || len(got.Stdout) > 0 {
			t.Errorf("%s: %+v %s", subPath, got.Result, got.Stdout)
		}
	}
	tool := ofVolume(shell("echo ran"), "")
	tool.Storage = everything(t)
	if got := (pod{job: tool}).run(t); got.Result.Outcome != channel.WorkspaceMissing {
		t.Errorf("no volume: %+v", got.Result)
	}
}

func TestWhatTheToolCouldNotReadIsNamedBeforeItStarts(t *testing.T) {
	t.Parallel()
	source := volume(t, "mine", "theirs", "sub/a\nb", "closed/c", "denied/key")
	for path, mode := range map[string]os.FileMode{"mine": 0o600, "theirs": 0o600, "sub/a\nb": 0o600, "closed": 0o700, "denied": 0o700} {
		if path != "mine" {
			give(t, filepath.Join(source, path), 1000, 1000)
		}
		if err := os.Chmod(filepath.Join(source, path), mode); err != nil {
			t.Fatal(err)
		}
	}
	tool := ofVolume(shell("echo ran"), "")
	rules, err := storagetest.Rules(`{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/denied"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	tool.Storage = rules
	got := pod{job: tool, volume: source}.run(t)
	want := []string{"closed", `sub/a\nb`, "theirs"}
	if got.Result.Outcome != channel.WorkspaceNotReadable || !slices.Equal(got.Result.Paths, want) {
		t.Errorf("%+v, want %q", got.Result, want)
	}
	give(t, source, 1000, 65532) // readable by the group, as a volume that was filled by others
	for _, path := range []string{"theirs", "sub/a\nb", "mine"} {
		if err := os.Chmod(filepath.Join(source, path), 0o660); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(source, "closed"), 0o770); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(source, 0o770); err != nil {
		t.Fatal(err)
	}
	tool.Argv = []string{"sh", "-c", "cat theirs; echo; echo more >> theirs && echo x > closed/new && mv closed moved && cat moved/c"}
	if got := (pod{job: tool, volume: source}).run(t); string(got.Stdout) != "theirs\nclosed/c" || got.Changes == nil || got.Changes.Modified != 1 || got.Changes.Added != 2 || got.Changes.Deleted != 1 {
		t.Errorf("%+v %q %q %+v", got.Result, got.Stdout, got.Stderr, got.Changes)
	}
}
