package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.ActiveRuns;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.PolicyState;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.policy.Compilation;
import dev.cofferdam.policy.Disablement;
import dev.cofferdam.policy.Finding;
import dev.cofferdam.policy.Findings;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.Hindrance;
import dev.cofferdam.policy.Problem;
import dev.cofferdam.policy.Review;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a policy's status says of it. */
public final class PolicyStatus {
    /** True when the whole policy can be enforced as it is written; False with all that is wrong. */
    static final String READY = "Ready";

    /** True when its runtime class is there, is gVisor's, and has a node; False with what is missing. Unknown while it is not Ready. */
    static final String SANDBOX_AVAILABLE = "SandboxAvailable";

    /** True when no other NetworkPolicy of its namespace opens egress of its pods; False with the name of one that does. Its runs are refused then. */
    static final String NETWORK_ISOLATED = "NetworkIsolated";

    /** Whether somebody who may has confirmed it as it is now; False with the command to do so. Absent where no tool of it needs that. */
    static final String REVIEWED = "Reviewed";

    /**
     * True when tools of it may run where they are; False with what holds them back: who stopped them where (its own spec.state, the label of its namespace or of the system's, or an alert,
     * also where that stopped some of them only), or why none of them may run there (no review, the stage of its namespace). Unknown while it is not Ready.
     */
    static final String ACTIVE = "Active";

    /** True while an alert of it holds, since it fired; False while none does. Absent where it has none. */
    static final String ALERTING = "Alerting";

    /** More than that is more of the same, about other tools. */
    private static final int HINDRANCES_TOLD = 3;

    private static final String QUIET = "Quiet";
    private static final String CONFIRMED = "Confirmed";
    /** True when nothing of it is broader than it has to be; False with what is, and what would be narrower: it is enforced as written all the same. Unknown while it is not Ready. */
    static final String LEAST_PRIVILEGE = "LeastPrivilege";

    private static final String NARROW = "Narrow";
    private static final String BROAD = "Broad";
    private static final String ISOLATED = "Isolated";
    private static final String COMPILED = "Compiled";
    private static final String NOT_ENFORCEABLE = "NotEnforceable";
    private static final String AVAILABLE = "Available";

    /**
     * What became of its alerts.
     *
     * @param alerts how they stand
     * @param holding names of those that hold
     * @param quarantined which of them has quarantined the policy; empty where none has
     */
    public record Alerted(List<AlertStatus> alerts, List<String> holding, Optional<AlertStop> quarantined) {
        public static final Alerted NONE = new Alerted(List.of(), List.of(), Optional.empty());

        public Alerted {
            alerts = List.copyOf(alerts);
            holding = List.copyOf(holding);
        }
    }

    private PolicyStatus() {}

    /**
     * @param unavailable why its runs have no sandbox now; empty where they have
     * @param halt what stops all tools of its namespace; empty where nothing does
     * @param stage of its namespace; empty where it has none
     * @param runs that have not ended; null where nothing bounds them
     * @param tools of which there is something to tell
     * @param opened what opens the network of its pods; empty where nothing does
     */
    public static SandboxPolicyStatus reduce(
            SandboxPolicy policy,
            Compilation compilation,
            Optional<String> unavailable,
            Optional<String> opened,
            Optional<Halt> halt,
            Optional<String> stage,
            ActiveRuns runs,
            List<ToolCircuit> tools,
            Alerted alerted,
            Instant now) {
        Long generation = policy.getMetadata().getGeneration();
        List<Condition> before =
                policy.getStatus() == null ? List.of() : policy.getStatus().conditions();
        Conditions conditions = new Conditions(before, generation, now);
        switch (compilation) {
            case Compilation.Compiled compiled -> {
                conditions.set(
                        READY,
                        Conditions.TRUE,
                        COMPILED,
                        compiled.policy().suspended()
                                ? "enforced as written; "
                                        + compiled.policy().state().name().toLowerCase(Locale.ROOT)
                                        + ": no tool runs"
                                : "enforced as written");
                leastPrivilege(conditions, Findings.of(compiled.policy()));
            }
            case Compilation.Refused refused -> {
                conditions.set(
                        READY,
                        Conditions.FALSE,
                        NOT_ENFORCEABLE,
                        refused.problems().stream().map(Problem::toString).collect(Collectors.joining(". ")));
                conditions.set(
                        LEAST_PRIVILEGE, Conditions.UNKNOWN, NOT_ENFORCEABLE, "nothing of it is granted; see Ready");
            }
        }
        sandbox(compilation, unavailable, conditions);
        opened.ifPresentOrElse(
                why -> conditions.set(NETWORK_ISOLATED, Conditions.FALSE, Reason.NetworkNotIsolated, why),
                () -> conditions.set(
                        NETWORK_ISOLATED,
                        Conditions.TRUE,
                        ISOLATED,
                        "no other NetworkPolicy opens egress of its sandbox pods"));
        reviewed(compilation, conditions);
        active(policy, compilation, halt, stage, tools, alerted, conditions);
        alerting(alerted.alerts(), alerted.holding(), conditions);
        return new SandboxPolicyStatus(
                generation,
                compilation.version(),
                conditions.list(),
                runs,
                tools,
                alerted.alerts(),
                alerted.quarantined().orElse(null));
    }

    private static void sandbox(Compilation compilation, Optional<String> unavailable, Conditions conditions) {
        switch (compilation) {
            case Compilation.Refused refused ->
                conditions.set(SANDBOX_AVAILABLE, Conditions.UNKNOWN, NOT_ENFORCEABLE, "none is looked for; see Ready");
            case Compilation.Compiled compiled ->
                unavailable.ifPresentOrElse(
                        why -> conditions.set(SANDBOX_AVAILABLE, Conditions.FALSE, Reason.SandboxUnavailable, why),
                        () -> conditions.set(SANDBOX_AVAILABLE, Conditions.TRUE, AVAILABLE, "a node can run it"));
        }
    }

    private static void alerting(List<AlertStatus> alerts, List<String> holding, Conditions conditions) {
        if (alerts.isEmpty()) {
            conditions.remove(ALERTING);
        } else if (holding.isEmpty()) {
            conditions.set(ALERTING, Conditions.FALSE, QUIET, "none of its alerts holds");
        } else {
            conditions.set(
                    ALERTING,
                    Conditions.TRUE,
                    Reason.AlertFired,
                    "these of its alerts fired, and hold: " + String.join(", ", holding) + "; see status.alerts");
        }
    }

    /** Circuits, and which alert has stopped a tool: that comes first, where there are too many. */
    public static List<ToolCircuit> tools(List<ToolCircuit> circuits, Map<String, AlertStop> disabled) {
        SortedMap<String, ToolCircuit> tools = new TreeMap<>();
        new TreeMap<>(disabled)
                .entrySet().stream()
                        .limit(Bounds.TOOLS)
                        .forEach(stop -> tools.put(
                                stop.getKey(),
                                new ToolCircuit(
                                        stop.getKey(), Circuit.Closed, null, List.of(), null, null, stop.getValue())));
        for (ToolCircuit circuit : circuits) {
            if (tools.containsKey(circuit.name()) || tools.size() < Bounds.TOOLS) {
                tools.put(
                        circuit.name(),
                        new ToolCircuit(
                                circuit.name(),
                                circuit.circuit(),
                                circuit.until(),
                                circuit.failures(),
                                circuit.begun(),
                                circuit.well(),
                                disabled.get(circuit.name())));
            }
        }
        return List.copyOf(tools.values());
    }

    private static void active(
            SandboxPolicy policy,
            Compilation compilation,
            Optional<Halt> halt,
            Optional<String> stage,
            List<ToolCircuit> tools,
            Alerted alerted,
            Conditions conditions) {
        List<DecisionReason> hindrances = compilation
                .compiled()
                .map(compiled -> Hindrance.of(compiled, stage))
                .orElse(List.of());
        List<Disablement> disabled = tools.stream()
                .filter(tool -> tool.disabled() != null)
                .map(tool -> disablement(policy, Optional.of(tool.name()), tool.disabled()))
                .toList();
        boolean suspended = policy.getSpec() != null
                && policy.getSpec().state() != null
                && policy.getSpec().state() != PolicyState.Active;
        halt.ifPresentOrElse(
                stop -> conditions.set(ACTIVE, Conditions.FALSE, Reason.NamespaceSuspended, stop.message()), () -> {
                    if (alerted.quarantined().isPresent()) {
                        Disablement quarantine = disablement(
                                policy, Optional.empty(), alerted.quarantined().get());
                        conditions.set(ACTIVE, Conditions.FALSE, Reason.PolicySuspended, quarantine.message());
                    } else if (suspended) {
                        conditions.set(
                                ACTIVE,
                                Conditions.FALSE,
                                Reason.PolicySuspended,
                                "spec.state is not Active: somebody stopped its tools on purpose; ask them, then have it set to Active by somebody with the verb resume");
                    } else if (compilation instanceof Compilation.Refused) {
                        conditions.set(
                                ACTIVE, Conditions.UNKNOWN, NOT_ENFORCEABLE, "nobody stopped its tools; see Ready");
                    } else if (!hindrances.isEmpty()) {
                        conditions.set(
                                ACTIVE,
                                Conditions.FALSE,
                                hindrances.getFirst().code(),
                                "none of its tools may run here: "
                                        + hindrances.stream()
                                                .limit(HINDRANCES_TOLD)
                                                .map(DecisionReason::message)
                                                .collect(Collectors.joining(". ")));
                    } else if (!disabled.isEmpty()) {
                        conditions.set(
                                ACTIVE,
                                Conditions.FALSE,
                                Reason.ToolDisabled,
                                disabled.stream().map(Disablement::message).collect(Collectors.joining(". "))
                                        + ". All other tools of it may run");
                    } else {
                        conditions.set(ACTIVE, Conditions.TRUE, ACTIVE, "nobody stopped its tools");
                    }
                });
    }

    private static Disablement disablement(SandboxPolicy policy, Optional<String> tool, AlertStop by) {
        return new Disablement(
                policy.getMetadata().getNamespace(), policy.getMetadata().getName(), tool, by);
    }

    private static void reviewed(Compilation compilation, Conditions conditions) {
        if (compilation instanceof Compilation.Compiled compiled
                && compiled.policy().needsReview()) {
            Review review = compiled.policy().review();
            if (review.given()) {
                conditions.set(REVIEWED, Conditions.TRUE, CONFIRMED, "confirmed as it is now, " + review.digest());
            } else {
                conditions.set(
                        REVIEWED,
                        Conditions.FALSE,
                        Reason.ReviewRequired,
                        "nobody has confirmed it as it is now, so none of its untrusted tools runs; "
                                + review.command(
                                        compiled.policy().namespace(),
                                        compiled.policy().name()));
            }
        } else {
            conditions.remove(REVIEWED);
        }
    }

    private static void leastPrivilege(Conditions conditions, List<Finding> findings) {
        if (findings.isEmpty()) {
            conditions.set(LEAST_PRIVILEGE, Conditions.TRUE, NARROW, "nothing is broader than it has to be");
        } else {
            conditions.set(
                    LEAST_PRIVILEGE,
                    Conditions.FALSE,
                    BROAD,
                    findings.stream().map(Finding::toString).collect(Collectors.joining(". ")));
        }
    }
}
