package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.gateway.channel.Contents.Committing;
import dev.cofferdam.gateway.channel.ContentsOwner;
import dev.cofferdam.gateway.channel.Refusal;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Served;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is given what a run has changed: the pod that the controller has claimed for it, and nobody else. */
class CommitterRuleTest {
    private static final String NAME = Names.committerName(Given.RUN_UID);
    private static final String UID = "cccccccc-2222-3333-4444-555555555555";
    private static final TokenSubject SUBJECT = new TokenSubject("ns", NAME, UID);
    private static final Committing.Of CONTENTS =
            new Committing.Of(new ContentsOwner("ns", Names.podName(Given.RUN_UID, 1)), "67", 3072);

    private final CommitterRule rule = new CommitterRule(new Compilations(Served.NOW));
    private final ClusterView view = new ClusterView();

    @BeforeEach
    void known() {
        view.put(Given.pod(NAME, UID, Given.ADDRESS));
        view.put(policy("Manual", "Active"));
        view.put(run("sha256:0", UID));
    }

    @Test
    void theClaimedPodAtItsAddress() {
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isEqualTo(CONTENTS);
    }

    @Test
    void nobodyAtAnotherAddress() {
        assertThat(refusal(SUBJECT, "10.244.0.8")).isEqualTo(Refusal.WrongPeer);
    }

    @Test
    void noTokenOfAnotherPod() {
        assertThat(refusal(new TokenSubject("other", NAME, UID), Given.ADDRESS)).isEqualTo(Refusal.NotASandboxPod);
        assertThat(refusal(new TokenSubject("ns", "cofferdam-x-commit", UID), Given.ADDRESS))
                .isEqualTo(Refusal.NotASandboxPod);
    }

    /** The sandbox itself has a token that is as good for the channel. */
    @Test
    void notTheRunsOwnSandbox() {
        view.put(Given.pod(Given.ADDRESS));

        assertThat(refusal(new TokenSubject("ns", Given.POD_NAME, Given.POD_UID), Given.ADDRESS))
                .isEqualTo(Refusal.NotASandboxPod);
    }

    /** A name and an owner anybody may write who may make pods; the claim is the controller's. */
    @Test
    void noPodThatOnlyLooksLikeIt() {
        view.put(run("sha256:0", "another"));
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isInstanceOf(Committing.Later.class);

        view.put(unclaimed());
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isInstanceOf(Committing.Later.class);
    }

    @Test
    void nothingButWhatWasApproved() {
        view.put(run("sha256:1", UID));

        assertThat(refusal(SUBJECT, Given.ADDRESS)).isEqualTo(Refusal.NotGranted);
    }

    @Test
    void nothingWhileSomebodyStoppedIt() {
        view.put(policy("Manual", "Suspended"));
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isInstanceOf(Committing.Later.class);

        view.put(policy("Manual", "Active"));
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isEqualTo(CONTENTS);

        view.put(new NamespaceBuilder()
                .withNewMetadata()
                .withName("ns")
                .addToLabels(Names.STATE_LABEL, "Suspended")
                .endMetadata()
                .build());
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isInstanceOf(Committing.Later.class);
    }

    @Test
    void nothingWhileAnAlertStoppedIt() {
        String by = "{alert: a, firing: f1, at: '2026-01-01T00:00:00Z'}";
        for (String status : List.of("quarantined: " + by, "tools: [{name: t, disabled: " + by + "}]")) {
            SandboxPolicy stopped = policy("Manual", "Active");
            stopped.setStatus(Serialization.unmarshal(status, SandboxPolicyStatus.class));
            view.put(stopped);
            assertThat(rule.judge(SUBJECT, Given.ADDRESS, view))
                    .isInstanceOfSatisfying(
                            Committing.Later.class,
                            later -> assertThat(later.toString()).contains("the alert \"a\""));

            stopped.getMetadata().setAnnotations(Map.of(Names.RESUME_ANNOTATION, "f1"));
            view.put(stopped);
            assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isEqualTo(CONTENTS);
        }
    }

    @Test
    void nothingThatThePolicyDoesNotGiveAnyMore() {
        view.put(policy("Never", "Active"));

        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isInstanceOf(Committing.Later.class);
    }

    /** The committer writes by what the controller decided, which was before. */
    @Test
    void nothingWhileThePolicyLetsLessBeWrittenThanWhenItBegan() {
        String claimed = ", storage: [{uri: 'fs:///workspace/**', access: [write]}]";
        view.put(begun(claimed));
        view.put(permitting("allow: [{uri: 'fs:///workspace/**', access: [write]}]"));
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isEqualTo(CONTENTS);

        view.put(permitting("allow: [{uri: 'fs:///workspace/src', access: [write]}]"));
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isInstanceOf(Committing.Later.class);

        view.put(
                permitting(
                        "allow: [{uri: 'fs:///workspace/**', access: [write]}], deny: [{uri: 'fs:///workspace/a', access: [write]}]"));
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, view)).isInstanceOf(Committing.Later.class);
    }

    @Test
    void whatIsNotKnownYetMayBe() {
        ClusterView empty = new ClusterView();
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, empty)).isInstanceOf(Committing.Later.class);

        empty.put(Given.pod(NAME, UID, ""));
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, empty)).isInstanceOf(Committing.Later.class);

        empty.put(Given.pod(NAME, UID, Given.ADDRESS));
        assertThat(rule.judge(SUBJECT, Given.ADDRESS, empty)).isInstanceOf(Committing.Later.class);
    }

    private Refusal refusal(TokenSubject subject, String peer) {
        return ((Committing.Refused) rule.judge(subject, peer, view)).refusal();
    }

    private static ToolRun unclaimed() {
        ToolRun run = Given.claimed(", changes: {digest: 'sha256:0', contents: {sha256: '67', bytes: 3072}}");
        run.setSpec(spec());
        return run;
    }

    private static ToolRun run(String digest, String committer) {
        ToolRun run = Given.claimed(", changes: {digest: 'sha256:0', contents: {sha256: '67', bytes: 3072}}"
                + ", commit: {digest: '" + digest + "', number: 1, podUID: " + committer + "}");
        run.setSpec(spec());
        return run;
    }

    private static ToolRun begun(String storage) {
        ToolRun run = Serialization.unmarshal(
                Serialization.asYaml(
                        Given.claimed(", changes: {digest: 'sha256:0', contents: {sha256: '67', bytes: 3072}}"
                                + ", commit: {digest: 'sha256:0', number: 1, podUID: " + UID + storage + "}")),
                ToolRun.class);
        String effective = Serialization.asYaml(run)
                .replace(
                        "  effective:\n",
                        "  effective:\n    storage: [{uri: 'fs:///workspace/**', access: [write]}]\n");
        ToolRun granted = Serialization.unmarshal(effective, ToolRun.class);
        granted.setSpec(spec());
        return granted;
    }

    private static SandboxPolicy permitting(String storage) {
        String yaml = Serialization.asYaml(policy("Manual", "Active"))
                .replace("spec:\n", "spec:\n  permissions: {storage: {" + storage + "}}\n");
        return Serialization.unmarshal(yaml, SandboxPolicy.class);
    }

    private static ToolRunSpec spec() {
        return Serialization.unmarshal("""
                policyRef: {name: p}
                tool: t
                workspace: {source: {persistentVolumeClaim: {claimName: repo}}, commit: Manual}
                """, ToolRunSpec.class);
    }

    private static int generation;

    private static SandboxPolicy policy(String commit, String state) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: SandboxPolicy
                metadata: {name: p, namespace: ns, uid: u, generation: %d}
                spec:
                  tools: [{name: t, image: i, command: [sh]}]
                  workspace: {sources: [{persistentVolumeClaim: {claimName: repo}}], commit: %s}
                  state: %s
                """.formatted(++generation, commit, state), SandboxPolicy.class);
    }
}
