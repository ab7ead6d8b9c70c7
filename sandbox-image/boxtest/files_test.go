//go:build gvisor

package boxtest

import (
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/storagetest"
	"cofferdam.dev/sandbox-image/workspace"
)

func TestAWorkspaceOfAConfigMap(t *testing.T) {
	t.Parallel()
	rules, err := storagetest.Rules(`{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/**/*.key"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	tool := shell("ls -A | cat; stat -c %a a large; cat a; cat b.key; echo more >> a; ls /.cofferdam; grep -c cofferdam /proc/self/mountinfo")
	tool.Storage, tool.Workspace = rules, workspace.Source{Origin: workspace.ConfigMap}
	// More than once: an order that does not fit into a pipe meets what goes on beside it at another place each time.
	for range 8 {
		got := pod{job: tool, configMap: map[string]string{"a": "text\n", "b.key": "secret", "large": strings.Repeat("x", 900<<10)}}.run(t)
		want := "a\nb.key\nlarge\n644\n644\ntext\n0\n"
		if string(got.Stdout) != want || got.Changes == nil || got.Changes.Modified != 1 || got.Changes.Added+got.Changes.Deleted != 0 {
			t.Fatalf("%q, want %q; %q %+v %+v", got.Stdout, want, got.Stderr, got.Changes, got.Result)
		}
	}
}

func TestAConfigMapThatIsNotThereEndsTheRun(t *testing.T) {
	t.Parallel()
	tool := shell("echo ran")
	tool.Storage, tool.Workspace = everything(t), workspace.Source{Origin: workspace.ConfigMap}
	for name, files := range map[string]map[string]string{"no volume": nil, "empty": {}} {
		if got := (pod{job: tool, configMap: files}).run(t); got.Result.Outcome != channel.WorkspaceMissing || len(got.Stdout) > 0 {
			t.Errorf("%s: %+v", name, got.Result)
		}
	}
}
