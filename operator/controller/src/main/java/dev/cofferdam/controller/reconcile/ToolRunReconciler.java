package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.status.Breaker;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.controller.status.Reduction;
import dev.cofferdam.policy.Call;
import dev.cofferdam.policy.CircuitRule;
import dev.cofferdam.record.RunStory;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Takes a run from its creation to its end. Sees only runs that are not settled. Every step can be done again: names are fixed, the claim is one write onto the
 * version that was read, and what cannot be known is never guessed.
 */
@ControllerConfiguration(
        name = "toolrun",
        // Facts come as changes of the status, which do not raise the generation.
        generationAwareEventProcessing = false,
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES),
        // The SDK loses events around its own writes otherwise (java-operator-sdk #3398).
        informer = @Informer(comparableResourceVersions = false))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, maxInterval = 60000)
public class ToolRunReconciler implements Reconciler<ToolRun> {
    private static final Logger LOG = Logger.getLogger(ToolRunReconciler.class);

    /** More would keep the other sweeps waiting. */
    private static final int KEPT_AT_ONCE = 200;

    /** Where the version that was read is not the newest: that is on its way by the watch. */
    private static final Duration AGAIN = Duration.ofMillis(100);

    /** One would do; the other is for a first that is over in this moment. */
    private static final int NEXT = 2;

    private final Workbench bench;
    private final StatusWriter writer;
    private final OwnWrites own = new OwnWrites();
    private final Announcer announcer;
    private Caches caches;
    private Resolver resolver;

    /** Null until all others are there. */
    private volatile Course course;

    public ToolRunReconciler(Workbench bench) {
        this.bench = bench;
        this.writer = new StatusWriter(bench.client(), bench.term());
        this.announcer = new Announcer(bench);
    }

    @Override
    public List<EventSource<?, ToolRun>> prepareEventSources(EventSourceContext<ToolRun> context) {
        bench.meters().watch(context.getPrimaryCache()::list);
        Caches caches = new Caches(context, bench.index(), bench.term());
        bench.places().watch(caches::runsOf, caches::runsOf);
        this.caches = caches;
        resolver = new Resolver(bench.client(), bench.compilations(), caches);
        Sandboxes sandboxes = new Sandboxes(bench.client(), caches, bench.settings(), bench.observer());
        course = new Course(
                bench,
                resolver,
                sandboxes,
                new Committers(bench.client(), resolver, sandboxes, bench.settings()),
                new Keys(bench.client(), caches, bench.keyCounts()));
        return caches.sources();
    }

    @Override
    public UpdateControl<ToolRun> reconcile(ToolRun run, Context<ToolRun> context) {
        // The SDK shows none that is deleted; one may have become so since it was shown.
        return run.isMarkedForDeletion() ? UpdateControl.noUpdate() : turn(run);
    }

    /**
     * Takes runs to their end that are deleted and that somebody's finalizer keeps. The SDK shows those to nobody who has no finalizer of its own; they would have their place and their idempotency key,
     * and no end, for as long as they are kept. To be asked every few seconds, by whoever leads; takes so many at a time, any of them, so that what fails holds up no others.
     */
    public void keptByOthers() {
        if (course == null) {
            return;
        }
        List<ToolRun> deleted = new ArrayList<>(caches.deleted());
        Collections.shuffle(deleted);
        for (ToolRun run : deleted.subList(0, Math.min(deleted.size(), KEPT_AT_ONCE))) {
            try {
                turn(run);
            } catch (RuntimeException e) {
                LOG.warnf(
                        e,
                        "the deleted run %s/%s has no end yet, and is looked at again",
                        run.getMetadata().getNamespace(),
                        run.getMetadata().getName());
            }
        }
    }

    private UpdateControl<ToolRun> turn(ToolRun run) {
        return bench.term().step(() -> step(run)).orElseGet(UpdateControl::noUpdate);
    }

    private UpdateControl<ToolRun> step(ToolRun run) {
        ToolRunStatus before = Reducer.statusOf(run);
        if (RunStory.isSettled(before)) {
            return UpdateControl.noUpdate();
        }
        if (own.isBehind(run)) {
            return UpdateControl.<ToolRun>noUpdate().rescheduleAfter(AGAIN);
        }
        if (Reducer.isOfAnotherVersion(before)) {
            LOG.infof(
                    "left to the version that wrote its phase or verdict: the run %s/%s",
                    run.getMetadata().getNamespace(), run.getMetadata().getName());
            return UpdateControl.noUpdate();
        }
        bench.alerts().seen(run);
        Instant now = bench.alerts().begin(run);
        boolean isKnown = false;
        try {
            UpdateControl<ToolRun> next = look(run, before, now);
            isKnown = true;
            return next;
        } finally {
            if (isKnown) {
                bench.alerts().over(run);
            } else {
                // Its end may be stored all the same.
                bench.catchUp().look(run);
            }
        }
    }

    private UpdateControl<ToolRun> look(ToolRun run, ToolRunStatus before, Instant now) {
        Grounds grounds = resolver.grounds(run);
        Observation observation = course.follow(run, grounds, now);
        if (!before.attempts().isEmpty()) {
            // Ours, also where the answer to the claim was lost.
            bench.breakers().claimed(run);
        } else if (!(observation instanceof Observation.Made)) {
            giveBack(run);
        }
        if (observation instanceof Observation.NotYet) {
            return again(observation, now);
        }
        Reduction reduction = Reducer.reduce(run, observation, grounds.mayRunTwice(), () -> grounds.lost(run), now);
        boolean isStored =
                reduction.status().equals(Reducer.own(before)) || store(run, observation, grounds, reduction, now);
        return isStored
                ? again(observation, now)
                : UpdateControl.<ToolRun>noUpdate().rescheduleAfter(AGAIN);
    }

    /** Stores a status, with all that follows; false where the version that was read is not the newest. */
    private boolean store(ToolRun run, Observation observation, Grounds grounds, Reduction reduction, Instant now) {
        boolean claims = observation instanceof Observation.Made;
        Runnable fared = fared(run, grounds, reduction, now);
        Optional<ToolRun> stored =
                claims ? writer.claim(run, reduction.status()) : writer.apply(run, reduction.status(), ToolRun::new);
        stored.ifPresentOrElse(
                after -> {
                    bench.breakers().claimed(run);
                    // First of all: whoever reads that the last probe went well may create another run at once.
                    fared.run();
                    stored(run, after, reduction, now);
                },
                () -> overtaken(run, reduction, claims));
        return stored.isPresent();
    }

    private void stored(ToolRun run, ToolRun stored, Reduction reduction, Instant now) {
        if (reduction.ended()) {
            bench.alerts().ended(stored);
        }
        own.wrote(run, stored);
        announcer.stored(run, reduction, now);
        course.clear(run, reduction, now);
        if (reduction.ended()) {
            namesakes(run);
            next(run);
        }
    }

    /** It keeps its turn until the newer version is seen, which may be a claim of ours whose answer was lost; of one that is gone there is none. */
    private void overtaken(ToolRun run, Reduction reduction, boolean claims) {
        if (claims && isGone(run)) {
            giveBack(run);
        }
        if (reduction.ended() || RunStory.isSettled(reduction.status())) {
            bench.catchUp().record(run);
        }
    }

    private boolean isGone(ToolRun run) {
        ToolRun now = bench.client().resource(run).get();
        return now == null
                || !now.getMetadata().getUid().equals(run.getMetadata().getUid());
    }

    /** Nothing came of the turn that it may have had. */
    private void giveBack(ToolRun run) {
        bench.places().giveBack(run);
        bench.breakers().giveBack(run);
    }

    private static UpdateControl<ToolRun> again(Observation observation, Instant now) {
        return Observation.due(observation, now)
                .map(wait -> UpdateControl.<ToolRun>noUpdate().rescheduleAfter(wait))
                .orElseGet(UpdateControl::noUpdate);
    }

    /** What the end of a run says of its tool's circuit, once it is stored. Found before: who leads no more by then still says it. */
    private Runnable fared(ToolRun run, Grounds grounds, Reduction reduction, Instant now) {
        Optional<CircuitRule> rule = grounds.circuit().filter(there -> reduction.ended());
        Optional<SandboxPolicy> policy = rule.flatMap(there -> resolver.policy(run));
        return () -> policy.ifPresent(there -> bench.breakers()
                .ended(there, run.getSpec().tool(), Breaker.word(reduction.status()), rule.orElseThrow(), now));
    }

    /** Their outcome is there, or one of them is the first. */
    private void namesakes(ToolRun ended) {
        if (Call.isKeyed(ended.getSpec())) {
            caches.namesakes(ended).stream()
                    .filter(other -> !other.getMetadata()
                            .getUid()
                            .equals(ended.getMetadata().getUid()))
                    .forEach(caches::wake);
        }
    }

    /** A place is free. */
    private void next(ToolRun ended) {
        bench.places().ended(ended);
        bench.places().next(ended, NEXT).forEach(caches::wake);
    }
}
