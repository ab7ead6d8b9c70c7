package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.Tool;
import java.util.List;
import java.util.stream.Stream;

/** What a policy says of a run. */
public sealed interface Ruling {
    /** The policy that decided; empty where there is none. */
    String policyVersion();

    /** A refusal for something above the policy, with this ruling's own reasons behind it. */
    default Refused behind(DecisionReason above) {
        List<DecisionReason> own = switch (this) {
            case Granted granted -> List.of();
            case Refused refused -> refused.reasons();
        };
        return new Refused(
                policyVersion(),
                Stream.concat(Stream.of(above), own.stream())
                        .limit(Bounds.REASONS_MOST)
                        .toList());
    }

    /**
     * The policy grants all that the run asks for.
     *
     * @param policyVersion the policy that decided
     * @param tool the tool that the policy names
     * @param grants what the tool may touch in this run: what the policy grants, within the capabilities of the tool and of the run
     * @param effective the exact grants, as the run's status shows them
     * @param job what the supervisor gets
     */
    record Granted(String policyVersion, Tool tool, Grants grants, Effective effective, Job job) implements Ruling {
        /** Whether the policy says that it does no harm to run the tool again. */
        public boolean mayRunTwice() {
            return Boolean.TRUE.equals(tool.idempotent());
        }
    }

    /**
     * Something that the run asks for is not granted, so nothing of it runs.
     *
     * @param policyVersion the policy that decided; empty where there is none
     * @param reasons all of them, in the order of the run's spec; never empty; codes are names of {@code dev.cofferdam.record.Reason}
     */
    record Refused(String policyVersion, List<DecisionReason> reasons) implements Ruling {
        public Refused {
            reasons = List.copyOf(reasons);
        }
    }
}
