//go:build gvisor

package boxtest

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/storagetest"
	"cofferdam.dev/sandbox-image/workspace"
)

var (
	//go:embed workspace/operations.py
	operations string
	//go:embed workspace/table.md
	workspaceTable string
)

func TestTheWorkspaceIsWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	rows := 0
	for _, section := range storagetest.Sections(workspaceTable) {
		rows += len(section.Rows)
		t.Run(section.Title, func(t *testing.T) {
			rules, err := storagetest.Rules(section.YAML)
			if err != nil {
				t.Fatal(err)
			}
			tool := job("python3", "-c", operations)
			tool.Storage, tool.Workspace = rules, workspace.InlineSource(files(section.Files...)...)
			var input []string
			for _, row := range section.Rows {
				input = append(input, row[0])
			}
			tool.Stdin = []byte(strings.Join(input, "\n") + "\n")
			got := pod{job: tool, rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS")}.run(t)
			if got.Result.Outcome != channel.Exited || got.Result.ExitCode != 0 {
				t.Fatalf("%+v, %s", got.Result, got.Stderr)
			}
			outcomes := lines(got.Stdout)
			if len(outcomes) != len(section.Rows) {
				t.Fatalf("%d outcomes of %d operations", len(outcomes), len(section.Rows))
			}
			for i, row := range section.Rows {
				if outcomes[i] != row[1] {
					t.Errorf("%s: %s, want %s", row[0], outcomes[i], row[1])
				}
			}
		})
	}
	if rows < 60 {
		t.Errorf("the table has %d rows", rows)
	}
}

// files are a source in which the content of each file is its own path.
func files(paths ...string) []workspace.File {
	var files []workspace.File
	for _, path := range paths {
		files = append(files, workspace.File{Path: path, Content: []byte(path)})
	}
	return files
}

func TestWhatTheToolChangedIsTold(t *testing.T) {
	t.Parallel()
	const rules = `{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/secrets"}, {uri: "fs:///workspace/**/*.key"}]}`
	for name, each := range map[string]struct{ rules, script, want string }{
		"nothing":       {rules, "cat a; touch -c a; chmod 644 a", ""},
		"written alike": {rules, "printf a > a; mv src/b src/c; mv src/c src/b; mv src moved; mv moved src", ""},
		"all kinds": {rules, "echo changed >> a; rm src/b; mkdir d; echo x > d/new; ln -s /etc/passwd soft; chmod 755 src/deep/c",
			"Modified a File 0644 9|Added d/new File 0644 2|Added soft Symlink 0777 11|Deleted src/b|Modified src/deep/c File 0755 10"},
		"a directory moved":     {rules, "mv src moved", "Added moved/b File 0644 5|Added moved/deep/c File 0644 10|Deleted src/b|Deleted src/deep/c"},
		"a directory made anew": {rules, "rm -r src; mkdir src; echo x > src/b", "Modified src/b File 0644 2|Deleted src/deep/c"},
		"what is denied":        {rules, "echo x > new.key; mkfifo p; echo y > ok; echo z > secrets/x; rm secrets/key", "Added ok File 0644 2|NotGranted new.key|NotAFile p"},
		"closed to ourselves":   {rules, "mkdir d; echo x > d/f; chmod 0 d/f d", "Added d/f File 0000 2"},
		"left running":          {rules, "(while :; do echo x >> log; done) & while ! [ -s log ]; do :; done; rm src/b", "Added log|Deleted src/b"},
		"killed":                {rules, "echo x > new; kill -9 $$", "Added new File 0644 2"},
		"only dropped": {`{allow: [{uri: "fs:///workspace", access: [read]}, {uri: "fs:///workspace/src", access: [write]}], deny: [{uri: "fs:///workspace/src", access: [read]}]}`,
			"ls src; echo x > src/b; echo y > src/new", "Modified src/b File 0644 2|Added src/new File 0644 2"},
		"dropped on what is denied": {`{allow: [{uri: "fs:///workspace", access: [read]}, {uri: "fs:///workspace/src", access: [write]}], deny: [{uri: "fs:///workspace/src", access: [read]}, {uri: "fs:///workspace/src/deep"}]}`,
			"ls src; mkdir src/deep; echo x > src/deep/c; echo y > src/new", "Added src/new File 0644 2|NotGranted src/deep/c"},
		"one of several": {`{allow: [{uri: "fs:///workspace/src", access: [read, write]}]}`, "echo x > src/new; ls", "Added src/new File 0644 2"},
	} {
		t.Run(name, func(t *testing.T) {
			storage, err := storagetest.Rules(each.rules)
			if err != nil {
				t.Fatal(err)
			}
			tool := job("sh", "-c", each.script)
			tool.Storage, tool.Workspace = storage, workspace.InlineSource(files("a", "src/b", "src/deep/c", "secrets/key", "b.key")...)
			got := pod{job: tool}.run(t)
			if got.Changes == nil || !got.Changes.Complete || got.Changes.Digest == "" {
				t.Fatalf("changes %+v, result %+v, %s", got.Changes, got.Result, got.Stderr)
			}
			var told []string
			for _, item := range got.Changes.Items {
				line := string(item.Change) + " " + item.Path
				if item.Change != changes.Deleted && item.Path != "log" {
					line += fmt.Sprintf(" %s %04o %d", item.Kind, item.Mode, item.Size)
				}
				told = append(told, line)
			}
			for _, violation := range got.Changes.Violations {
				told = append(told, string(violation.Reason)+" "+violation.Path)
			}
			if strings.Join(told, "|") != each.want {
				t.Errorf("%s\nwant %s\nstdout %s, stderr %s", strings.Join(told, "|"), each.want, got.Stdout, got.Stderr)
			}
		})
	}
	if got := (pod{job: shell("echo x > /workspace/a")}).run(t); got.Changes != nil {
		t.Errorf("scratch space has changed: %+v", got.Changes)
	}
}

// Without userxattr, such a tool would end the sandbox's kernel: look again at every new version of gVisor.
func TestADirectoryThatTheToolMadeCanBeMovedAndMadeAgain(t *testing.T) {
	t.Parallel()
	tool := shell("mkdir x && mv x y && rm -r src && mkdir src && mkdir -p src/deep && rmdir y && echo whole")
	tool.Storage, tool.Workspace = everything(t), workspace.InlineSource(files("src/deep/a")...)
	if got := (pod{job: tool}).run(t); string(got.Stdout) != "whole\n" || got.Result.ExitCode != 0 {
		t.Errorf("%+v %s %s", got.Result, got.Stdout, got.Stderr)
	}
}

func TestAFullWorkspaceIsTheToolsProblem(t *testing.T) {
	t.Parallel()
	tool := shell("head -c 100000000 /dev/zero > big; wc -c < big > /dev/null && echo full; chmod 600 a; rm big; echo more > b; cat a")
	tool.Storage, tool.Workspace = everything(t), workspace.InlineSource(files("a")...)
	got := pod{job: tool}.run(t)
	if !strings.Contains(string(got.Stderr), "No space left") || string(got.Stdout) != "full\na" || got.Result.ExitCode != 0 {
		t.Errorf("%+v %q %q", got.Result, got.Stdout, got.Stderr)
	}
	full := shell("head -c 100000000 /dev/zero > big; mkdir d; chmod 0 d")
	full.Storage = everything(t)
	if got := (pod{job: full}).run(t); got.Changes == nil || got.Result.Outcome != channel.Exited {
		t.Errorf("%+v %+v", got.Changes, got.Result)
	}
}

func everything(t testing.TB) workspace.Rules {
	t.Helper()
	rules, err := storagetest.Rules(`{allow: [{uri: "fs:///workspace/**", access: [read, write]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}
