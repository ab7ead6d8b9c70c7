package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.api.v1alpha1.ToolDisabled;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An alert of a policy stopped one of its tools (action {@code disable_component}), until somebody with the verb {@code resume} lets it run again by the annotation
 * {@value Names#RESUME_ANNOTATION}. That names the firing, so it says nothing of the next one.
 */
public record Disablement(String policy, String tool, ToolDisabled by) {
    /** What stopped a tool; empty where nothing did. */
    public static Optional<Disablement> of(SandboxPolicy policy, String tool) {
        return Optional.ofNullable(tool)
                .flatMap(name -> Optional.ofNullable(all(policy).get(name)))
                .map(by -> new Disablement(policy.getMetadata().getName(), tool, by));
    }

    /** All tools that are stopped, by name. */
    public static SortedMap<String, ToolDisabled> all(SandboxPolicy policy) {
        SortedMap<String, ToolDisabled> all = stopped(policy);
        all.values().removeIf(by -> isResumed(policy, by));
        return all;
    }

    /** All tools that were stopped when the status was written, by name; some may run again since. */
    public static SortedMap<String, ToolDisabled> stopped(SandboxPolicy policy) {
        SortedMap<String, ToolDisabled> all = new TreeMap<>();
        if (policy.getStatus() != null) {
            for (ToolCircuit tool : policy.getStatus().tools()) {
                if (tool.name() != null && tool.disabled() != null) {
                    all.put(tool.name(), tool.disabled());
                }
            }
        }
        return all;
    }

    /** Whether somebody has let the tool run again since. */
    public static boolean isResumed(SandboxPolicy policy, ToolDisabled by) {
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
                .or(() -> disablement.map(stop -> Reason.ToolDisabled))
                .or(() -> revoked);
    }

    /** Why nothing of the tool is let through. */
    public DecisionReason reason() {
        return new DecisionReason(Reason.ToolDisabled.name(), tool, message());
    }

    /** Who stopped it when, and what to do about it. */
    public String message() {
        return "the alert " + Text.quoted(by.alert()) + " of the policy " + Text.quoted(policy) + " stopped the tool "
                + Text.quoted(tool)
                + " at " + by.at()
                + "; look at what it did, then have somebody with the verb resume do: kubectl annotate sandboxpolicy "
                + policy + " --overwrite " + Names.RESUME_ANNOTATION + "=" + by.firing();
    }
}
