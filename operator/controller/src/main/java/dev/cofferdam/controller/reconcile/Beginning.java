package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.RunMode;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.status.Awaiting;
import dev.cofferdam.controller.status.KeyStanding;
import dev.cofferdam.controller.status.Turn;
import dev.cofferdam.policy.Call;
import dev.cofferdam.policy.Capacity;
import dev.cofferdam.policy.Durations;
import dev.cofferdam.policy.RateRule;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.RunStory;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What becomes of a run that is granted and has no pod: one is made, or something comes instead. In the order in which it is asked. */
final class Beginning {
    /** Until a run looks again that another one has just overtaken. */
    private static final Duration PACE = Duration.ofMillis(500);

    /** A run that is among the next to begin is told when a place is free; this is for what nobody tells: one that was deleted. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private static final int NEXT = 4;

    /** A run that waits for another one of its key is told when that has ended; this, too, is for what nobody tells. */
    private static final Duration LATER = Duration.ofSeconds(15);

    private static final int NAME_MOST = 253;

    private final Keys keys;
    private final Places places;
    private final Rates rates;
    private final Breakers breakers;
    private final Runtimes runtimes;
    private final Resolver resolver;
    private final Sandboxes sandboxes;

    Beginning(
            Keys keys,
            Places places,
            Rates rates,
            Breakers breakers,
            Runtimes runtimes,
            Resolver resolver,
            Sandboxes sandboxes) {
        this.keys = keys;
        this.places = places;
        this.rates = rates;
        this.breakers = breakers;
        this.runtimes = runtimes;
        this.resolver = resolver;
        this.sandboxes = sandboxes;
    }

    /**
     * What is next for a run that is granted and not claimed.
     *
     * @param looking since when this replica looks at runs, which may be long after it was started
     */
    Observation begin(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant looking, Instant now) {
        if (run.isMarkedForDeletion()) {
            return new Observation.NotStarted(
                    granted, Reason.Deleted, "the run was deleted before its pod was claimed; nothing ran");
        }
        if (RunStory.isCancelled(run.getSpec())) {
            return new Observation.NotStarted(
                    granted, Reason.Cancelled, "the run was cancelled before its pod was claimed; nothing ran");
        }
        return Call.isKeyed(run.getSpec())
                ? behindKey(run, granted, grounds, looking, now)
                : start(run, granted, grounds, now, Optional::empty);
    }

    /** Only the first run of an idempotency key is executed; all others have its outcome, or none. */
    private Observation behindKey(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant looking, Instant now) {
        return switch (keys.standing(run, now)) {
            case KeyStanding.Ended ended -> new Observation.Replayed(granted, ended.first());
            case KeyStanding.UnderWay underWay -> awaiting(run, granted, grounds, underWay.first(), looking, now);
            case KeyStanding.Refused refused ->
                new Observation.Denied(
                        refused(granted, refused.reason(), run.getSpec().idempotencyKey(), refused.message()));
            case KeyStanding.Open open ->
                start(run, granted, grounds, now, () -> switch (keys.claim(run, open, now)) {
                    case Keys.Ours ours -> Optional.empty();
                    case Keys.Overtaken overtaken -> Optional.of(awaiting("another run", now.plus(PACE)));
                    case Keys.Exhausted exhausted ->
                        Optional.of(new Observation.Denied(refused(
                                granted,
                                Reason.KeysExhausted,
                                run.getSpec().idempotencyKey(),
                                exhausted.why() + "; wait until some expire, or leave the key out")));
                });
        };
    }

    private static Observation awaiting(
            ToolRun run, Ruling.Granted granted, Grounds grounds, ToolRun first, Instant looking, Instant now) {
        Duration patience = Awaiting.patience(
                grounds.capacity(),
                Optional.of(grounds.repetition()).filter(repetition -> granted.mayRunTwice()),
                Duration.ofMillis(granted.effective().limits().timeoutMillis()));
        String named = "the run " + Quoted.of(first.getMetadata().getName(), NAME_MOST);
        return Awaiting.isOver(Instant.parse(run.getMetadata().getCreationTimestamp()), looking, patience, now)
                ? new Observation.NotStarted(
                        granted,
                        Reason.AwaitTimedOut,
                        named
                                + " has the same idempotency key, and has not ended within " + Durations.text(patience)
                                + ", which is longer than it could take; this one executed nothing; look at that one")
                : awaiting(named, now.plus(LATER));
    }

    private static Observation awaiting(String first, Instant again) {
        return new Observation.Waiting(
                Reason.AwaitingFirst,
                first
                        + " has the same idempotency key and has not ended; this one executes nothing, and ends as that one does",
                again);
    }

    /** @param claim the last thing before a pod is made; tells what comes instead, if anything does */
    private Observation start(
            ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now, Supplier<Optional<Observation>> claim) {
        Optional<Observation> hindrance = hindrance(run, granted, grounds, now);
        if (hindrance.isPresent()) {
            return hindrance.get();
        }
        if (run.getSpec().mode() == RunMode.DecideOnly) {
            return sandboxes.planned(run, granted);
        }
        return queue(run, granted, grounds, now)
                .or(() -> rest(run, granted, grounds, now).or(claim).map(instead -> givenBack(run, instead)))
                .orElseGet(() -> sandboxes.make(run, granted, granted.effective(), 1, Optional.empty(), now));
    }

    /** What stands against a run whether or not it is to be executed; empty where nothing does. */
    private Optional<Observation> hindrance(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now) {
        return unavailable(granted).or(() -> exposed(run, granted)).or(() -> late(run, granted, grounds, now));
    }

    private Optional<Observation> unavailable(Ruling.Granted granted) {
        return runtimes.unavailable(granted.effective().runtimeClassName())
                .map(why -> new Observation.NotStarted(granted, Reason.SandboxUnavailable, why + "; nothing ran"));
    }

    private Optional<Observation> exposed(ToolRun run, Ruling.Granted granted) {
        return resolver.opened(run)
                .map(why -> new Observation.NotStarted(granted, Reason.NetworkNotIsolated, why + "; nothing ran"));
    }

    /** What comes instead where as many runs were created before this one as the policy lets through; empty where it is let through. One that waits for its turn was. */
    private Optional<Observation> late(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now) {
        if (Turn.queuedAt(run).isPresent()) {
            return Optional.empty();
        }
        Optional<RateRule> rate = grounds.rate();
        if (rate.isEmpty()) {
            rates.uncounted(run);
        }
        return rate.flatMap(rule -> switch (rates.ask(run, rule)) {
            case Rates.Answer.Through through -> Optional.empty();
            case Rates.Answer.Unknown unknown -> Optional.of(new Observation.NotYet(now.plus(PACE)));
            case Rates.Answer.Late late ->
                Optional.of(new Observation.Denied(refused(
                        granted,
                        Reason.RateExceeded,
                        run.getSpec().policyRef().name(),
                        "as many runs of the policy were created within " + Durations.text(rule.per())
                                + " as spec.rate of it lets through, " + rule.runs() + "; come back at "
                                + late.again())));
        });
    }

    /** What comes instead of a place under a policy that bounds how many runs there are; empty where the run has one. */
    private Optional<Observation> queue(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now) {
        Optional<Capacity> capacity = grounds.capacity();
        if (capacity.isEmpty()) {
            places.begins(run);
            return Optional.empty();
        }
        Duration patience = capacity.get().patience();
        return switch (places.turn(run, capacity.get(), now)) {
            case Turn.Now turn -> Optional.empty();
            case Turn.Later later -> {
                Instant look = now.plus(later.position() <= NEXT ? SOON : LATER);
                yield Optional.of(new Observation.Waiting(
                        Reason.Queued,
                        "as many runs are active as spec.concurrency of the policy allows; this one begins when one of them ends, in the order of creation",
                        later.until().filter(look::isAfter).orElse(look)));
            }
            case Turn.Full full ->
                Optional.of(new Observation.NotStarted(
                        granted,
                        Reason.QueueFull,
                        "as many runs of the policy wait as spec.concurrency.queued of it allows, "
                                + capacity.get().queued()
                                + "; nothing ran; come back later"));
            case Turn.Over over ->
                Optional.of(new Observation.NotStarted(
                        granted,
                        Reason.QueueTimedOut,
                        "it waited for " + Durations.text(patience)
                                + " (spec.concurrency.queueTimeout of the policy) and as many others were active as the policy allows; "
                                + "nothing ran; come back later, or have more allowed"));
        };
    }

    /** What comes instead of a run whose tool the infrastructure has failed too often; empty where it is let through. */
    private Optional<Observation> rest(ToolRun run, Ruling.Granted granted, Grounds grounds, Instant now) {
        String tool = granted.tool().name();
        return grounds.circuit()
                .flatMap(rule -> resolver.policy(run).flatMap(policy -> breakers.ask(policy, run, rule, now)))
                .<Observation>map(until -> new Observation.Denied(refused(
                        granted,
                        Reason.CircuitOpen,
                        tool,
                        "the infrastructure failed too many runs of the tool a moment ago (spec.circuitBreaker of the policy); come back at "
                                + until.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1)
                                + "; why those failed is in their status")));
    }

    /** What was denied, or waits for another run of its key, has not used what the policy lets through. */
    private Observation givenBack(ToolRun run, Observation instead) {
        rates.giveBack(run);
        return instead;
    }

    private static Ruling.Refused refused(Ruling.Granted granted, Reason reason, String resource, String message) {
        return new Ruling.Refused(
                granted.policyVersion(),
                List.of(new DecisionReason(reason.name(), resource, message + "; nothing ran")));
    }
}
