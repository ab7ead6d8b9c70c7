package workspace

import (
	"fmt"
	"strings"
	"testing"
)

// Each case: what is allowed and denied (r, w or rw before the path below /workspace), the files, and the mounts that come of it.
func TestViews(t *testing.T) {
	for name, each := range map[string]struct{ allow, deny, files, want string }{
		"everything": {"rw **", "", "a b/c", "show . rw"},
		"read only":  {"r **", "", "a b/c", "show . ro"},
		"nothing":    {"", "", "a b/c", "fresh0 . ro"},
		"a denied directory": {"rw **", "rw secrets", "a secrets/key b/c", `show . rw
			mask secrets/`},
		"every ancestor of a mask is a mount": {"rw **", "rw a/b/key", "a/b/key a/b/other a/c", `show . rw
			show a/ rw
			show a/b/ rw
			mask a/b/key`},
		"a frozen directory": {"rw **", "w frozen/**", "a frozen/b", `show . rw
			show frozen/ ro`},
		"a directory to write in what may be read": {"r **, w out", "", "a/b", `show . ro
			show out/ rw`},
		"only one directory": {"rw src", "", "src/a other/b c", `fresh0 . ro
			show src/ rw in 0`},
		"only some files": {"r src/*.py", "", "src/a.py src/b.txt src/sub/c.py d.py", `fresh0 . ro
			fresh1 src/ ro in 0
			show src/a.py ro in 1`},
		"names at any depth": {"rw **", "rw **/.git", ".git/config a/.git/config a/b c/d", `show . rw
			mask .git/
			show a/ rw
			mask a/.git/`},
		"a directory to drop things in": {"r **, w in", "r in", "in/old a", `show . ro
			fresh0 in/ rw`},
		"write without read": {"w **", "", "a b/c", "fresh0 . rw"},
		"write without read, but of one directory": {"w **, r src", "", "a src/b", `fresh0 . rw
			show src/ rw in 0`},
		"write without read, and something denied": {"w **", "rw d, rw **/key", "key d/e a/key", "fresh0 . rw"},
		"one file that may be changed": {"r **, rw a/report.md", "", "a/report.md b", `show . ro
			show a/ ro
			show a/report.md rw`},
		"nothing of the kind is there": {"rw **", "rw **/*.key", "a b/c", "show . rw"},
	} {
		rules := Rules{Allow: rulesOfCase(t, each.allow), Deny: rulesOfCase(t, each.deny)}
		var files []File
		for _, path := range strings.Fields(each.files) {
			files = append(files, File{Path: path})
		}
		source, err := TreeOf(files)
		if err != nil {
			t.Fatal(err)
		}
		source.Prepare(rules)
		steps, err := View(rules, source)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, step := range steps {
			got = append(got, shown(step))
		}
		want := strings.Split(each.want, "\n")
		for i := range want {
			want[i] = strings.TrimSpace(want[i])
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func shown(step Step) string {
	text := string(step.Kind)
	if step.Kind == Fresh {
		text += fmt.Sprint(step.Number)
	}
	switch {
	case step.Path == "":
		text += " ."
	case step.Directory:
		text += " " + step.Path + "/"
	default:
		text += " " + step.Path
	}
	switch {
	case step.Kind == Mask:
	case step.ReadOnly:
		text += " ro"
	default:
		text += " rw"
	}
	if step.In >= 0 {
		text += fmt.Sprintf(" in %d", step.In)
	}
	return text
}

func rulesOfCase(t *testing.T, text string) []Rule {
	var rules []Rule
	for _, rule := range strings.Split(text, ", ") {
		if access, path, ok := strings.Cut(rule, " "); ok {
			rules = append(rules, Rule{parsed(t, "fs:///workspace/"+path), map[string]Access{"r": Read, "w": Write, "rw": Read | Write}[access]})
		}
	}
	return rules
}

func TestASourceIsATree(t *testing.T) {
	for _, paths := range [][]string{{"a", "a"}, {"a", "a/b"}, {"a/b", "a"}, {"/a"}, {"a/"}, {"a//b"}, {"../a"}, {"a/./b"}, {""}, {"a\nb"}, {strings.Repeat("a", 256)}} {
		var files []File
		for _, path := range paths {
			files = append(files, File{Path: path})
		}
		if _, err := TreeOf(files); err == nil {
			t.Errorf("%q is taken", paths)
		}
	}
}

func TestTooManyMountsAreRefused(t *testing.T) {
	rules := Rules{Allow: rulesOfCase(t, "rw **"), Deny: rulesOfCase(t, "rw **/key")}
	var files []File
	for i := range MaxSteps {
		files = append(files, File{Path: fmt.Sprintf("%d/key", i)})
	}
	source, err := TreeOf(files)
	if err != nil {
		t.Fatal(err)
	}
	if steps, err := View(rules, source); err == nil {
		t.Errorf("%d mounts", len(steps))
	}
}
