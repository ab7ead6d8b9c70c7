package dev.cofferdam.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SupervisorSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.Golden;
import dev.cofferdam.policy.Decider;
import dev.cofferdam.policy.PolicyCompiler;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.policy.Served;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The objects that are made, as YAML to be read. */
class PlanGoldenTest {
    private static final Path CASES = Path.of("src/test/resources/plan");

    @ParameterizedTest
    @EnumSource(
            value = SupervisorSource.class,
            names = {"ImageVolume", "InitContainer"})
    void pod(SupervisorSource source) throws IOException {
        // Given
        SandboxPolicy policy = Golden.read(CASES.resolve("in-policy.yaml"), SandboxPolicy.class);
        ToolRun run = Golden.read(CASES.resolve("in-run.yaml"), ToolRun.class);
        SandboxSettings settings = new SandboxSettings(
                "10.96.0.10:8443",
                "-----BEGIN CERTIFICATE-----\n",
                "cofferdam.local/sandbox:1",
                source,
                Duration.ofSeconds(180),
                Duration.ofSeconds(30));
        Ruling ruling = Decider.decide(Optional.of(PolicyCompiler.compile(policy, Served.NOW)), run.getSpec());

        // When
        Ruling.Granted granted = (Ruling.Granted) ruling;
        Pod pod = PodPlan.plan(run, 2, granted.tool().image(), granted.effective(), settings);

        // Then
        Golden.check(CASES.resolve("out-pod-" + source.name().toLowerCase(java.util.Locale.ROOT) + ".yaml"), pod);
        assertThat(pod.toString()).as("what the run asks for is not in the pod").doesNotContain("in-no-pod");
        assertThat(Ownership.owns(run, pod)).isTrue();
    }

    /** The pod that writes what a run changed: as the run's status says it, and nothing of the tool. */
    @Test
    void committer() throws IOException {
        ToolRun run = Golden.read(CASES.resolve("in-committed-run.yaml"), ToolRun.class);
        SandboxSettings settings = new SandboxSettings(
                "10.96.0.10:8443",
                "-----BEGIN CERTIFICATE-----\n",
                "cofferdam.local/sandbox:1",
                SupervisorSource.ImageVolume,
                Duration.ofSeconds(180),
                Duration.ofSeconds(30));

        Pod pod = CommitterPlan.plan(
                run, run.getStatus().commit(), List.of("10.244.0.7:8443", "[fd00::7]:8443"), settings);

        Golden.check(CASES.resolve("out-committer.yaml"), pod);
        assertThat(pod.toString()).doesNotContain("in-no-pod");
        assertThat(Ownership.owns(run, pod)).isTrue();
    }

    @Test
    void networkPolicy() throws IOException {
        Golden.check(CASES.resolve("out-networkpolicy.yaml"), NetworkPolicyPlan.plan("agents"));
    }

    @Test
    void aNetworkPolicyThatSomebodyOpenedDoesNotHold() {
        NetworkPolicy planned = NetworkPolicyPlan.plan("agents");

        NetworkPolicy opened = new NetworkPolicyBuilder(planned)
                .editSpec()
                .addNewIngress()
                .endIngress()
                .endSpec()
                .build();

        assertThat(NetworkPolicyPlan.holds(planned)).isTrue();
        assertThat(NetworkPolicyPlan.holds(opened)).isFalse();
    }

    @Test
    void anotherRunOfTheSameNameOwnsNothing() throws IOException {
        ToolRun run = Golden.read(CASES.resolve("in-run.yaml"), ToolRun.class);
        NetworkPolicy mine = new NetworkPolicyBuilder(NetworkPolicyPlan.plan("agents"))
                .editMetadata()
                .withOwnerReferences(Ownership.reference(run))
                .endMetadata()
                .build();
        run.getMetadata().setUid("another");

        assertThat(Ownership.owns(run, mine)).isFalse();
    }

    @Test
    void everyFileIsRead() throws IOException {
        Golden.hasOnly(
                CASES,
                Set.of(
                        "in-policy.yaml",
                        "in-run.yaml",
                        "in-committed-run.yaml",
                        "out-committer.yaml",
                        "out-pod-imagevolume.yaml",
                        "out-pod-initcontainer.yaml",
                        "out-networkpolicy.yaml"));
    }
}
