package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Why a running tool is stopped, and where it may connect to, as the watch tells it. */
class LiveJobsTest {
    private final ClusterView view = new ClusterView();
    private final LiveJobs jobs = new LiveJobs(null, view, null, null, InstantSource.system(), Runnable::run);

    @Test
    void whatIsStoredOfTheSupervisorsEventsIsOfItsOwnPodAlone() {
        assertThat(jobs.told(Given.CLAIM)).isZero();
        view.put(Given.claimed(", execution: {podUID: " + Given.POD_UID + ", events: 7}"));
        assertThat(jobs.told(Given.CLAIM)).isEqualTo(7);
        view.put(Given.claimed(", execution: {podUID: earlier, events: 7}"));
        assertThat(jobs.told(Given.CLAIM)).isZero();
    }

    @BeforeEach
    void runs() {
        view.put(Given.claimed(""));
    }

    @Test
    void nobodyStopsWhatIsOnlySeen() {
        assertThat(jobs.stop(Given.CLAIM)).isEmpty();
    }

    /** Who may change the run alone must not turn what is to be frozen into a kill. */
    @Test
    void aCancelKillsButNotWhatIsQuarantined() {
        cancel();
        assertThat(jobs.stop(Given.CLAIM)).contains(Reason.Cancelled);
        label("Suspended");
        assertThat(jobs.stop(Given.CLAIM)).contains(Reason.Cancelled);
        label("Quarantined");
        assertThat(jobs.stop(Given.CLAIM)).contains(Reason.Quarantined);
    }

    /** Also where the policy's own text lets the run go on, or would kill it. */
    @Test
    void whatAnAlertQuarantinedIsFrozen() {
        policy("{}");
        assertThat(jobs.stop(Given.CLAIM)).as("the policy has no such tool").contains(Reason.PolicyChanged);
        policy("{tools: [{name: t, circuit: Closed, disabled: {alert: a, firing: f, at: x}}]}");
        assertThat(jobs.stop(Given.CLAIM)).contains(Reason.ToolDisabled);
        policy(
                "{tools: [{name: t, circuit: Closed, disabled: {alert: a, firing: f, at: x}}], quarantined: {alert: b, firing: g, at: x}}");
        assertThat(jobs.stop(Given.CLAIM)).contains(Reason.Quarantined);
        cancel();
        assertThat(jobs.stop(Given.CLAIM)).contains(Reason.Quarantined);
    }

    private void policy(String status) {
        view.put(Serialization.unmarshal(
                "apiVersion: cofferdam.dev/v1alpha1\nkind: SandboxPolicy\nmetadata: {namespace: ns, name: p, uid: p, generation: 1}\nspec: {}\nstatus: "
                        + status,
                SandboxPolicy.class));
    }

    @Test
    void whatFollowsFromTheSameIsFoundOutOnceAndWhatDoesNotIsFoundOutAgain() {
        view.put(Given.run(
                "{decision: {verdict: Allowed, policyVersion: v}, effective: {network: [{host: a.example.com, ports: ['443'], protocol: https}]},"
                        + " attempts: [{number: 1, podUID: " + Given.POD_UID + "}]}"));
        view.put(policy(1, "a.example.com"));
        Connections first = jobs.connections(Given.CLAIM);
        assertThat(isAllowed(first)).isTrue();
        assertThat(jobs.connections(Given.CLAIM)).isSameAs(first);

        view.put(policy(2, "b.example.com"));
        Connections edited = jobs.connections(Given.CLAIM);
        assertThat(isAllowed(edited)).isFalse();
        assertThat(jobs.connections(Given.CLAIM)).isSameAs(edited);

        view.put(policy(3, "a.example.com"));
        assertThat(isAllowed(jobs.connections(Given.CLAIM))).isTrue();
        label("Suspended");
        assertThat(isAllowed(jobs.connections(Given.CLAIM))).isFalse();
        view.remove(namespace("Suspended"));
        assertThat(isAllowed(jobs.connections(Given.CLAIM))).isTrue();

        // The claim of another attempt is another one.
        view.put(Given.claimed(""));
        assertThat(isAllowed(jobs.connections(Given.CLAIM))).isFalse();
        cancel();
        assertThat(isAllowed(jobs.connections(Given.CLAIM))).isFalse();
    }

    private static boolean isAllowed(Connections connections) {
        return connections.connect(
                        "a.example.com",
                        443,
                        List.of(Address.parse("140.82.112.5").orElseThrow()),
                        new Floor(List.of()))
                instanceof Connections.Verdict.Allowed;
    }

    private static SandboxPolicy policy(int generation, String host) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: SandboxPolicy
                metadata: {name: p, namespace: ns, uid: u, generation: %d}
                spec:
                  tools: [{name: t, image: i, command: [sh]}]
                  permissions: {network: {allow: [{host: %s, protocol: https}]}}
                """.formatted(generation, host), SandboxPolicy.class);
    }

    private void cancel() {
        ToolRun run = Given.claimed("");
        run.setSpec(Serialization.unmarshal(
                "policyRef: {name: p}\ntool: t\ncancel: true", run.getSpec().getClass()));
        view.put(run);
    }

    private void label(String state) {
        view.put(namespace(state));
    }

    private static Namespace namespace(String state) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName("ns")
                .addToLabels(Names.STATE_LABEL, state)
                .endMetadata()
                .build();
    }
}
