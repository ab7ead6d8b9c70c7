package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** The one shape of pod that a run gets, and the NetworkPolicy around it. */
@ClusterTest
class PodShapeTest {
    @Test
    void thePodHasNothingThatTheToolCouldUse(Tenant tenant) {
        // Given
        tenant.withTools();

        // When a run has arguments, stdin and environment
        ToolRun run = tenant.run(
                shell("echo a-private-argument").withStdin("private-stdin").withEnv("GREETING", "private-environment"));
        Pod pod = tenant.pod(run).orElseThrow();

        // Then
        assertThat(pod.getMetadata().getName())
                .isEqualTo(Names.podName(run.getMetadata().getUid(), 1));
        assertThat(pod.getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner ->
                        assertThat(owner.getUid()).isEqualTo(run.getMetadata().getUid()));
        assertThat(pod.getMetadata().getLabels())
                .containsEntry("app.kubernetes.io/managed-by", "cofferdam")
                .containsEntry("app.kubernetes.io/part-of", "cofferdam")
                .containsEntry("cofferdam.dev/policy", Tenant.POLICY)
                .containsEntry("cofferdam.dev/run", run.getMetadata().getName());
        assertThat(pod.getSpec().getRuntimeClassName()).isEqualTo("gvisor");
        assertThat(pod.getSpec().getOverhead()).containsKey("memory");
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getSpec().getEnableServiceLinks()).isFalse();
        assertThat(pod.getSpec().getDnsPolicy()).isEqualTo("None");
        assertThat(pod.getSpec().getRestartPolicy()).isEqualTo("Never");
        assertThat(pod.getSpec().getActiveDeadlineSeconds()).isPositive();
        assertThat(pod.getSpec().getContainers()).singleElement().satisfies(PodShapeTest::isRestricted);
        assertThat(pod.getSpec().getVolumes()).extracting(Volume::getHostPath).containsOnlyNulls();
        assertThat(Serialization.asYaml(pod)).doesNotContain("private-");
    }

    private static void isRestricted(Container container) {
        assertThat(container.getName()).isEqualTo("tool");
        assertThat(container.getResources().getRequests())
                .isEqualTo(container.getResources().getLimits());
        assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(container.getEnv())
                .allSatisfy(variable -> assertThat(variable.getName()).startsWith("COFFERDAM_"));
    }

    @Test
    void theNamespacesPolicyOpensOnlyTheGateway(Tenant tenant) {
        tenant.withTools();
        tenant.run(shell("true"));

        NetworkPolicy policy = tenant.client()
                .network()
                .v1()
                .networkPolicies()
                .inNamespace(tenant.namespace())
                .withName(Names.NETWORK_POLICY)
                .get();

        assertThat(policy.getMetadata().getOwnerReferences()).isEmpty();
        assertThat(policy.getSpec().getPolicyTypes()).containsExactlyInAnyOrder("Ingress", "Egress");
        assertThat(policy.getSpec().getIngress()).isEmpty();
        assertThat(policy.getSpec().getEgress()).singleElement().satisfies(rule -> {
            assertThat(rule.getPorts())
                    .singleElement()
                    .satisfies(port -> assertThat(port.getPort().getIntVal()).isEqualTo(Names.CHANNEL_PORT));
            assertThat(rule.getTo())
                    .singleElement()
                    .satisfies(peer -> assertThat(peer.getPodSelector().getMatchLabels())
                            .containsEntry("app.kubernetes.io/name", "cofferdam-gateway"));
        });
    }

    @Test
    void aDeletedNetworkPolicyComesBack(Tenant tenant) {
        tenant.withTools();
        tenant.run(shell("true"));

        // When it is deleted by the one account that may, beside the controller: an admin's own is refused
        tenant.kubectl(
                "--as=system:serviceaccount:kube-system:namespace-controller",
                "delete",
                "networkpolicy",
                "--wait=false",
                Names.NETWORK_POLICY);
        tenant.run(shell("true"));

        // Then

        assertThat(tenant.client()
                        .network()
                        .v1()
                        .networkPolicies()
                        .inNamespace(tenant.namespace())
                        .withName(Names.NETWORK_POLICY)
                        .get())
                .isNotNull();
    }
}
