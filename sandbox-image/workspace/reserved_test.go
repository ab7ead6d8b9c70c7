package workspace

import "testing"

func TestNamesOfOursAreNeverWritten(t *testing.T) {
	rules := Rules{Allow: rulesOfCase(t, "rw **")}
	for _, path := range []string{CommitDirectory, CommitDirectory + "/x", "a/.cofferdam-other", "a/" + CommitDirectory + "/b"} {
		if rules.May(Names(path), Write) {
			t.Errorf("%s may be written", path)
		}
	}
	for _, path := range []string{".cofferdam", "cofferdam-commit", "a.cofferdam-"} {
		if !rules.May(Names(path), Write) {
			t.Errorf("%s may not be written", path)
		}
	}
}
