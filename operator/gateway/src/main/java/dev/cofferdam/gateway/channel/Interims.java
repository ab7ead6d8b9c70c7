package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditSource;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/** Stores what was denied to a run so far, when {@link Flushing} says so. Not thread-safe. */
final class Interims {
    private final Claim claim;
    private final Surroundings around;
    private final Story story;
    private final Flushing flushing;

    Interims(Claim claim, Surroundings around, Story story) {
        this.claim = claim;
        this.around = around;
        this.story = story;
        this.flushing = new Flushing(claim.audit().map(Interims::denied).orElse(0L));
    }

    private static long denied(AuditSource chain) {
        return chain.denied() == null ? 0 : chain.denied();
    }

    /** Whether it is worth the trouble to look. */
    boolean mayBegin() {
        return flushing.mayBegin(around.clock().instant());
    }

    /** @param then is told whether it is stored, where anything is to be, now or on any thread; it tells {@link #over} */
    void store(Consumer<Boolean> then) {
        store(flushing::begins, then);
    }

    /** The same without waiting, because nobody looks later. */
    void storeAtOnce(Consumer<Boolean> then) {
        store(flushing::beginsAtOnce, then);
    }

    private void store(LongPredicate begins, Consumer<Boolean> then) {
        around.audit()
                .of(claim.runUid())
                .filter(chain -> begins.test(denied(chain)))
                .ifPresent(chain -> around.store().store(story.soFar(chain)).thenAccept(then));
    }

    void over(boolean kept) {
        flushing.over(kept, around.clock().instant());
    }

    boolean isUnderWay() {
        return flushing.isUnderWay();
    }
}
