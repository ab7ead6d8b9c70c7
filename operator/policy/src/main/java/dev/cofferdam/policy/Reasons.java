package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.record.Reason;
import java.util.ArrayList;
import java.util.List;

/** Gathers why one run is refused. */
final class Reasons {
    private final List<DecisionReason> found = new ArrayList<>();

    /** @param resource what was asked for, as it may be shown: quoted where somebody else wrote it */
    void add(Reason code, String resource, String message) {
        DecisionReason reason = new DecisionReason(code.name(), resource, message);
        if (!found.contains(reason)) {
            found.add(reason);
        }
    }

    void addAll(List<DecisionReason> reasons) {
        found.addAll(reasons);
    }

    Answer answer() {
        return none() ? new Answer.Allowed() : new Answer.Denied(bounded());
    }

    boolean none() {
        return found.isEmpty();
    }

    /** All of them, or the first ones and how many more there are. */
    List<DecisionReason> bounded() {
        if (found.size() <= Bounds.REASONS_MOST) {
            return List.copyOf(found);
        }
        List<DecisionReason> first = new ArrayList<>(found.subList(0, Bounds.REASONS_MOST - 1));
        int more = found.size() - first.size();
        first.add(new DecisionReason(
                Reason.InvalidSpec.name(), "spec", "and " + more + " more reasons; correct the ones above first"));
        return List.copyOf(first);
    }
}
