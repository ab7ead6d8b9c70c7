package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Persona;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/** What {@link RightsTest} sees refused gets through when the one policy that refuses it is taken away, for the whole cluster and some seconds. */
@ClusterTest
@Isolated
@Execution(ExecutionMode.SAME_THREAD)
class OpenedRightsTest {
    @TestFactory
    Stream<DynamicTest> eachDeedIsDoneWithoutItsPolicy(Tenant tenant) {
        Rights.scene(tenant);
        return Rights.cells().stream()
                .flatMap(cell -> cell.policy().stream())
                .distinct()
                .map(policy -> dynamicTest(policy, () -> {
                    List<Rights.Cell> ofPolicy = Rights.cells().stream()
                            .filter(cell -> cell.policy().equals(Optional.of(policy)))
                            .toList();
                    Rights.Cell first = ofPolicy.getFirst();
                    OpenedGate.without(
                            policy,
                            tenant,
                            () -> first.deed()
                                    .by(first.persona(), tenant)
                                    .body()
                                    .contains("'" + policy + "'"),
                            () -> assertThat(ofPolicy).allSatisfy(cell -> {
                                Caller.Answer answer = cell.deed().by(cell.persona(), tenant);
                                assertThat(answer.code())
                                        .as(cell.title() + ": " + answer.body())
                                        .isIn(200, 201);
                            }));
                }));
    }

    @Test
    void nobodyIsNamedWhereMutationIsNotServed(Tenant tenant) {
        Persona.enter(tenant);
        var bindings = tenant.client()
                .genericKubernetesResources("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicyBinding");
        GenericKubernetesResource binding =
                bindings.withName("cofferdam-requested-by").get();
        bindings.withName("cofferdam-requested-by").delete();
        try {
            await().atMost(Tenant.PATIENCE).until(() -> !named(tenant));

            // Then the run is made all the same, a later writer is not taken for its maker, and nobody else's name is
            // taken either
            assertThat(RightsTest.as(Persona.AGENT, tenant, RightsTest.RUN, "create", "--filename=-")
                            .exitCode())
                    .isZero();
            assertThat(Deed.RUN_IN_ANOTHER_NAME.by(Persona.AGENT, tenant).body())
                    .contains("cofferdam-run-requester");
        } finally {
            binding.getMetadata().setResourceVersion(null);
            binding.getMetadata().setUid(null);
            bindings.resource(binding).create();
        }
        await().atMost(Tenant.PATIENCE).until(() -> named(tenant));
        RightsTest.replace(tenant);
        assertThat(RightsTest.requester(tenant)).isEmpty();
    }

    private static boolean named(Tenant tenant) {
        return Deed.RUN_UNDER_USED.by(Persona.AGENT, tenant).body().contains("\"requestedBy\":\"e2e-agent\"");
    }
}
