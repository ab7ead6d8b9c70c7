package box

import (
	"os"
	"path/filepath"
	"testing"
)

func TestEachPlaceKeepsItsOwnAuthoritiesAndWhatCannotBeReadIsLeft(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	large := write("large", make([]byte, maxAuthorities+1))
	one, other := write("one", []byte("A")), write("other", []byte("B\n"))
	got := withAuthority([]string{large, filepath.Join(dir, "none"), one, dir, other}, []byte("RUN"))
	if len(got) != 2 || got[0].place != one || string(got[0].content) != "A\nRUN" || got[1].place != other || string(got[1].content) != "B\n\nRUN" {
		t.Errorf("got %q", got)
	}
}
