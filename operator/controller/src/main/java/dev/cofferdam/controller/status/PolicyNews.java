package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * What somebody wants to hear of whom a policy concerns, when its status changes: what is wrong now, and what is right again. That an alert fired is told by itself.
 *
 * @param about what it is told of: of one of these the same is told once in {@link #PACE}
 * @param well whether nobody has to look
 */
public record PolicyNews(String about, boolean well, String reason, String note) {
    /** What comes and goes is told once in this time. */
    public static final Duration PACE = Duration.ofMinutes(10);

    /** Of these conditions True is as it should be. */
    static final List<String> WATCHED = List.of(
            PolicyStatus.READY,
            PolicyStatus.SANDBOX_AVAILABLE,
            PolicyStatus.NETWORK_ISOLATED,
            PolicyStatus.REVIEWED,
            PolicyStatus.ACTIVE);

    static final String CLOSED = "CircuitClosed";
    static final String RESUMED = "Resumed";

    /**
     * From one status to the next.
     *
     * @param before null where there was none
     */
    public static List<PolicyNews> of(SandboxPolicyStatus before, SandboxPolicyStatus now) {
        List<PolicyNews> news = new ArrayList<>();
        for (String type : WATCHED) {
            Condition was = condition(before, type);
            Condition is = condition(now, type);
            boolean wrong = isWrong(is);
            boolean right = is != null && Conditions.TRUE.equals(is.getStatus());
            boolean wasWrong = isWrong(was);
            if (wrong && !wasWrong || right && wasWrong) {
                news.add(new PolicyNews(
                        type + " " + is.getStatus(), !wrong, is.getReason(), type + ": " + is.getMessage()));
            }
        }
        circuits(before).forEach((tool, was) -> {
            if (!circuits(now).containsKey(tool)) {
                news.add(new PolicyNews(
                        "closed " + tool,
                        true,
                        CLOSED,
                        "runs of the tool " + Text.quoted(tool) + " are let through again"));
            }
        });
        circuits(now).forEach((tool, is) -> {
            if (!circuits(before).containsKey(tool)) {
                news.add(new PolicyNews(
                        "open " + tool,
                        false,
                        Reason.CircuitOpen.name(),
                        "the infrastructure failed too many runs of the tool " + Text.quoted(tool)
                                + "; it is given a rest until " + is.until()));
            }
        });
        resumed(
                stops(before),
                stops(now),
                (what, stop) -> news.add(new PolicyNews(
                        "resumed " + stop.firing(),
                        true,
                        RESUMED,
                        "somebody let " + what + " run again, which the alert " + Text.quoted(stop.alert())
                                + " had stopped at " + stop.at())));
        return List.copyOf(news);
    }

    /** That it has no review is told of the condition that is about that. */
    private static boolean isWrong(Condition condition) {
        return condition != null
                && Conditions.FALSE.equals(condition.getStatus())
                && !(PolicyStatus.ACTIVE.equals(condition.getType())
                        && Reason.ReviewRequired.name().equals(condition.getReason()));
    }

    private static void resumed(
            Map<String, AlertStop> before, Map<String, AlertStop> now, BiConsumer<String, AlertStop> tell) {
        before.forEach((what, stop) -> {
            // Where another one has stopped it, it does not run; of that one there was an Event when it fired.
            if (!now.containsKey(what)) {
                tell.accept(what, stop);
            }
        });
    }

    private static Condition condition(SandboxPolicyStatus status, String type) {
        return status == null
                ? null
                : status.conditions().stream()
                        .filter(condition -> type.equals(condition.getType()))
                        .findFirst()
                        .orElse(null);
    }

    /** Those that are not closed. */
    private static SortedMap<String, ToolCircuit> circuits(SandboxPolicyStatus status) {
        SortedMap<String, ToolCircuit> circuits = new TreeMap<>();
        if (status != null) {
            status.tools().stream()
                    .filter(tool -> tool.circuit() == Circuit.Open || tool.circuit() == Circuit.HalfOpen)
                    .forEach(tool -> circuits.put(tool.name(), tool));
        }
        return circuits;
    }

    private static SortedMap<String, AlertStop> stops(SandboxPolicyStatus status) {
        SortedMap<String, AlertStop> stops = new TreeMap<>();
        if (status != null) {
            status.tools().stream()
                    .filter(tool -> tool.disabled() != null)
                    .forEach(tool -> stops.put("the tool " + Text.quoted(tool.name()), tool.disabled()));
            if (status.quarantined() != null) {
                stops.put("the policy", status.quarantined());
            }
        }
        return stops;
    }

    /** The same for all that tell the same within {@link #PACE}. */
    public String key(Instant now) {
        return about + " " + reason + " " + Math.floorDiv(now.toEpochMilli(), PACE.toMillis());
    }
}
