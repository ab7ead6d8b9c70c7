package workspace

import (
	"strings"
	"testing"
)

func parsed(t *testing.T, text string) Pattern {
	t.Helper()
	pattern, err := ParsePattern(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return pattern
}

func TestWhatIsNoPatternIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "/workspace", "fs://workspace", "fs:///workspace/", "fs:///workspace//a", "fs:///workspace/../etc", "fs:///./a", "fs:///a*b*", "fs:///a/***",
		"fs:///a\n", "fs:///a\x00", "fs:///a?", "fs:///[a]", "fs:///a\\b", "fs:///\xff", "fs:///" + strings.Repeat("a", 256), "fs:///" + strings.Repeat("a/", 255) + "b",
	} {
		if pattern, err := ParsePattern(text); err == nil {
			t.Errorf("%q is taken as %v", text, pattern)
		}
	}
}

// What a directory's extent says must hold for every name below it, also for those that do not exist yet.
func TestTheExtentOfADirectoryHoldsForAllBelow(t *testing.T) {
	names := []string{"a", "b", "x.key", ".git", "c.py"}
	var paths [][]string
	var grow func(at []string, depth int)
	grow = func(at []string, depth int) {
		paths = append(paths, at)
		for _, name := range names {
			if depth > 0 {
				grow(append(at[:len(at):len(at)], name), depth-1)
			}
		}
	}
	grow(nil, 3)
	var patterns []Rule
	for _, text := range []string{"**", "workspace", "workspace/**", "workspace/a", "workspace/a/**", "workspace/*", "workspace/a/*", "workspace/**/*.key",
		"workspace/**/.git", "workspace/a/**/b", "workspace/*/b", "workspace/*.py", "*/a", "other"} {
		patterns = append(patterns, Rule{parsed(t, "fs:///"+text), Read})
	}
	seen := map[extent]int{}
	for _, allow := range patterns {
		for _, deny := range append([]Rule{{parsed(t, "fs:///nowhere"), Read}}, patterns...) {
			rules := Rules{Allow: []Rule{allow}, Deny: []Rule{deny}}
			for _, dir := range paths {
				claimed := rules.extent(dir, Read)
				seen[claimed]++
				for _, path := range paths {
					if len(path) < len(dir) || strings.Join(path[:len(dir)], "/") != strings.Join(dir, "/") || claimed == some {
						continue
					}
					if rules.May(path, Read) != (claimed == everything) {
						t.Fatalf("allow %v, deny %v: %v has extent %d, but %v is otherwise", allow.Pattern, deny.Pattern, dir, claimed, path)
					}
				}
			}
		}
	}
	if seen[nothing] == 0 || seen[some] == 0 || seen[everything] == 0 {
		t.Errorf("extents %v", seen)
	}
}
