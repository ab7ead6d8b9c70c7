package box

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"cofferdam.dev/sandbox-image/recount"
)

const (
	// programsMost is how many different programs are told apart in one run; what is beyond is counted together.
	programsMost = 128
	// programPathMost and programNameMost bound what a tool can make us repeat, in bytes.
	programPathMost = 1024
	programNameMost = 64
	// hashedMost bounds the bytes that are read for digests in one run.
	hashedMost = 1 << 30
	// hashPatience is how long a run's end waits for digests.
	hashPatience = 500 * time.Millisecond
)

// Executed tells of a program that a process became, or tried to.
type Executed struct {
	Path     string // of the file, as the kernel has it; empty: one of many more
	CalledAs string `json:",omitempty"` // where the file is several programs: which
	SHA256   string `json:",omitempty"` // in hexadecimal; absent where the file cannot be read, or not in time
	Denied   bool   `json:",omitempty"`
	Count    int64
}

// A ledger reports each program once when it is first seen, and how often it was seen again at the end; of one that is denied, less and less often
// also meanwhile. So a tool that starts a million processes costs few messages, and the counts are exact.
type ledger struct {
	report func(Executed)

	mutex   sync.Mutex // over the entries: digests are made beside the tracing
	entries map[entryKey]*entry
	order   []*entry
	digests chan *entry
	done    chan struct{}
	over    chan struct{}
	closing sync.Once
	closed  bool
}

type entryKey struct {
	file
	name   string
	denied bool
}

type entry struct {
	at       file
	executed Executed // Count is the total
	program  *os.File // to be digested; nil where it cannot be read
	reported int64
	pace     recount.Pace
}

func newLedger(report func(Executed)) *ledger {
	l := &ledger{report: report, entries: map[entryKey]*entry{}, digests: make(chan *entry, programsMost+2), done: make(chan struct{}), over: make(chan struct{})}
	go l.digest()
	go recount.Look(l.over, l.again)
	return l
}

// note takes down one exec. The process must be in its stop, so that the file can still be opened by way of it.
func (l *ledger) note(pid int, became loaded, calledAs string, allowed bool) {
	key := entryKey{file: became.file, name: calledAs, denied: !allowed}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if found := l.entries[key]; found != nil {
		found.executed.Count++
		return
	}
	if len(l.entries) >= programsMost {
		key = entryKey{denied: !allowed}
		if found := l.entries[key]; found != nil {
			found.executed.Count++
			return
		}
		became.path, calledAs = "", ""
	}
	added := &entry{at: became.file, executed: Executed{
		Path:     cut(became.path, programPathMost),
		CalledAs: cut(calledAs, programNameMost),
		Denied:   !allowed,
		Count:    1,
	}}
	if became.path != "" {
		// What the pod's user may not read has no digest.
		added.program, _ = os.Open(fmt.Sprintf("/proc/%d/exe", pid))
	}
	l.entries[key] = added
	l.order = append(l.order, added)
	l.digests <- added // never full: as many as there can be entries
}

// digest makes the digests of what is first seen, one after the other, and reports it.
func (l *ledger) digest() {
	defer close(l.done)
	left := int64(hashedMost)
	known := map[file]string{}
	for next := range l.digests {
		digest := known[next.at]
		if next.program != nil {
			if digest == "" {
				digest = sum(next.program, &left)
				known[next.at] = digest
			}
			next.program.Close()
		}
		l.mutex.Lock()
		next.executed.SHA256 = digest
		l.tell(next, 1)
		l.mutex.Unlock()
	}
}

func sum(program io.Reader, left *int64) string {
	hash := sha256.New()
	n, err := io.Copy(hash, io.LimitReader(program, *left+1))
	*left -= n
	if err != nil || *left < 0 {
		*left = max(*left, 0)
		return ""
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// again reports what is denied again and again.
func (l *ledger) again(now time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, each := range l.order {
		if count := each.executed.Count - each.reported; count > 0 && each.executed.Denied && each.reported > 0 && each.pace.Due(now) {
			l.tell(each, count)
		}
	}
}

// tell reports part of an entry's count; after the end, nothing.
func (l *ledger) tell(which *entry, count int64) {
	if l.closed || which.reported+count > which.executed.Count {
		return
	}
	which.reported += count
	told := which.executed
	told.Count = count
	l.report(told)
}

// close reports what is left. Nothing is reported after it, and it does nothing when it is called again.
func (l *ledger) close() { l.closing.Do(l.settle) }

func (l *ledger) settle() {
	close(l.digests)
	close(l.over)
	select {
	case <-l.done:
	case <-time.After(hashPatience):
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, each := range slices.Clone(l.order) {
		if again := each.executed.Count - each.reported; again > 0 {
			l.tell(each, again)
		}
	}
	l.closed = true
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:most]
}
