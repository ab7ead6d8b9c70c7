package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.PolicyState;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Somebody stopped all tools of a namespace, or of all namespaces, by the label {@value Names#STATE_LABEL}, and above all policies. That the label is there is
 * enough: a misspelt value stops, too.
 *
 * @param namespace which has the label
 * @param state the label's value
 */
public record Halt(String namespace, String state) {
    /**
     * What stops the runs of a namespace.
     *
     * @param stateOf the label's value of a namespace, by its name; empty where it has no such label
     * @return empty where nothing does
     */
    public static Optional<Halt> of(String namespace, Function<String, Optional<String>> stateOf) {
        return Stream.of(Names.SYSTEM_NAMESPACE, namespace)
                .flatMap(name -> stateOf.apply(name).map(state -> new Halt(name, state)).stream())
                // What one wants to look at, another one's stop must not kill.
                .min(Comparator.comparing(halt -> !halt.quarantines()));
    }

    /** Whether what runs is to be frozen, and not killed. */
    public boolean quarantines() {
        return PolicyState.Quarantined.name().equals(state);
    }

    /**
     * Why a claimed run must stop.
     *
     * @param revoked why it must by its policy; empty where that lets it go on
     * @return empty where it may go on
     */
    public static Optional<Reason> stops(Optional<Halt> halt, Supplier<Optional<Reason>> revoked) {
        if (halt.isEmpty()) {
            return revoked.get();
        }
        return Optional.of(
                halt.get().quarantines()
                                || revoked.get()
                                        .filter(Reason.Quarantined::equals)
                                        .isPresent()
                        ? Reason.Quarantined
                        : Reason.NamespaceSuspended);
    }

    /**
     * Why a claimed run must stop that somebody may have cancelled: whoever may cancel a run does not thereby kill what is to be looked at.
     *
     * @param cancelled whether the run asks for its own end
     * @param stops why it must stop whatever it asks for
     * @return empty where it may go on
     */
    public static Optional<Reason> cancelled(boolean cancelled, Optional<Reason> stops) {
        return cancelled && stops.filter(Reason.Quarantined::equals).isEmpty() ? Optional.of(Reason.Cancelled) : stops;
    }

    /** The ruling as it is where nothing stops the run; else a refusal, with the ruling's own reasons behind this one. */
    public static Ruling over(Optional<Halt> halt, Ruling ruling) {
        return halt.<Ruling>map(stop -> ruling.behind(stop.reason())).orElse(ruling);
    }

    private DecisionReason reason() {
        return new DecisionReason(Reason.NamespaceSuspended.name(), namespace, message());
    }

    /** What stopped them, and what to do about it. */
    public String message() {
        return "the namespace " + Text.quoted(namespace) + " has the label " + Names.STATE_LABEL + "=" + state
                + ": somebody stopped all tools "
                + (namespace.equals(Names.SYSTEM_NAMESPACE) ? "of the cluster" : "there")
                + " on purpose; ask them, then have the label removed by somebody with the verb resume";
    }
}
