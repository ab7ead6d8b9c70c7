package dev.cofferdam.policy;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * What decides about a run, and its agent has no say in.
 *
 * @param policy what became of the policy that the run names; empty where its namespace has none of that name
 * @param stage the label {@code cofferdam.dev/stage} of the namespace; empty where it has none
 */
public record Setting(Optional<Compilation> policy, Optional<String> stage) {
    /** @param stage looked up only where the policy asks for one */
    public static Setting of(Optional<Compilation> policy, Supplier<Optional<String>> stage) {
        boolean asked = policy.flatMap(Compilation::compiled)
                .filter(compiled -> !compiled.stages().isEmpty())
                .isPresent();
        return new Setting(policy, asked ? stage.get() : Optional.empty());
    }

    /** The policy, where it can be enforced. */
    public Optional<CompiledPolicy> compiled() {
        return policy.flatMap(Compilation::compiled);
    }

    /** Of a namespace without a stage. */
    public static Setting of(Optional<Compilation> policy) {
        return new Setting(policy, Optional.empty());
    }
}
