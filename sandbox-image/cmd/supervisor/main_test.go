package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestInstallFillsADirectoryAndMayBeRepeated(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		if err := install(dir); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Stat("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Stat(filepath.Join(dir, "supervisor"))
	if err != nil || program.Mode().Perm() != 0o755 || program.Size() != self.Size() {
		t.Errorf("the program: %v (%v)", program, err)
	}
	if root, err := os.Stat(filepath.Join(dir, "root")); err != nil || !root.IsDir() {
		t.Errorf("the mount point: %v (%v)", root, err)
	}
	if err := install(filepath.Join(dir, "missing")); err == nil {
		t.Error("installed into nothing")
	}
}
