package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.ErrorKind;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.policy.CircuitRule;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The circuit of one tool: a value, and what becomes of it. */
public sealed interface Breaker {
    /** Runs are let through. */
    record Closed(List<Instant> failures) implements Breaker {
        public Closed {
            failures = List.copyOf(failures);
        }
    }

    /** None is. */
    record Open(Instant until) implements Breaker {}

    /**
     * Some are.
     *
     * @param begun how many were let through
     * @param well how many of them ended well
     * @param until when others are let through, should those not have ended
     */
    record HalfOpen(int begun, int well, Instant until) implements Breaker {}

    Breaker NEW = new Closed(List.of());

    /** How a run ended, as far as circuits are concerned. */
    enum Word {
        /** The infrastructure failed it. */
        Failed,
        /** It did not: the run ended as its tool did, or as its policy wanted. */
        Well,
        /** Nobody can say. */
        None
    }

    /** What the end of a run says. */
    static Word word(ToolRunStatus ended) {
        if (ended.attempts().isEmpty() || ended.phase() == Phase.Cancelled) {
            return Word.None;
        }
        return ended.error() != null && ended.error().kind() == ErrorKind.Infrastructure ? Word.Failed : Word.Well;
    }

    /** @return until when no run is let through; empty where the next one is */
    default Optional<Instant> closedUntil(CircuitRule rule, Instant now) {
        return switch (this) {
            case Closed closed -> Optional.empty();
            case Open open -> Optional.of(open.until()).filter(now::isBefore);
            case HalfOpen half ->
                Optional.of(half.until()).filter(until -> half.begun() >= rule.probes() && now.isBefore(until));
        };
    }

    /** After a run was let through. */
    default Breaker begun(CircuitRule rule, Instant now) {
        return switch (this) {
            case Closed closed -> closed;
            case Open open -> new HalfOpen(1, 0, now.plus(rule.pause()));
            case HalfOpen half ->
                half.begun() >= rule.probes()
                        ? new HalfOpen(1, 0, now.plus(rule.pause()))
                        : new HalfOpen(half.begun() + 1, half.well(), half.until());
        };
    }

    /** After nothing came of a run that was let through: no pod was claimed for it. */
    default Breaker takenBack() {
        return this instanceof HalfOpen half && half.begun() > 0
                ? new HalfOpen(half.begun() - 1, half.well(), half.until())
                : this;
    }

    /** After a run has ended. One that ends while the circuit is open began before that. */
    default Breaker ended(Word word, CircuitRule rule, Instant now) {
        return switch (this) {
            case Closed closed when word == Word.Failed -> failed(closed, rule, now);
            case HalfOpen half when word == Word.Failed -> new Open(now.plus(rule.pause()));
            case HalfOpen half when word == Word.Well && half.well() + 1 >= rule.probes() -> NEW;
            case HalfOpen half when word == Word.Well -> new HalfOpen(half.begun(), half.well() + 1, half.until());
            default -> this;
        };
    }

    private static Breaker failed(Closed closed, CircuitRule rule, Instant now) {
        List<Instant> failures = Stream.concat(
                        closed.failures().stream().filter(at -> at.isAfter(now.minus(rule.window()))), Stream.of(now))
                .toList();
        return failures.size() >= rule.failures() ? new Open(now.plus(rule.pause())) : new Closed(failures);
    }

    default Circuit circuit() {
        return switch (this) {
            case Closed closed -> Circuit.Closed;
            case Open open -> Circuit.Open;
            case HalfOpen half -> Circuit.HalfOpen;
        };
    }

    /** What a status tells of it. */
    default ToolCircuit told(String tool) {
        return switch (this) {
            case Closed closed ->
                new ToolCircuit(
                        tool,
                        circuit(),
                        null,
                        closed.failures().stream().map(Instant::toString).toList(),
                        null,
                        null,
                        null);
            case Open open -> new ToolCircuit(tool, circuit(), open.until().toString(), List.of(), null, null, null);
            case HalfOpen half ->
                new ToolCircuit(tool, circuit(), half.until().toString(), List.of(), half.begun(), half.well(), null);
        };
    }

    /** From what a status tells. One that cannot be read is closed: it denies nobody for a reason that nobody knows. */
    static Breaker of(ToolCircuit told) {
        Optional<Instant> until = time(told.until());
        return switch (told.circuit() == null ? Circuit.Unrecognized : told.circuit()) {
            case Open -> until.<Breaker>map(Open::new).orElse(NEW);
            case HalfOpen ->
                until.<Breaker>map(at -> new HalfOpen(number(told.begun()), number(told.well()), at))
                        .orElse(NEW);
            case Closed ->
                new Closed(told.failures().stream()
                        .flatMap(at -> time(at).stream())
                        .toList());
            case Unrecognized -> NEW;
        };
    }

    private static int number(Integer told) {
        return told == null ? 0 : told;
    }

    private static Optional<Instant> time(String text) {
        try {
            return Optional.ofNullable(text).map(Instant::parse);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
