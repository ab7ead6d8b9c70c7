//go:build gvisor

package boxtest

import (
	"fmt"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/storagetest"
	"cofferdam.dev/sandbox-image/workspace"
)

func TestOutputsComeBackAsTheyAreWithSecretsMasked(t *testing.T) {
	t.Parallel()
	rules, err := storagetest.Rules(`{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/key"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	const secret = "correct horse battery staple"
	tool := withSecrets("mkdir out; echo report > out/report.md; cat /run/secrets/a > leak; cp /run/secrets/a closed; chmod 0 closed out; ln -s /run/secrets/a soft; ln -s . way; "+
		"head -c 40000 /dev/zero > large; printf '\\377\\000' > bytes; mkfifo pipe", "a")
	tool.Storage = rules
	tool.Workspace = workspace.InlineSource(files("a", "key")...)
	tool.Workspace.Outputs = []string{"a", "out/report.md", "leak", "closed", "soft", "way/a", "large", "bytes", "pipe", "out", "none", "key"}
	got := pod{job: tool, secrets: map[string]string{"a": secret}}.run(t)
	var told []string
	for _, output := range got.Outputs {
		told = append(told, fmt.Sprintf("%s %q", output.State, output.Content))
	}
	masked := fmt.Sprintf("Present %q", strings.Repeat("*", len(secret)))
	want := []string{`Present "a"`, `Present "report\n"`, masked, masked, `NotAFile ""`, `NotAFile ""`, `TooLarge ""`, `Present "\xff\x00"`, `NotAFile ""`, `NotAFile ""`, `Missing ""`, `Unknown ""`}
	if strings.Join(told, "|") != strings.Join(want, "|") || got.Result.Outcome != channel.Exited {
		t.Errorf("%q\nwant %q\n%+v %s", told, want, got.Result, got.Stderr)
	}
}

func TestOutputsOfAVolumeAndOfAToolThatDies(t *testing.T) {
	t.Parallel()
	tool := ofVolume(shell("echo more >> a; kill -9 $$"), "")
	tool.Storage = everything(t)
	tool.Workspace.Outputs = []string{"a", "b"}
	got := pod{job: tool, volume: volume(t, "a", "b")}.run(t)
	if len(got.Outputs) != 2 || string(got.Outputs[0].Content) != "amore\n" || string(got.Outputs[1].Content) != "b" || got.Result.Outcome != channel.Signaled {
		t.Errorf("%+v %+v", got.Outputs, got.Result)
	}
	none := shell("echo x")
	none.Storage = everything(t)
	if got := (pod{job: none}).run(t); got.Outputs != nil {
		t.Errorf("nothing was asked for: %+v", got.Outputs)
	}
}

func TestAFullWorkspaceLeavesTheToolItsMemory(t *testing.T) {
	tool := shell("dd if=/dev/zero of=big bs=1M count=30; wc -c < big; echo $(head -c 1000000 /dev/zero | tr '\\0' x | wc -c)")
	tool.Storage = everything(t)
	tool.Limits.WorkspaceBytes = 8 << 20
	got := pod{job: tool}.run(t)
	if !strings.Contains(string(got.Stderr), "No space left") || got.Result.Outcome != channel.Exited || !strings.HasSuffix(string(got.Stdout), "\n1000000\n") {
		t.Errorf("%+v %q %q", got.Result, got.Stdout, got.Stderr)
	}
}
