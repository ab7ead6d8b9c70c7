package box

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// image makes an image of a few files, and takes the place of the usual directories.
func programImage(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	bin := filepath.Join(root, "bin")
	usual := searchPath
	searchPath = []string{filepath.Join(root, "usr/local/bin"), bin}
	t.Cleanup(func() { searchPath = usual })
	for name, content := range map[string]string{
		"busybox": "ELF busybox", "python3.11": "ELF python", "git": "ELF git", "many": "ELF many", "node": "ELF node", "env": "ELF env",
		"script": "#!" + bin + "/python3 -I\n", "by-env": "#! " + bin + "/env -S A=b node --x\n", "loop": "#!" + bin + "/loop\n",
	} {
		if err := os.MkdirAll(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(bin, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"sh", "cat", "nc"} {
		os.Symlink("busybox", filepath.Join(bin, name))
	}
	os.Symlink("python3.11", filepath.Join(bin, "python3"))
	for i := range namesOfOneProgram + 1 {
		os.Symlink("many", filepath.Join(bin, "one-of-many-"+string(rune('a'+i))))
	}
	return bin
}

func became(t *testing.T, path, name string) loaded {
	t.Helper()
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		t.Fatal(err)
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return loaded{file: identify(&stat), links: uint64(stat.Nlink), path: resolved, name: name}
}

func TestWhatMayRun(t *testing.T) {
	bin := programImage(t)
	for _, each := range []struct {
		own      string
		commands []string
		path     string
		name     string
		allowed  bool
		calledAs string
	}{
		{"git", nil, "git", "git", true, ""},
		{"git", nil, "git", "whatever", true, ""},
		{"git", nil, "node", "git", false, ""},
		{bin + "/git", nil, "git", "git", true, ""},
		{"git", []string{"python3"}, "python3", "python3", true, ""},
		{"git", []string{"python3"}, "python3.11", "python", true, ""},
		{"git", []string{bin + "/python3"}, "python3", "python3", true, ""},
		{"git", []string{"no-such-program"}, "node", "node", false, ""},
		{"git", []string{bin}, "node", "node", false, ""},
		{"git", []string{"*"}, "node", "node", true, ""},
		{"git", []string{"*"}, "nc", "nc", true, "nc"},
		{"sh", nil, "sh", "sh", true, "sh"},
		{"sh", nil, "cat", "cat", false, "cat"},
		{"sh", nil, "sh", "cat", false, "cat"},
		{"sh", nil, "busybox", "busybox", false, "busybox"},
		{"sh", []string{"cat"}, "cat", "cat", true, "cat"},
		{"sh", []string{"cat"}, "cat", "nc", false, "nc"},
		{"sh", []string{"cat"}, "cat", "", false, ""},
		{"sh", []string{"busybox"}, "cat", "nc", true, "nc"},
		{"one-of-many-a", nil, "one-of-many-a", "one-of-many-a", true, ""},
		{"one-of-many-a", nil, "one-of-many-a", "one-of-many-b", false, "one-of-many-b"},
		{"script", nil, "script", "script", true, ""},
		{"script", nil, "python3", "python3", true, ""},
		{"by-env", nil, "env", "env", true, ""},
		{"by-env", nil, "node", "node", true, ""},
		{"by-env", nil, "git", "git", false, ""},
		{"loop", nil, "loop", "loop", true, ""},
	} {
		programs := newPrograms(each.own, Exec{Commands: each.commands})
		allowed, calledAs := programs.decide(became(t, filepath.Join(bin, each.path), each.name))
		if allowed != each.allowed || calledAs != each.calledAs {
			t.Errorf("%s with %v: %s as %q: %v %q", each.own, each.commands, each.path, each.name, allowed, calledAs)
		}
	}
}

// Many names by hard links: the kernel tells the path that was used, which says nothing.
func TestHardLinksAreNamesToo(t *testing.T) {
	bin := programImage(t)
	for i := range namesOfOneProgram + 1 {
		if err := os.Link(filepath.Join(bin, "git"), filepath.Join(bin, "git-"+string(rune('a'+i)))); err != nil {
			t.Fatal(err)
		}
	}
	programs := newPrograms("git-a", Exec{})
	if allowed, _ := programs.decide(became(t, filepath.Join(bin, "git-a"), "git-a")); !allowed {
		t.Error("its own name is refused")
	}
	if allowed, calledAs := programs.decide(became(t, filepath.Join(bin, "git-a"), "git-b")); allowed || calledAs != "git-b" {
		t.Error("another name is allowed")
	}
}

// Everything of the image is not everything: a file of no image, such as one in memory, lies on another device.
func TestEverythingIsOfTheImage(t *testing.T) {
	bin := programImage(t)
	fd, err := unix.MemfdCreate("git", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		t.Fatal(err)
	}
	programs := newPrograms(bin+"/git", Exec{Commands: []string{AnyProgram}})
	if allowed, _ := programs.decide(loaded{file: identify(&stat), links: 1, path: "/memfd:git (deleted)", name: "git"}); allowed {
		t.Error("a file in memory is allowed")
	}
}
