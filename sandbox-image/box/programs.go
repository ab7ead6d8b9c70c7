package box

import (
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Exec says which programs may run in the box, besides the tool's own.
type Exec struct {
	Commands []string // names that are looked up in searchPath, absolute paths, or AnyProgram
	AllowJIT bool     // executable memory that no file of the image backs
}

// AnyProgram among the commands stands for every program of the image.
const AnyProgram = "*"

const (
	// A file with more names than this is several programs in one, which looks at its name to know which it is to be.
	namesOfOneProgram = 8
	// An interpreter may be a script itself; the kernel follows as many.
	interpretersMost = 4
	shebangBytes     = 256
)

// multiCall are such files by the names that they have themselves. Whoever grants one by that name grants all that it can be.
var multiCall = []string{"busybox", "toybox", "coreutils"}

// A file is known by where it lies, not by a path: a path may be a link.
type file struct{ device, inode uint64 }

func identify(stat *unix.Stat_t) file { return file{stat.Dev, stat.Ino} }

// programs decides. It looks at the image only, from outside of the tool's mounts: what the tool writes has no say.
type programs struct {
	any     bool
	image   map[uint64]bool          // devices of the image's files
	granted map[file]map[string]bool // under which names
	several map[file]bool            // whether many names lead there, once that was asked
}

// newPrograms resolves what is granted. A command that the image does not have grants nothing.
func newPrograms(argv0 string, exec Exec) *programs {
	p := &programs{image: map[uint64]bool{}, granted: map[file]map[string]bool{}, several: map[file]bool{}}
	p.grant(argv0)
	for _, command := range exec.Commands {
		if command == AnyProgram {
			p.any = true
		} else {
			p.grant(command)
		}
	}
	return p
}

func (p *programs) grant(command string) {
	for _, candidate := range candidates(command) {
		p.add(candidate, interpretersMost)
	}
}

func candidates(command string) []string {
	if strings.Contains(command, "/") {
		return []string{command}
	}
	found := make([]string, len(searchPath))
	for i, dir := range searchPath {
		found[i] = path.Join(dir, command)
	}
	return found
}

// add grants a file under its name, and with a script the interpreters that the kernel and env(1) start for it.
func (p *programs) add(name string, interpreters int) {
	var stat unix.Stat_t
	if unix.Stat(name, &stat) != nil || stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return
	}
	at := identify(&stat)
	p.image[at.device] = true
	if p.granted[at] == nil {
		p.granted[at] = map[string]bool{}
	}
	p.granted[at][path.Base(name)] = true
	words := shebang(name)
	if len(words) == 0 || interpreters == 0 {
		return
	}
	p.add(words[0], interpreters-1)
	if path.Base(words[0]) == "env" {
		for _, word := range words[1:] {
			if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
				for _, candidate := range candidates(word) {
					p.add(candidate, interpreters-1)
				}
				break
			}
		}
	}
}

// shebang returns the words of a script's first line, none where the file is no script.
func shebang(name string) []string {
	script, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer script.Close()
	head := make([]byte, shebangBytes)
	n, _ := script.Read(head)
	line, _, _ := strings.Cut(string(head[:n]), "\n")
	if !strings.HasPrefix(line, "#!") {
		return nil
	}
	return strings.Fields(line[2:])
}

// What a process has become, before the first instruction of it has run.
type loaded struct {
	file
	links uint64
	path  string
	name  string // argv[0] without directories: what the program takes for its name
}

// decide tells whether a process may be that, and, where the file is several programs, which of them it is called as.
func (p *programs) decide(l loaded) (allowed bool, calledAs string) {
	several := l.links > namesOfOneProgram || hasMultiCallName(path.Base(l.path))
	if several {
		calledAs = l.name
	}
	names := p.granted[l.file]
	switch {
	case p.any && p.image[l.device], names[l.name]:
		return true, calledAs
	case names == nil:
		return false, calledAs
	case several, p.hasSeveralNames(l.file):
		return anyMultiCall(names), l.name
	default:
		return true, ""
	}
}

func anyMultiCall(names map[string]bool) bool {
	for name := range names {
		if hasMultiCallName(name) {
			return true
		}
	}
	return false
}

// hasSeveralNames looks through the usual directories, once for each file.
func (p *programs) hasSeveralNames(at file) bool {
	several, known := p.several[at]
	if !known {
		several = countNames(at) > namesOfOneProgram
		p.several[at] = several
	}
	return several
}

func hasMultiCallName(name string) bool {
	for _, known := range multiCall {
		if strings.HasPrefix(name, known) {
			return true
		}
	}
	return false
}

// countNames counts the names of the usual directories that lead to the file, as far as it matters.
func countNames(wanted file) int {
	names := map[string]bool{}
	for _, dir := range searchPath {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			var stat unix.Stat_t
			if unix.Stat(path.Join(dir, entry.Name()), &stat) == nil && identify(&stat) == wanted {
				names[entry.Name()] = true
			}
			if len(names) > namesOfOneProgram {
				return len(names)
			}
		}
	}
	return len(names)
}
