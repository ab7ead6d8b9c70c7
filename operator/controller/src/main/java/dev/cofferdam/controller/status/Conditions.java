package dev.cofferdam.controller.status;

import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Conditions, which change their time only when they change what they say. */
public final class Conditions {
    public static final String TRUE = "True";
    static final String FALSE = "False";
    static final String UNKNOWN = "Unknown";

    /** Longest message, in characters. */
    public static final int MESSAGE_MOST = 1024;

    private final List<Condition> conditions;
    private final Long generation;
    private final Instant now;

    public Conditions(List<Condition> before, Long generation, Instant now) {
        this.conditions = new ArrayList<>(before);
        this.generation = generation;
        this.now = now;
    }

    public Conditions set(String type, String status, Reason reason, String message) {
        return set(type, status, reason.name(), message);
    }

    /** @param message may hold text that another part of Kubernetes wrote */
    public Conditions set(String type, String status, String reason, String message) {
        Optional<Condition> before =
                conditions.stream().filter(c -> type.equals(c.getType())).findFirst();
        boolean same = before.filter(c -> status.equals(c.getStatus()) && reason.equals(c.getReason()))
                .isPresent();
        Condition after = new ConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(Quoted.bounded(message, MESSAGE_MOST))
                .withObservedGeneration(generation)
                .withLastTransitionTime(same ? before.orElseThrow().getLastTransitionTime() : time(now))
                .build();
        if (before.isPresent()) {
            conditions.set(conditions.indexOf(before.get()), after);
        } else {
            conditions.add(after);
        }
        return this;
    }

    Conditions set(ConditionType type, String status, Reason reason, String message) {
        return set(type.name(), status, reason, message);
    }

    /** It says nothing of this object any more. */
    void remove(String type) {
        conditions.removeIf(condition -> type.equals(condition.getType()));
    }

    /** All of them, as of the object's newest generation: what was not set anew is true of it, too. */
    public List<Condition> list() {
        return conditions.stream()
                .map(condition -> new ConditionBuilder(condition)
                        .withObservedGeneration(generation)
                        .build())
                .toList();
    }

    /** Whole seconds: what Kubernetes keeps of a condition's time. */
    static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
