package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.EffectiveLimits;
import dev.cofferdam.api.v1alpha1.GrantedSecret;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.api.v1alpha1.Verdict;
import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.Gate;
import dev.cofferdam.gateway.channel.Identification;
import dev.cofferdam.gateway.channel.Identification.Identified;
import dev.cofferdam.gateway.channel.Identification.Refused;
import dev.cofferdam.gateway.channel.Identification.Undecided;
import dev.cofferdam.gateway.channel.Refusal;
import dev.cofferdam.policy.Job;
import dev.cofferdam.policy.Origin;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether the subject of a token, at an address, is the pod of a claimed run that has not ended. Pure: judges what is known, and says where it is too little. */
final class IdentityRule {
    /** Of one run. */
    private static final long CONTENTS_MOST = 256L << 20;

    private static final long CONTENTS_FRAME = 16L << 20;

    private final String source;
    private final Enclosure enclosure;

    /** @param source name of this gateway's audit chains */
    IdentityRule(String source, Enclosure enclosure) {
        this.source = source;
        this.enclosure = enclosure;
    }

    Identification judge(TokenSubject subject, String peer, ClusterView view) {
        Optional<Pod> pod = view.pod(subject.podUid());
        if (pod.isEmpty()) {
            return new Undecided(Refusal.PodUnknown, "no pod of ours with that UID is known yet");
        }
        return wrongPod(subject, peer, pod.get())
                .map(wrong -> wrong instanceof Refused refused && refused.refusal() == Refusal.WrongPeer
                        ? new Refused(refused.refusal(), refused.detail(), aimedAt(subject, pod.get(), view))
                        : wrong)
                .orElseGet(() -> byClaim(subject, pod.get(), view));
    }

    private Identification byClaim(TokenSubject subject, Pod pod, ClusterView view) {
        Optional<OwnerReference> owner = ClusterView.owner(pod);
        if (owner.isEmpty()) {
            return new Refused(Refusal.NotASandboxPod, "the pod is not controlled by a run");
        }
        return view.run(owner.get().getUid())
                .map(run -> claim(subject, run, pod))
                .orElseGet(() -> new Undecided(Refusal.RunOver, "the pod's run is not among the unsettled ones"));
    }

    /** What a token would have opened at its pod's own address. */
    private Optional<Claim> aimedAt(TokenSubject subject, Pod pod, ClusterView view) {
        return byClaim(subject, pod, view) instanceof Identified identified
                ? Optional.of(identified.claim())
                : Optional.empty();
    }

    private static Optional<Identification> wrongPod(TokenSubject subject, String peer, Pod pod) {
        if (PodAddress.isOfAnother(subject, pod)) {
            return Optional.of(new Refused(
                    Refusal.NotASandboxPod, "the token's pod has another name or namespace than the pod of that UID"));
        }
        if (Boolean.TRUE.equals(pod.getSpec().getHostNetwork())) {
            return Optional.of(new Refused(Refusal.NotASandboxPod, "the pod shares its node's addresses"));
        }
        if (!PodAddress.isKnown(pod)) {
            return Optional.of(new Undecided(Refusal.WrongPeer, "the pod's address is not known yet"));
        }
        if (pod.getStatus().getHostIP() == null || pod.getStatus().getHostIP().isEmpty()) {
            return Optional.of(new Undecided(Refusal.WrongPeer, "the address of the pod's node is not known yet"));
        }
        return PodAddress.isAt(pod, peer)
                ? Optional.empty()
                : Optional.of(new Refused(
                        Refusal.WrongPeer,
                        "the pod's address is " + pod.getStatus().getPodIP()));
    }

    private Identification claim(TokenSubject subject, ToolRun run, Pod pod) {
        ToolRunStatus status = run.getStatus();
        String runUid = run.getMetadata().getUid();
        if (!run.getMetadata().getNamespace().equals(subject.namespace())) {
            return new Refused(Refusal.NotASandboxPod, "the pod's run is in another namespace");
        }
        Optional<Attempt> newest = status == null ? Optional.empty() : newest(status);
        if (newest.isEmpty()
                || status.decision() == null
                || Names.podName(runUid, newest.get().number() + 1).equals(subject.podName())) {
            return new Undecided(Refusal.NotClaimed, "the run has not claimed this pod yet");
        }
        if (!subject.podUid().equals(newest.get().podUID())
                || !Names.podName(runUid, newest.get().number()).equals(subject.podName())) {
            return new Refused(
                    Refusal.NotClaimed, "the run's newest attempt is another pod", aimedAt(subject, run, pod));
        }
        if (status.decision().verdict() != Verdict.Allowed
                || status.effective() == null
                || status.effective().limits() == null) {
            return new Refused(Refusal.NotClaimed, "the run was not allowed");
        }
        boolean factsStored = status.result() != null
                && subject.podUid().equals(status.result().podUID());
        if (isOver(status) && !factsStored) {
            return new Refused(Refusal.RunOver, "the run has ended");
        }
        return new Identified(claim(subject, run, status, factsStored, enclosure.gate(pod)));
    }

    /** The run that a pod says it is of, while that can still be recorded. */
    private Optional<Claim> aimedAt(TokenSubject subject, ToolRun run, Pod pod) {
        ToolRunStatus status = run.getStatus();
        return isOver(status)
                        || status.effective() == null
                        || status.effective().limits() == null
                ? Optional.empty()
                : Optional.of(claim(subject, run, status, false, enclosure.gate(pod)));
    }

    private Claim claim(TokenSubject subject, ToolRun run, ToolRunStatus status, boolean factsStored, Gate gate) {
        Integer outputBytes = status.effective().limits().outputBytes();
        return new Claim(
                subject.namespace(),
                run.getMetadata().getName(),
                run.getMetadata().getUid(),
                subject.podName(),
                subject.podUid(),
                run.getSpec().policyRef().name(),
                run.getSpec().tool(),
                status.decision().policyVersion(),
                outputBytes == null ? 0 : outputBytes,
                status.effective().secrets().stream().map(GrantedSecret::name).collect(Collectors.toSet()),
                Job.Files.of(status.effective(), run.getSpec()),
                !status.effective().network().isEmpty(),
                contentsBytes(run, status.effective().limits()),
                factsStored,
                gate,
                ownChain(status));
    }

    /** What a run could change, with the frames and the list of it; nothing where nobody asks for it. */
    private static long contentsBytes(ToolRun run, EffectiveLimits limits) {
        return Origin.commit(run.getSpec()) == Commit.Never || limits.workspaceBytes() == null
                ? 0
                : Math.min(CONTENTS_MOST, 2 * limits.workspaceBytes() + CONTENTS_FRAME);
    }

    private Optional<AuditSource> ownChain(ToolRunStatus status) {
        return status.audit() == null
                ? Optional.empty()
                : status.audit().sources().stream()
                        .filter(s -> source.equals(s.source()))
                        .findFirst();
    }

    /** The attempt that counts: no other is given a job, or believed. */
    static Optional<Attempt> newest(ToolRunStatus status) {
        return status.attempts().stream()
                .filter(attempt -> attempt.number() != null)
                .max(Comparator.comparing(Attempt::number));
    }

    private static boolean isOfEarlierAttempt(ToolRunStatus status, String podUid) {
        return newest(status)
                        .filter(attempt -> !podUid.equals(attempt.podUID()))
                        .isPresent()
                && status.attempts().stream().anyMatch(attempt -> podUid.equals(attempt.podUID()));
    }

    /** The controller has written the end, or facts are there that are not those of an attempt before. */
    static boolean isOver(ToolRunStatus status) {
        return RunStory.isSettled(status)
                || status.result() != null
                        && !isOfEarlierAttempt(
                                status, String.valueOf(status.result().podUID()))
                || RunStory.condition(status, ConditionType.Finished)
                        .filter(finished -> "True".equals(finished.getStatus()))
                        .isPresent();
    }
}
