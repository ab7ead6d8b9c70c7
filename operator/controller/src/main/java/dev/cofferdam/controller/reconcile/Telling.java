package dev.cofferdam.controller.reconcile;

import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.controller.alert.Turns;
import dev.cofferdam.record.Newest;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One place that is told of firings, each namespace's in turn, one at a time, on a thread of its own: while it does not answer, nobody waits who is told elsewhere.
 * Whatever happens, a few things at most wait for that thread. Thread-safe.
 */
final class Telling {
    private static final int TOLD_MOST = 10_000;

    private final Place place;
    private final ScheduledExecutorService thread;
    private final Clock clock;
    private final Consumer<Firing> whenTold;
    private final Turns turns = new Turns();

    /** Firings that this place has taken, and that another one may not have. May forget: then it is told the same again, which it knows by the identifier. */
    private final Set<String> told = Newest.set(TOLD_MOST);

    /** Whether a look is to come. */
    private boolean asked;

    interface Place {
        /** Must not throw. @return whether it has taken it */
        boolean tell(Firing firing);
    }

    /** @param whenTold is told of each firing that the place has taken */
    Telling(Place place, ScheduledExecutorService thread, Clock clock, Consumer<Firing> whenTold) {
        this.place = place;
        this.thread = thread;
        this.clock = clock;
        this.whenTold = whenTold;
    }

    /** Has the place told, where it was not. What finds no room comes again: its policy is looked at every few seconds. */
    synchronized void raise(Firing firing) {
        if (!hasTold(firing)) {
            turns.offer(firing);
        }
        // Also where it waits already: the look that was to come may have come too soon, by a clock that was set back.
        ask();
    }

    synchronized boolean hasTold(Firing firing) {
        return told.contains(firing.firing().id());
    }

    /** Everybody has taken it. */
    synchronized void forget(Firing firing) {
        told.remove(firing.firing().id());
    }

    synchronized List<String> waiting() {
        return turns.all().map(firing -> firing.firing().id()).toList();
    }

    /** However often somebody asks, one look is to come: each looks who is next, and has the next one come. */
    private synchronized void ask() {
        if (!asked) {
            asked = true;
            thread.execute(this::next);
        }
    }

    private void next() {
        Optional<Firing> firing;
        synchronized (this) {
            asked = false;
            firing = turns.next(clock.instant());
        }
        firing.ifPresent(this::tell);
    }

    private void tell(Firing firing) {
        boolean taken = place.tell(firing);
        synchronized (this) {
            if (taken) {
                told.add(firing.firing().id());
                turns.told(firing);
            } else {
                Duration pause = turns.failed(firing, clock.instant());
                thread.schedule(this::ask, pause.toMillis() + 1, TimeUnit.MILLISECONDS);
            }
            ask();
        }
        if (taken) {
            // Last: it may have the next one of the alert come, which must find the room free.
            whenTold.accept(firing);
        }
    }
}
