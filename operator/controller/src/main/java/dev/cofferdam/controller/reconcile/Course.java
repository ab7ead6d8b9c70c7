package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.CommitCourse;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.controller.status.Reduction;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.RunStory;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/** Where a run stands, what is done there, and what after that was stored. */
final class Course {
    private final Observer observer;
    private final Resolver resolver;
    private final Committers committers;
    private final Beginning beginning;
    private final Watching watching;
    private final Aftermath aftermath;

    /** Since when this replica looks at runs, which may be long after it was started; null until then. */
    private final AtomicReference<Instant> looking = new AtomicReference<>();

    Course(Workbench bench, Resolver resolver, Sandboxes sandboxes, Committers committers, Keys keys) {
        Freezes freezes = new Freezes();
        this.observer = bench.observer();
        this.resolver = resolver;
        this.committers = committers;
        this.beginning = new Beginning(
                keys, bench.places(), bench.rates(), bench.breakers(), bench.runtimes(), resolver, sandboxes);
        this.watching = new Watching(observer, resolver, sandboxes, freezes);
        this.aftermath = new Aftermath(bench.agenda(), bench.lifetime(), keys, resolver, sandboxes, freezes);
    }

    /** Does what is next for a run, and says what became of it. */
    Observation follow(ToolRun run, Grounds grounds, Instant now) {
        Instant since = looking.updateAndGet(first -> first == null ? now : first);
        ToolRunStatus status = Reducer.statusOf(run);
        if (RunStory.isEnd(status.phase())) {
            return switch (settle(run, status, now)) {
                case Observation.Settled settled
                when CommitCourse.isAsked(run, status) -> committers.follow(run, settled.imageId(), now);
                case Observation other -> other;
            };
        }
        if (!status.attempts().isEmpty()) {
            return watching.watch(run, status, grounds, since, now);
        }
        return switch (grounds.ruling()) {
            case Ruling.Refused refused -> new Observation.Denied(refused);
            case Ruling.Granted granted -> beginning.begin(run, granted, grounds, since, now);
        };
    }

    private Observation settle(ToolRun run, ToolRunStatus status, Instant now) {
        Instant ended = Lifetime.finishedAt(run).orElse(now);
        return status.attempts().isEmpty()
                ? new Observation.Settled("")
                : observer.settle(status, resolver.pod(run, status.attempts().getLast(), there -> true), ended, now);
    }

    /** What is left to do where a status was stored; see {@link Aftermath}. */
    void clear(ToolRun run, Reduction reduction, Instant now) {
        aftermath.clear(run, reduction, now);
    }
}
