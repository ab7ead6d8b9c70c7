package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An alert of a policy stopped one of its tools (action {@code disable_component}), or all of them, and has what runs frozen (action {@code quarantine}), until somebody
 * with the verb {@code resume} lets it run again by the annotation {@value Names#RESUME_ANNOTATION}. That names the firing, so it says nothing of the next one.
 *
 * @param namespace of the policy
 * @param tool which is stopped; empty where all of the policy is quarantined
 */
public record Disablement(String namespace, String policy, Optional<String> tool, AlertStop by) {
    /** What stopped a tool; empty where nothing did. What stopped all of its policy comes first: what runs is to be kept then. */
    public static Optional<Disablement> of(SandboxPolicy policy, String tool) {
        String namespace = policy.getMetadata().getNamespace();
        String name = policy.getMetadata().getName();
        return quarantine(policy)
                .map(by -> new Disablement(namespace, name, Optional.empty(), by))
                .or(() -> Optional.ofNullable(tool)
                        .flatMap(it -> Optional.ofNullable(all(policy).get(it)))
                        .map(by -> new Disablement(namespace, name, Optional.of(tool), by)));
    }

    /** All tools that are stopped by themselves, by name. */
    public static SortedMap<String, AlertStop> all(SandboxPolicy policy) {
        SortedMap<String, AlertStop> all = stopped(policy);
        all.values().removeIf(by -> isResumed(policy, by));
        return all;
    }

    /** All tools that were stopped when the status was written, by name; some may run again since. */
    public static SortedMap<String, AlertStop> stopped(SandboxPolicy policy) {
        SortedMap<String, AlertStop> all = new TreeMap<>();
        if (policy.getStatus() != null) {
            for (ToolCircuit tool : policy.getStatus().tools()) {
                if (tool.name() != null && tool.disabled() != null) {
                    all.put(tool.name(), tool.disabled());
                }
            }
        }
        return all;
    }

    /** What quarantined the whole policy; empty where nothing did, or somebody has let it run again since. */
    public static Optional<AlertStop> quarantine(SandboxPolicy policy) {
        return quarantined(policy).filter(by -> !isResumed(policy, by));
    }

    /** What had quarantined the whole policy when the status was written; it may run again since. */
    public static Optional<AlertStop> quarantined(SandboxPolicy policy) {
        return Optional.ofNullable(policy.getStatus()).map(status -> status.quarantined());
    }

    /** Whether one of two versions of a policy stops what the other one lets run. */
    public static boolean differs(SandboxPolicy now, SandboxPolicy before) {
        return !all(now).equals(all(before)) || !quarantine(now).equals(quarantine(before));
    }

    /** Whether somebody has let run again since what was stopped. */
    public static boolean isResumed(SandboxPolicy policy, AlertStop by) {
        Map<String, String> annotations = policy.getMetadata().getAnnotations();
        String resumed = annotations == null ? null : annotations.get(Names.RESUME_ANNOTATION);
        return resumed != null && Arrays.asList(resumed.split(",")).contains(by.firing());
    }

    /** The ruling as it is where nothing stopped the tool; else a refusal, with the ruling's own reasons behind this one. */
    public static Ruling over(Optional<Disablement> disablement, Ruling ruling) {
        return disablement.<Ruling>map(stop -> ruling.behind(stop.reason())).orElse(ruling);
    }

    /**
     * Why a claimed run must stop. What is quarantined is kept, whatever else is said of it.
     *
     * @param revoked why it must by its policy's own text
     */
    public static Optional<Reason> stops(Optional<Disablement> disablement, Optional<Reason> revoked) {
        return revoked.filter(Reason.Quarantined::equals)
                .or(() -> disablement.map(stop -> stop.quarantines() ? Reason.Quarantined : Reason.ToolDisabled))
                .or(() -> revoked);
    }

    /** Whether what runs is to be frozen, and not killed. */
    public boolean quarantines() {
        return tool.isEmpty();
    }

    /** Why nothing of the tool is let through. */
    public DecisionReason reason() {
        return new DecisionReason(
                (quarantines() ? Reason.PolicySuspended : Reason.ToolDisabled).name(), tool.orElse(policy), message());
    }

    /** Who stopped it when, and what to do about it. */
    public String message() {
        String what = tool.map(
                        name -> " of the policy " + Text.quoted(policy) + " stopped the tool " + Text.quoted(name))
                .orElseGet(() -> " quarantined the policy " + Text.quoted(policy));
        return "the alert " + Text.quoted(by.alert()) + what + " at " + by.at()
                + "; look at what it did, then have somebody with the verb resume do: "
                + Annotating.command(namespace, policy, Names.RESUME_ANNOTATION, by.firing());
    }
}
