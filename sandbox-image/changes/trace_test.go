package changes_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/storagetest"
)

// longAgo is before all files of a test.
var longAgo = time.Unix(1, 0)

func traced(t *testing.T, before, now string, since time.Time, drops ...changes.Drop) (changes.Set, *changes.Trace) {
	t.Helper()
	rules, err := storagetest.Rules(everything)
	if err != nil {
		t.Fatal(err)
	}
	return changes.FindTraced(rules, opened(t, before), opened(t, now), nil, drops, 1<<20, since)
}

func TestATraceHasWhatWasAndWhatIs(t *testing.T) {
	before := tree(t, map[string]string{"same": "1", "content": "1", "size": "1", "gone": "12", "d/gone": "1", "d/e/gone": "1", "kept/a": "1", "kept/b": "1"})
	now := tree(t, map[string]string{"same": "1", "content": "2", "size": "333", "new/deep": "1", "kept/a": "1"})
	if err := os.Symlink("far/away", filepath.Join(now, "soft")); err != nil {
		t.Fatal(err)
	}
	set, trace := traced(t, before, now, time.Now().Add(time.Hour))
	if !set.Complete || trace == nil {
		t.Fatalf("%+v", set)
	}
	var got []string
	for i, item := range trace.Items {
		line := string(item.Change) + " " + item.Path
		if item.Was != nil {
			line += fmt.Sprintf(" was %d", item.Was.Size)
		}
		if item.Change != changes.Deleted {
			from, err := trace.Open(i)
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(from)
			from.Close()
			if err != nil {
				t.Fatal(err)
			}
			line += " is " + string(content)
		}
		if item.Edited {
			line += " edited"
		}
		got = append(got, line)
	}
	want := []string{"Modified content was 1 is 2", "Deleted d/e/gone was 1", "Deleted d/gone was 1", "Deleted gone was 2", "Deleted kept/b was 1",
		"Added new/deep is 1", "Modified size was 1 is 333", "Added soft is far/away"}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !slices.Equal(trace.Removed, []string{"d", "d/e"}) {
		t.Errorf("removed %v", trace.Removed)
	}
}

func TestWhatSomebodyElseChangedMeanwhileIsSaid(t *testing.T) {
	before := tree(t, map[string]string{"a": "1"})
	now := tree(t, map[string]string{"a": "2"})
	if _, trace := traced(t, before, now, longAgo); trace == nil || !trace.Items[0].Edited {
		t.Errorf("%+v", trace)
	}
}

func TestATraceFindsWhatWasDropped(t *testing.T) {
	before := tree(t, map[string]string{"in/old": "1"})
	dropped := tree(t, map[string]string{"old": "2", "d/x": "3"})
	_, trace := traced(t, before, before, longAgo, changes.Drop{Path: "in", Directory: opened(t, dropped)})
	if trace == nil || len(trace.Items) != 2 {
		t.Fatalf("%+v", trace)
	}
	for i, want := range []string{"3", "2"} {
		from, err := trace.Open(i)
		if err != nil {
			t.Fatal(err)
		}
		if content, _ := io.ReadAll(from); string(content) != want {
			t.Errorf("%s: %q", trace.Items[i].Path, content)
		}
	}
}

// A huge file that was removed would take too long to read: the set is told, but nobody can commit it.
func TestWhatIsTooMuchForATraceIsNoTrace(t *testing.T) {
	before, now := tree(t, map[string]string{"a": "1"}), tree(t, nil)
	if err := os.Truncate(filepath.Join(before, "a"), 2<<30); err != nil {
		t.Fatal(err)
	}
	if set, trace := traced(t, before, now, longAgo); trace != nil || !set.Complete || set.Deleted != 1 {
		t.Errorf("%+v %+v", set, trace)
	}
}
