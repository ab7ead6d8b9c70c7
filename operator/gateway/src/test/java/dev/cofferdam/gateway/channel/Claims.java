package dev.cofferdam.gateway.channel;

import dev.cofferdam.policy.Job;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Claims that are alike but for what a test is about. */
public final class Claims {
    /** Of a run that was granted a secret, and neither files nor a way out. */
    public static final Claim USUAL = new Claim(
            "ns",
            "run",
            "run-uid",
            "cofferdam-run-uid-1",
            "pod-uid",
            "p",
            "t",
            "1@sha256:0",
            65_536,
            Set.of("token"),
            Job.Files.NONE,
            false,
            0,
            false,
            new Gate(List.of(new Gate.Address("tcp", ":8444")), Duration.ofSeconds(1)),
            Optional.empty());

    private Claims() {}

    /** Of another pod, or of another run. */
    public static Claim of(String namespace, String runUid, String podUid) {
        return like(
                USUAL,
                namespace,
                runUid,
                "cofferdam-" + podUid,
                podUid,
                USUAL.policyVersion(),
                USUAL.files(),
                USUAL.contentsBytes());
    }

    /** The same, decided by another version of its policy. */
    static Claim decidedBy(Claim claim, String policyVersion) {
        return like(
                claim,
                claim.namespace(),
                claim.runUid(),
                claim.podName(),
                claim.podUid(),
                policyVersion,
                claim.files(),
                claim.contentsBytes());
    }

    /**
     * Of a run whose changes are kept.
     *
     * @param suffix of its UID, and of its pod's name and UID
     */
    static Claim keeping(Job.Files files, long contentsBytes, String suffix) {
        return like(
                USUAL,
                USUAL.namespace(),
                USUAL.runUid() + suffix,
                USUAL.podName() + suffix,
                USUAL.podUid() + suffix,
                USUAL.policyVersion(),
                files,
                contentsBytes);
    }

    private static Claim like(
            Claim claim,
            String namespace,
            String runUid,
            String podName,
            String podUid,
            String policyVersion,
            Job.Files files,
            long contentsBytes) {
        return new Claim(
                namespace,
                claim.run(),
                runUid,
                podName,
                podUid,
                claim.policy(),
                claim.tool(),
                policyVersion,
                claim.outputBytes(),
                claim.secrets(),
                files,
                claim.online(),
                contentsBytes,
                claim.factsStored(),
                claim.gate(),
                claim.audit());
    }
}
