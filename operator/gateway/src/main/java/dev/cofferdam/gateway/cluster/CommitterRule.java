package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Contents.Committing;
import dev.cofferdam.gateway.channel.Contents.Committing.Later;
import dev.cofferdam.gateway.channel.Contents.Committing.Of;
import dev.cofferdam.gateway.channel.Contents.Committing.Refused;
import dev.cofferdam.gateway.channel.ContentsOwner;
import dev.cofferdam.gateway.channel.Refusal;
import dev.cofferdam.policy.CommitGrant;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Disablement;
import dev.cofferdam.policy.Setting;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/**
 * Whether the subject of a token, at an address, is the pod that the controller has claimed for writing the changes of a run. Pure: judges what is known. A name and an owner
 * are not enough, because whoever may make pods may write both: only the controller writes {@code status.commit.podUID}.
 */
final class CommitterRule {
    private final Compilations compilations;

    CommitterRule(Compilations compilations) {
        this.compilations = compilations;
    }

    Committing judge(TokenSubject subject, String peer, ClusterView view) {
        Optional<Pod> pod = view.pod(subject.podUid());
        if (pod.isEmpty()) {
            return new Later("no pod of ours with that UID is known yet");
        }
        if (PodAddress.isOfAnother(subject, pod.get())) {
            return new Refused(
                    Refusal.NotASandboxPod, "the token's pod has another name or namespace than the pod of that UID");
        }
        if (!PodAddress.isKnown(pod.get())) {
            return new Later("the pod's address is not known yet");
        }
        if (!PodAddress.isAt(pod.get(), peer)) {
            return new Refused(Refusal.WrongPeer, "the pod has another address");
        }
        Optional<OwnerReference> owner = ClusterView.owner(pod.get());
        if (owner.isEmpty() || !Names.committerName(owner.get().getUid()).equals(subject.podName())) {
            return new Refused(Refusal.NotASandboxPod, "the pod is no committer of a run");
        }
        return view.run(owner.get().getUid())
                .filter(run -> run.getMetadata().getNamespace().equals(subject.namespace()))
                .map(run -> claimed(subject, run, view))
                .orElseGet(() -> new Later("the pod's run is not among the unsettled ones"));
    }

    private Committing claimed(TokenSubject subject, ToolRun run, ClusterView view) {
        Commitment commit = run.getStatus() == null ? null : run.getStatus().commit();
        if (commit == null || commit.podUID() == null) {
            return new Later("the run has claimed no committer yet");
        }
        if (!commit.podUID().equals(subject.podUid())) {
            return new Later("the run has claimed another committer");
        }
        var changes = run.getStatus().changes();
        Optional<Attempt> newest = IdentityRule.newest(run.getStatus());
        if (changes == null
                || changes.contents() == null
                || changes.contents().sha256() == null
                || changes.contents().bytes() == null
                || !commit.digest().equals(changes.digest())
                || newest.isEmpty()) {
            return new Refused(Refusal.NotGranted, "the run has no such contents");
        }
        return stopped(run, commit, view)
                .<Committing>map(Later::new)
                .orElseGet(() -> new Of(
                        new ContentsOwner(
                                run.getMetadata().getNamespace(),
                                Names.podName(
                                        run.getMetadata().getUid(), newest.get().number())),
                        changes.contents().sha256(),
                        changes.contents().bytes()));
    }

    /** Beside what the controller decided: what is stopped meanwhile gets nothing, and so writes nothing, until it goes on. */
    private Optional<String> stopped(ToolRun run, Commitment commit, ClusterView view) {
        String namespace = run.getMetadata().getNamespace();
        Optional<SandboxPolicy> policy =
                view.policy(namespace, run.getSpec().policyRef().name());
        Optional<Disablement> stopped =
                policy.flatMap(it -> Disablement.of(it, run.getSpec().tool()));
        if (stopped.isPresent()) {
            return stopped.map(by -> by.reason().code() + ": " + by.reason().message());
        }
        CommitGrant grant = CommitGrant.of(
                Setting.of(policy.map(compilations::of), () -> view.stage(namespace)),
                view.halt(namespace),
                run.getStatus().effective(),
                run.getSpec());
        return switch (grant) {
            case CommitGrant.Refused refused ->
                Optional.of(refused.reason().code() + ": " + refused.reason().message());
            case CommitGrant.Granted granted ->
                granted.covers(commit.storage(), commit.storageDenied())
                        ? Optional.empty()
                        : Optional.of("the policy lets less be written now than when the commit began");
        };
    }
}
