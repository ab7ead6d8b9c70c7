package dev.cofferdam.policy;

import java.util.List;
import java.util.Optional;

/** What became of a policy's spec: something that can be enforced, or the reasons why it cannot. */
public sealed interface Compilation {
    /** {@code <generation>@sha256:<digest of the canonical spec>}; there also for a policy that is refused. */
    String version();

    /** Empty where it is refused. */
    default Optional<CompiledPolicy> compiled() {
        return this instanceof Compiled compiled ? Optional.of(compiled.policy()) : Optional.empty();
    }

    /** The whole policy can be enforced as it is written. */
    record Compiled(CompiledPolicy policy) implements Compilation {
        @Override
        public String version() {
            return policy.version();
        }
    }

    /**
     * At least one part of the policy cannot be enforced, so nothing of it is.
     *
     * @param problems all of them, in the order of the spec; never empty
     */
    record Refused(String name, String version, List<Problem> problems) implements Compilation {
        public Refused {
            problems = List.copyOf(problems);
        }
    }
}
