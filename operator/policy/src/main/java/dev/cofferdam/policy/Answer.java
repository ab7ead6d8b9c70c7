package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import java.util.List;

/** What a grant says of one thing that a tool wants to do. */
public sealed interface Answer {
    record Allowed() implements Answer {}

    /** @param reasons all of them; never empty; codes are names of {@code dev.cofferdam.record.Reason} */
    record Denied(List<DecisionReason> reasons) implements Answer {
        public Denied {
            reasons = List.copyOf(reasons);
        }
    }

    default boolean isAllowed() {
        return this instanceof Allowed;
    }
}
