package commit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
)

// Committer has what one commit needs.
type Committer struct {
	Order  Order
	Volume string // where it is mounted
	Source Source
	Log    *slog.Logger

	step func() // called after each step in the volume, by tests
}

// Source gives the bundle of the order.
type Source interface {
	// Fetch calls take with what one replica after another has, until one is taken. An error of take that decides ends it; any other is the replica's.
	Fetch(ctx context.Context, take func(io.Reader) error) error
}

// Commit applies the set, or goes on where it was interrupted. An error means that another try may decide.
func (c *Committer) Commit(ctx context.Context) (Decision, error) {
	decision, err := c.commit(ctx)
	if err == nil {
		return decision, nil
	}
	if decision, isDecided := of(err); isDecided {
		c.Log.Warn("not committed", "outcome", decision.Outcome, "paths", decision.Paths, "why", changes.Shown(err.Error()))
		return decision, nil
	}
	return Decision{}, err
}

func (c *Committer) commit(ctx context.Context) (Decision, error) {
	tree, err := openTree(c.Volume, c.Order.SubPath)
	if err != nil {
		return Decision{}, at("/"+c.Order.SubPath, err)
	}
	defer tree.root.Close()
	area, err := openArea(ctx, tree)
	if err != nil {
		return Decision{}, err
	}
	defer area.close()
	if err := c.finishOthers(area); err != nil {
		return Decision{}, err
	}
	found, err := area.openJournal(c.Order.Run)
	if err != nil {
		return Decision{}, err
	}
	if found != nil {
		defer found.close()
		saved, begun, err := found.load()
		if err != nil {
			return Decision{}, err
		}
		if begun {
			return c.goOn(area, found, saved)
		}
		area.removeJournal(c.Order.Run, found) // of a try that touched nothing
	}
	return c.begin(ctx, area)
}

// begin stages and verifies; nothing outside of the journal is touched. Then the commit point is passed.
func (c *Committer) begin(ctx context.Context, area *area) (Decision, error) {
	var journal *journal
	discard := func() {
		if journal != nil {
			area.removeJournal(c.Order.Run, journal)
			journal.close()
			journal = nil
		}
	}
	var manifest bundle.Manifest
	var state state
	err := c.Source.Fetch(ctx, func(from io.Reader) (err error) {
		discard()
		if journal, err = area.makeJournal(c.Order.Run); err != nil {
			return at(c.Order.Run, err)
		}
		if err = probe(journal); err == nil {
			manifest, err = stage(journal, c.Order, from)
		}
		return err
	})
	if err == nil {
		state, err = c.prepare(area, journal, manifest)
	}
	if err != nil {
		discard()
		area.remove()
		if errors.Is(err, errThere) {
			return Decision{Outcome: Committed}, nil
		}
		return Decision{}, err
	}
	defer journal.close()
	return c.goOn(area, journal, state)
}

// finishOthers goes on with what other commits have begun here and nobody has finished: their pods may be gone for good, and what this one is to apply
// was made from a whole volume. Their decisions stay, for whoever asks.
func (c *Committer) finishOthers(area *area) error {
	names, err := list(area.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == lockName || name == c.Order.Run || strings.HasPrefix(name, keptPrefix) {
			continue
		}
		if err := c.finishOther(area, name); err != nil {
			if !errors.Is(err, errDamaged) {
				return err
			}
			c.Log.Warn("another commit cannot be finished", "run", changes.Shown(name), "why", changes.Shown(err.Error()))
		}
	}
	return nil
}

func (c *Committer) finishOther(area *area, run string) error {
	found, err := area.openJournal(run)
	if err != nil || found == nil {
		return err
	}
	defer found.close()
	saved, begun, err := found.load()
	switch {
	case err != nil:
		return err
	case !begun: // it will begin anew
		area.removeJournal(run, found)
		return nil
	case saved.Phase == ended:
		if found.isStale() {
			area.removeJournal(run, found)
		} else {
			found.empty() // where that was interrupted
		}
		return nil
	case saved.Order.Run != run:
		return errDamaged
	}
	c.Log.Info("finishing another commit", "run", run)
	if _, err := c.come(area, found, saved, saved.Order); err != nil {
		return err
	}
	found.empty()
	return nil
}

// errThere says that the tree has the set already.
var errThere = errors.New("the volume has the whole set already")

// prepare verifies the bases and passes the commit point.
func (c *Committer) prepare(area *area, journal *journal, manifest bundle.Manifest) (state, error) {
	made, err := verify(area.tree, manifest)
	if decision, isDecided := of(err); isDecided && decision.Outcome == Conflict {
		if there, err := isThere(area.tree, manifest); err == nil && there {
			return state{}, errThere
		}
	}
	if err != nil {
		return state{}, err
	}
	now := state{Phase: applying, Order: c.Order, Staged: make([]uint64, len(manifest.Items)), Made: made}
	for i, item := range manifest.Items {
		if item.Change == changes.Deleted {
			continue
		}
		stat, err := journal.staged(i).stat()
		if err != nil {
			return state{}, err
		}
		now.Staged[i] = stat.Ino
	}
	if err := journal.sync(); err != nil {
		return state{}, err
	}
	c.stepped()
	return now, journal.save(now)
}

// goOn is where a commit past its commit point begins and resumes.
func (c *Committer) goOn(area *area, journal *journal, now state) (Decision, error) {
	now, err := c.come(area, journal, now, c.Order)
	if err != nil {
		return Decision{}, err
	}
	c.stepped()
	// The decision stays. Who is told of it may be lost before, and then this run's next committer must say the same: not apply the set again to what others
	// have made of it since, and not call a conflict what is in the volume.
	journal.empty()
	return now.Decision, nil
}

// come comes to the end of a commit past its commit point.
func (c *Committer) come(area *area, journal *journal, now state, order Order) (state, error) {
	if now.Phase == ended {
		if now.Order.Run != order.Run || now.Order.Digest != order.Digest {
			return now, decide(ContentsInvalid, errors.New("another set was decided here in this run's name"))
		}
		return now, nil
	}
	manifest, err := journal.manifest(order, now)
	if err != nil {
		return now, err
	}
	return c.finish(area, &application{tree: area.tree, journal: journal, manifest: manifest, state: now, step: c.step})
}

// finish applies the set, or turns back; in the end the decision stands.
func (c *Committer) finish(area *area, do *application) (state, error) {
	now := do.state
	if now.Phase == applying {
		err := do.apply()
		decision, isDecided := of(err)
		switch {
		case err == nil:
			now.Decision = Decision{Outcome: Committed}
		case isDecided:
			c.Log.Warn("turning back", "why", changes.Shown(err.Error()))
			now.Phase, now.Decision = undoing, decision
			if err := do.journal.save(now); err != nil {
				return now, err
			}
			c.stepped()
		default:
			return now, err
		}
	}
	if now.Phase == undoing {
		kept, err := do.undo()
		if err != nil {
			return now, fmt.Errorf("turning back: %w", err)
		}
		if err := do.keep(area.dir, do.state.Order.Run, kept); err != nil {
			return now, err
		}
		for _, path := range kept {
			c.Log.Warn("somebody else has put something in its place meanwhile: what was there is kept", "path", changes.Shown(path))
		}
	}
	if err := do.journal.sync(); err != nil {
		return now, err
	}
	c.stepped()
	now = state{Phase: ended, Order: Order{Run: now.Order.Run, Digest: now.Order.Digest}, Decision: now.Decision}
	return now, do.journal.save(now)
}

func (c *Committer) stepped() {
	if c.step != nil {
		c.step()
	}
}
