package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/gatewaytest"
)

// The program as the committer's pod runs it: its user, its paths, its environment, and nothing else.
func TestTheCommitterSaysWhatItDecided(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can change the root")
	}
	const user = 65532
	root := t.TempDir()
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(root, "supervisor"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	volume := filepath.Join(root, ".cofferdam/workspace")
	for path, content := range map[string]string{".cofferdam/workspace/repo/a": "old", ".cofferdam/token/token": "the token", "dev/termination-log": ""} {
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		os.Chmod(file, 0o666)
	}
	os.Chown(filepath.Join(volume, "repo"), user, user)
	sum := func(text string) string { hash := sha256.Sum256([]byte(text)); return hex.EncodeToString(hash[:]) }
	manifest := fmt.Sprintf(`{"version":1,"items":[{"change":"Modified","kind":"File","mode":"0600","size":3,"sha256":%q,"path":"a","was":{"kind":"File","mode":"0666","size":3,"sha256":%q},"edited":false}],"removed":[]}`,
		sum("new"), sum("old"))
	var body bytes.Buffer
	archive := tar.NewWriter(&body)
	for _, entry := range [][2]string{{"manifest.json", manifest}, {sum("new"), "new"}} {
		if err := archive.WriteHeader(&tar.Header{Name: entry[0], Size: int64(len(entry[1])), Mode: 0o400, Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		archive.Write([]byte(entry[1]))
	}
	archive.Close()
	gateway := gatewaytest.Start(t, "127.0.0.1:0", func(request *gatewaytest.Request) { request.Refuse(403) })
	gateway.Give(func(token string) (int, []byte) {
		return map[bool]int{true: 200, false: 403}[token == "the token"], body.Bytes()
	})
	digest := changes.Digest([]changes.Item{{Path: "a", Change: changes.Modified, Kind: changes.File, Mode: 0o600, Size: 3, SHA256: sum("new")}})
	order := fmt.Sprintf(`{"run":"0-1","digest":%q,"shown":{"added":0,"modified":1,"deleted":0,"items":1,"digest":%q},"contents":{"sha256":%q,"bytes":%d},"subPath":"repo","storage":{"allow":[{"uri":"fs:///workspace/**","access":["write"]}],"deny":[]}}`,
		digest, digest, sum(body.String()), body.Len())
	run := func(order string) (string, error) {
		committer := exec.Command("/supervisor", "commit")
		committer.Dir = "/"
		committer.Env = []string{"COFFERDAM_GATEWAYS=" + gateway.Address + ",127.0.0.1:1", "COFFERDAM_GATEWAY_NAME=" + gatewaytest.Name, "COFFERDAM_GATEWAY_CA=" + string(gateway.Authorities), "COFFERDAM_COMMIT=" + order}
		committer.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: user, Gid: user}}
		output, err := committer.CombinedOutput()
		return string(output), err
	}
	word := func() string { text, _ := os.ReadFile(filepath.Join(root, "dev/termination-log")); return string(text) }

	if output, err := run(order); err != nil || word() != `{"outcome":"Committed","paths":[]}` {
		t.Fatalf("%v: %s\n%s", err, output, word())
	}
	is, err := os.Stat(filepath.Join(volume, "repo/a"))
	if content, _ := os.ReadFile(filepath.Join(volume, "repo/a")); err != nil || string(content) != "new" || is.Mode() != 0o600 || is.Sys().(*syscall.Stat_t).Uid != user {
		t.Errorf("%q %v %v", content, is, err)
	}
	if names, _ := os.ReadDir(filepath.Join(volume, "repo")); len(names) != 2 || names[0].Name() != ".cofferdam-commit" {
		t.Errorf("%v", names)
	}
	if err := os.WriteFile(filepath.Join(volume, "repo/a"), []byte("their"), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := run(order); err != nil || word() != `{"outcome":"Committed","paths":[]}` { // the run's decision stands
		t.Errorf("%v: %s\n%s", err, output, word())
	}
	if content, _ := os.ReadFile(filepath.Join(volume, "repo/a")); string(content) != "their" {
		t.Errorf("%q", content)
	}
	if output, err := run(strings.Replace(order, `"run":"0-1"`, `"run":"0-2"`, 1)); err != nil || word() != `{"outcome":"Conflict","paths":["a"]}` {
		t.Errorf("%v: %s\n%s", err, output, word())
	}
	if output, err := run(strings.Replace(order, digest, "sha256:"+sum(""), 1)); err != nil || word() != `{"outcome":"ContentsInvalid","paths":[]}` {
		t.Errorf("%v: %s\n%s", err, output, word())
	}
	if output, err := run("{}"); err == nil {
		t.Errorf("no order: %s", output)
	}
}
