package dev.cofferdam.controller.plan;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Call;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;

/**
 * The Lease that claims an idempotency key. Its holder is the UID of the one run that may be executed under the key; it outlives that run, and has no owner, so
 * that nobody gets a second execution by deleting the first. Its time runs ({@code leaseDurationSeconds} is there) only while no run names the key.
 */
public final class KeyLease {
    private KeyLease() {}

    public static Lease claim(ToolRun run, Instant now) {
        String key = run.getSpec().idempotencyKey();
        return new LeaseBuilder()
                .withNewMetadata()
                .withName(Names.keyLease(key))
                .withNamespace(run.getMetadata().getNamespace())
                .addToLabels(Names.PART_OF_LABEL, Names.PART_OF)
                .addToLabels(Names.KEY_LABEL, "")
                .addToAnnotations(Names.KEY_ANNOTATION, key)
                .addToAnnotations(Names.KEY_RUN_ANNOTATION, run.getMetadata().getName())
                .addToAnnotations(Names.KEY_SPEC_ANNOTATION, Call.digest(run.getSpec()))
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity(run.getMetadata().getUid())
                .withAcquireTime(now.atZone(ZoneOffset.UTC))
                .withRenewTime(now.atZone(ZoneOffset.UTC))
                .endSpec()
                .build();
    }

    /** The same Lease for another run, to be written over the version that was read. */
    public static Lease handedOver(Lease lease, ToolRun run, Instant now) {
        return new LeaseBuilder(claim(run, now))
                .editMetadata()
                .withResourceVersion(lease.getMetadata().getResourceVersion())
                .endMetadata()
                .build();
    }

    /** From now on it runs out. */
    public static Lease runningOut(Lease lease, Duration kept, Instant now) {
        return new LeaseBuilder(lease)
                .editSpec()
                .withRenewTime(now.atZone(ZoneOffset.UTC))
                .withLeaseDurationSeconds((int) kept.toSeconds())
                .endSpec()
                .build();
    }

    /** Somebody names the key again. */
    public static Lease runningNoMore(Lease lease) {
        return new LeaseBuilder(lease)
                .editSpec()
                .withLeaseDurationSeconds(null)
                .endSpec()
                .build();
    }

    /** When it runs out; empty while its time does not run. */
    public static Optional<Instant> runsOut(Lease lease) {
        return lease.getSpec() == null
                        || lease.getSpec().getLeaseDurationSeconds() == null
                        || lease.getSpec().getRenewTime() == null
                ? Optional.empty()
                : Optional.of(lease.getSpec()
                        .getRenewTime()
                        .toInstant()
                        .plusSeconds(lease.getSpec().getLeaseDurationSeconds()));
    }

    /** The key that it claims; empty where it is none of ours, whatever it is labelled. */
    public static Optional<String> key(Lease lease) {
        return annotation(lease, Names.KEY_ANNOTATION)
                .filter(key -> Names.keyLease(key).equals(lease.getMetadata().getName()));
    }

    public static boolean isHeldBy(Lease lease, ToolRun run) {
        return run.getMetadata().getUid().equals(holder(lease));
    }

    /** UID of the run that has the key; empty text where nobody is named. */
    public static String holder(Lease lease) {
        return lease.getSpec() == null || lease.getSpec().getHolderIdentity() == null
                ? ""
                : lease.getSpec().getHolderIdentity();
    }

    /** Name of the run that has the key. */
    public static Optional<String> runName(Lease lease) {
        return annotation(lease, Names.KEY_RUN_ANNOTATION);
    }

    /** What the run that has the key asked for. */
    public static Optional<String> digest(Lease lease) {
        return annotation(lease, Names.KEY_SPEC_ANNOTATION);
    }

    private static Optional<String> annotation(Lease lease, String name) {
        Map<String, String> annotations = lease.getMetadata().getAnnotations();
        return annotations == null ? Optional.empty() : Optional.ofNullable(annotations.get(name));
    }
}
