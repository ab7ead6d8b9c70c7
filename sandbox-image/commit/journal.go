package commit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
)

// A journal is the directory of one commit in the area:
//
//	new/N      what item N is to be; from the exchange on, what item N was
//	old/N      what item N was, of a deleted one; old/dN: removed directory N, empty
//	manifest   as the bundle has it
//	state      how far the commit has come; missing: nothing outside of the journal has been touched
type journal struct {
	dir, new, old *os.File
}

const (
	newName      = "new"
	oldName      = "old"
	manifestFile = "manifest"
	stateFile    = "state"
	stateDraft   = "state.new"
	maxState     = 64 << 20
)

// phase is how far a commit has come. It only ever goes on from one to a later one.
type phase string

const (
	applying phase = "applying" // past the commit point: goes on until all is applied, or turns back
	undoing  phase = "undoing"  // turned back: goes on until all is as it was
	ended    phase = "ended"    // the decision stands; nothing else is left of the journal
)

// state is what a journal remembers.
type state struct {
	Phase    phase
	Order    Order    // what was approved, for whoever goes on with it
	Staged   []uint64 // inode of new/N as it was made, for each item; 0 of a deleted one. It tells what is staged from what was exchanged for it
	Made     []string // directories that did not exist, in the order in which they are made
	Decision Decision // of undoing and ended
}

func child(dir *os.File, name string) place { return place{dir, name} }

func (j *journal) staged(i int) place { return child(j.new, strconv.Itoa(i)) }

func (j *journal) before(i int) place { return child(j.old, strconv.Itoa(i)) }

func (j *journal) removed(i int) place { return child(j.old, "d"+strconv.Itoa(i)) }

// openJournal opens a run's journal, or nil where there is none that could be gone on with.
func (a *area) openJournal(run string) (*journal, error) {
	dir, err := openBeneath(a.dir, run, unix.O_RDONLY|unix.O_DIRECTORY)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	j := &journal{dir: dir}
	if err := j.openParts(); err != nil && err != unix.ENOENT {
		return nil, err
	}
	return j, nil
}

func (j *journal) openParts() (err error) {
	if j.new, err = openBeneath(j.dir, newName, unix.O_RDONLY|unix.O_DIRECTORY); err != nil {
		return err
	}
	j.old, err = openBeneath(j.dir, oldName, unix.O_RDONLY|unix.O_DIRECTORY)
	return err
}

// makeJournal begins a run's journal.
func (a *area) makeJournal(run string) (*journal, error) {
	if err := unix.Mkdirat(int(a.dir.Fd()), run, 0o700); err != nil {
		return nil, err
	}
	dir, err := openBeneath(a.dir, run, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{newName, oldName} {
		if err := unix.Mkdirat(int(dir.Fd()), name, 0o700); err != nil {
			return nil, err
		}
	}
	j := &journal{dir: dir}
	return j, j.openParts()
}

func (j *journal) close() {
	for _, file := range []*os.File{j.dir, j.new, j.old} {
		if file != nil {
			file.Close()
		}
	}
}

// sync makes all that was written to the file system last: one call for what may be ten thousand files in as many directories.
func (j *journal) sync() error { return unix.Syncfs(int(j.dir.Fd())) }

// write makes a small file of the journal, whole or not at all.
func (j *journal) write(name string, text []byte) error {
	draft, err := openBeneath(j.dir, stateDraft, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = draft.Write(text)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := move(child(j.dir, stateDraft), child(j.dir, name), 0); err != nil {
		return err
	}
	return j.dir.Sync()
}

func (j *journal) read(name string, most int64) ([]byte, error) {
	file, err := openBeneath(j.dir, name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(text)) > most {
		err = errors.New("it is too large")
	}
	return text, err
}

func (j *journal) save(now state) error {
	text, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return j.write(stateFile, text)
}

// load returns what a commit has come to; false where it had not come to its commit point.
func (j *journal) load() (state, bool, error) {
	text, err := j.read(stateFile, maxState)
	if err == unix.ENOENT {
		return state{}, false, nil
	}
	var saved state
	if err == nil {
		err = json.Unmarshal(text, &saved)
	}
	if err == nil && !slices.Contains([]phase{applying, undoing, ended}, saved.Phase) {
		err = errors.New("no phase")
	}
	if err != nil {
		return state{}, false, fmt.Errorf("the journal's state: %w", err)
	}
	return saved, true, nil
}

var errDamaged = errors.New("the journal is damaged")

// manifest reads what is applied, again as strictly as it came: the journal grants nothing that its order does not.
func (j *journal) manifest(order Order, saved state) (bundle.Manifest, error) {
	text, err := j.read(manifestFile, bundle.MaxManifest)
	if err != nil {
		return bundle.Manifest{}, fmt.Errorf("the journal's manifest: %w", err)
	}
	manifest, err := bundle.Decode(text)
	if err == nil {
		err = approved(order, manifest)
	}
	if err == nil && (len(saved.Staged) != len(manifest.Items) || !areAbove(saved.Made, manifest)) {
		err = errors.New("the state is of another set")
	}
	if err != nil {
		return bundle.Manifest{}, fmt.Errorf("%w: %v", errDamaged, err) // without its decision: something has been touched already
	}
	return manifest, nil
}

// areAbove tells whether each is a directory that what is added stands in.
func areAbove(made []string, manifest bundle.Manifest) bool {
	needed := map[string]bool{}
	for _, item := range manifest.Items {
		if item.Change == changes.Added {
			for _, dir := range bundle.Above(item.Path) {
				needed[dir] = true
			}
		}
	}
	return !slices.ContainsFunc(made, func(dir string) bool { return !needed[dir] })
}

// endedKept is how long a decision is kept for another committer of the same run: longer than all of them together may take.
const endedKept = 48 * time.Hour

// isStale tells whether nobody will ask for an ended commit's decision any more.
func (j *journal) isStale() bool {
	saved, err := child(j.dir, stateFile).stat()
	return err == nil && time.Since(time.Unix(saved.Mtim.Unix())) > endedKept
}

// removeJournal takes a run's journal away, the state last: a journal that has none is one that was never begun. What cannot be removed stays: nothing
// depends on it.
func (a *area) removeJournal(run string, j *journal) {
	if j.empty() {
		unix.Unlinkat(int(j.dir.Fd()), stateFile, 0)
		unix.Unlinkat(int(a.dir.Fd()), run, unix.AT_REMOVEDIR)
	}
}

// empty leaves nothing of a journal but its state; false where that was not possible.
func (j *journal) empty() bool {
	for _, part := range []*os.File{j.new, j.old} {
		if part == nil {
			continue
		}
		names, _ := list(part)
		for _, name := range names {
			if unix.Unlinkat(int(part.Fd()), name, 0) == unix.EISDIR {
				unix.Unlinkat(int(part.Fd()), name, unix.AT_REMOVEDIR)
			}
		}
	}
	for _, name := range []string{newName, oldName} {
		if err := unix.Unlinkat(int(j.dir.Fd()), name, unix.AT_REMOVEDIR); err != nil && err != unix.ENOENT {
			return false
		}
	}
	for _, name := range []string{manifestFile, stateDraft} {
		unix.Unlinkat(int(j.dir.Fd()), name, 0)
	}
	return true
}
