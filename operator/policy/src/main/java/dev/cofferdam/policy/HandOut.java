package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.EffectiveLimits;
import dev.cofferdam.api.v1alpha1.PolicyState;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.record.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The job of a claimed run, at the moment it is handed to the sandbox: never more than the claim granted, and never more than the policy grants now. */
public final class HandOut {
    private HandOut() {}

    /**
     * Rules on a claimed run again.
     *
     * @param current what decides now
     * @param claimed {@code status.effective}, as the claim wrote it
     * @param spec the run's spec
     * @return granted with the smaller of both bounds, or refused with all reasons
     */
    public static Ruling job(Setting current, Effective claimed, ToolRunSpec spec) {
        return switch (Decider.again(current, spec)) {
            case Ruling.Refused refused -> refused;
            case Ruling.Granted granted -> within(granted, claimed);
        };
    }

    /**
     * Why a claimed run must stop, by its policy as it is now.
     *
     * @return empty where the run may go on
     */
    public static Optional<Reason> revoked(Setting current, Effective claimed, ToolRunSpec spec) {
        return switch (job(current, claimed, spec)) {
            case Ruling.Granted granted -> Optional.empty();
            case Ruling.Refused refused ->
                Optional.of(current.policy().map(HandOut::revoked).orElse(Reason.PolicyDeleted));
        };
    }

    /**
     * What a claimed run has, and its policy as it is now does not grant: the first of it, by name.
     *
     * @return for people, bounded; empty where the run may go on, and where it must stop for another reason than {@link Reason#PolicyChanged}
     */
    public static Optional<String> lost(Setting current, Effective claimed, ToolRunSpec spec) {
        return revoked(current, claimed, spec)
                                .filter(Reason.PolicyChanged::equals)
                                .isPresent()
                        && job(current, claimed, spec) instanceof Ruling.Refused refused
                ? Optional.of(told(refused.reasons()))
                : Optional.empty();
    }

    private static String told(List<DecisionReason> reasons) {
        int more = reasons.size() - 1;
        return reasons.getFirst().message() + (more > 0 ? " (and " + more + " more)" : "");
    }

    /** The same in a namespace without a stage. */
    public static Ruling job(Optional<Compilation> current, Effective claimed, ToolRunSpec spec) {
        return job(Setting.of(current), claimed, spec);
    }

    /** The same in a namespace without a stage. */
    public static Optional<Reason> revoked(Optional<Compilation> current, Effective claimed, ToolRunSpec spec) {
        return revoked(Setting.of(current), claimed, spec);
    }

    private static Reason revoked(Compilation refusing) {
        return switch (refusing) {
            case Compilation.Refused refused -> Reason.PolicyNotReady;
            case Compilation.Compiled compiled
            when compiled.policy().state() == PolicyState.Quarantined -> Reason.Quarantined;
            case Compilation.Compiled compiled when compiled.policy().suspended() -> Reason.Suspended;
            case Compilation.Compiled compiled -> Reason.PolicyChanged;
        };
    }

    private static Ruling within(Ruling.Granted granted, Effective claimed) {
        Optional<String> lost = Loss.of(granted, claimed);
        if (lost.isPresent()) {
            return changed(granted, lost.get());
        }
        Job job = granted.job();
        ExecGrant exec = ExecGrant.of(claimed.exec(), claimed.allowJit());
        return new Ruling.Granted(
                granted.policyVersion(),
                granted.tool(),
                granted.grants().within(claimed.toolCapabilities()),
                claimed,
                new Job(
                        job.argv(),
                        job.environment(),
                        job.secrets(),
                        job.stdin(),
                        smaller(job.limits(), claimed.limits()),
                        exec,
                        new Job.Files(
                                claimed.storage(),
                                claimed.storageDenied(),
                                job.workspace().origin(),
                                job.workspace().outputs(),
                                job.workspace().commit()),
                        new Job.Network(claimed.network(), claimed.networkDenied())));
    }

    private static Ruling changed(Ruling.Granted granted, String message) {
        return new Ruling.Refused(
                granted.policyVersion(),
                List.of(new DecisionReason(
                        Reason.PolicyChanged.name(), "status.effective", message + "; create another run")));
    }

    /** Memory and processor are the pod's, which cannot grow; the scratch space follows the memory that the pod has. */
    private static Limits smaller(Limits now, EffectiveLimits claimed) {
        if (claimed == null) {
            return now;
        }
        return new Limits(
                claimed.cpu() == null ? now.cpu() : claimed.cpu(),
                claimed.memory() == null ? now.memory() : claimed.memory(),
                claimed.timeoutMillis() == null
                        ? now.timeout()
                        : Duration.ofMillis(Math.min(now.timeout().toMillis(), claimed.timeoutMillis())),
                least(now.cpuTime(), claimed.cpuTimeMillis()),
                least(now.processes(), claimed.processes()),
                least(now.openFiles(), claimed.openFiles()),
                least(now.outputBytes(), claimed.outputBytes()),
                Math.min(
                        now.workspaceBytes(),
                        claimed.workspaceBytes() != null
                                ? claimed.workspaceBytes()
                                : Limits.scratchBytes(claimed.memory() == null ? now.memory() : claimed.memory())),
                now.traffic().within(claimed.network()));
    }

    private static Optional<Duration> least(Optional<Duration> now, Long claimedMillis) {
        return claimedMillis == null
                ? now
                : Optional.of(
                        Duration.ofMillis(Math.min(now.map(Duration::toMillis).orElse(claimedMillis), claimedMillis)));
    }

    private static int least(int now, Integer claimed) {
        return claimed == null ? now : Math.min(now, claimed);
    }
}
