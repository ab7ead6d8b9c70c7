package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.EffectiveLimits;
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
     * @param current what became of the policy as it is now; empty where it is gone
     * @param claimed {@code status.effective}, as the claim wrote it
     * @param spec the run's spec
     * @return granted with the smaller of both bounds, or refused with all reasons
     */
    public static Ruling job(Optional<Compilation> current, Effective claimed, ToolRunSpec spec) {
        return switch (Decider.decide(current, spec)) {
            case Ruling.Refused refused -> refused;
            case Ruling.Granted granted -> within(granted, claimed);
        };
    }

    private static Ruling within(Ruling.Granted granted, Effective claimed) {
        List<String> keys = granted.effective().environment();
        if (claimed == null || !List.copyOf(claimed.environment()).containsAll(keys)) {
            return new Ruling.Refused(
                    granted.policyVersion(),
                    List.of(new DecisionReason(
                            Reason.Revoked.name(),
                            "status.effective",
                            "the claim of this run does not grant what its spec asks for; create another run")));
        }
        Job job = granted.job();
        return new Ruling.Granted(
                granted.policyVersion(),
                granted.tool(),
                claimed,
                new Job(job.argv(), job.environment(), job.stdin(), smaller(job.limits(), claimed.limits())));
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
                least(now.processes(), claimed.processes()),
                least(now.openFiles(), claimed.openFiles()),
                least(now.outputBytes(), claimed.outputBytes()));
    }

    private static int least(int now, Integer claimed) {
        return claimed == null ? now : Math.min(now, claimed);
    }
}
