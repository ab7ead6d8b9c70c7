package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kubelets is a directory as the kubelet makes one of a ConfigMap.
func kubelets(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "..1"), 0o755), os.Symlink("..1", filepath.Join(dir, "..data"))); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "..1", name), []byte(content), 0o644), os.Symlink("..data/"+name, filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTheFilesOfAConfigMapAreReadAsTheyAre(t *testing.T) {
	files, err := filesOf(kubelets(t, map[string]string{"a.txt": "text\n", "b": "", ".hidden": "\x00\xff"}))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, file := range files {
		got += fmt.Sprintf("%s %q ", file.Path, file.Content)
	}
	if want := `.hidden "\x00\xff" a.txt "text\n" b "" `; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestFilesBeyondTheirBoundsAreRefused(t *testing.T) {
	half := strings.Repeat("x", mostFileBytes/2)
	if _, err := filesOf(kubelets(t, map[string]string{"a": half, "b": half})); err != nil {
		t.Error(err)
	}
	if _, err := filesOf(kubelets(t, map[string]string{"a": half, "b": half, "c": "x"})); err != errTooManyFiles {
		t.Error(err)
	}
	many := map[string]string{}
	for i := range 257 {
		many[fmt.Sprint(i)] = ""
	}
	if _, err := filesOf(kubelets(t, many)); err != errTooManyFiles {
		t.Error(err)
	}
	if _, err := filesOf(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
