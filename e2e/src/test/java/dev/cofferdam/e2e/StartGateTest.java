package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ErrorKind;
import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.Layer;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** No tool runs in a pod whose network somebody has opened: policies add up, so any other one can undo ours. */
@ClusterTest
class StartGateTest {
    private static final String ALL_PODS = "{}";
    private static final String ALL_BUT_OURS =
            "{matchExpressions: [{key: app.kubernetes.io/managed-by, operator: NotIn, values: [cofferdam]}]}";

    @Test
    void whereAllIsClosedTheToolRunsAndTheLayerIsListed(Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(shell("echo ran"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(run.getStatus().sandbox().layers())
                .containsExactly(
                        Layer.Admission, Layer.Decision, Layer.GVisor, Layer.NetworkPolicy, Layer.Box, Layer.Gateway);
        assertThat(isolated(tenant)).get().extracting(Condition::getStatus).isEqualTo("True");
    }

    @Withstands(
            value = "somebody opens the network of all pods before a run",
            at = Aim.ApiServer,
            by = {Gate.Isolation, Gate.StartGate, Gate.Box},
            unopened = "behind it stands the next gate: StartGateTest.aToolIsKilledWhenTheNetworkIsOpenedWhileItRuns")
    @Test
    void aForeignPolicyThatOpensEgressIsNamedAndNothingRuns(Tenant tenant) {
        // Given
        tenant.withTools();
        open(tenant, "allow-everything", ALL_PODS);
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(isolated(tenant)).get().satisfies(condition -> {
                    assertThat(condition.getStatus()).isEqualTo("False");
                    assertThat(condition.getReason()).isEqualTo("NetworkNotIsolated");
                    assertThat(condition.getMessage()).contains("\"allow-everything\"");
                }));

        // When
        ToolRun refused = tenant.run(shell("echo ran"));

        // Then
        assertThat(refused.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(refused, "Finished").getReason()).isEqualTo("NetworkNotIsolated");
        assertThat(condition(refused, "Finished").getMessage()).contains("\"allow-everything\"", "NotIn [cofferdam]");
        assertThat(refused.getStatus().error().type()).isEqualTo(ErrorType.ExecutionError);
        assertThat(refused.getStatus().error().kind()).isEqualTo(ErrorKind.Infrastructure);
        assertThat(refused.getStatus().error().retryable()).isTrue();
        assertThat(refused.getStatus().execution()).isNull();
        assertThat(tenant.pods()).isEmpty();

        // And what the message says helps
        open(tenant, "allow-everything", ALL_BUT_OURS);
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(isolated(tenant))
                        .get()
                        .extracting(Condition::getStatus)
                        .isEqualTo("True"));
        assertThat(tenant.run(shell("echo ran")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Withstands(
            value =
                    "somebody opens the network of all pods while a tool runs, which knocks at another pod all the while",
            at = Aim.ApiServer,
            by = {Gate.StartGate, Gate.Box},
            unopened =
                    "the look has no switch; where nothing is open the tool runs: StartGateTest.whereAllIsClosedTheToolRunsAndTheLayerIsListed")
    @Test
    void aToolIsKilledWhenTheNetworkIsOpenedWhileItRuns(Tenant tenant) {
        // Given
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 600s"));
        Sink sink = Sink.in(tenant);
        ToolRun begun =
                tenant.begun(tool("python", Scripts.of("knock.py"), sink.address(), Integer.toString(Sink.PORT)));

        // When
        open(tenant, "allow-everything", ALL_PODS);
        ToolRun run = tenant.finished(begun);

        // Then
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(run.getStatus().execution()).isNotNull();
        assertThat(run.getStatus().result().outcome()).isEqualTo(Outcome.NetworkNotIsolated);
        assertThat(run.getStatus().result().open()).matches("(tcp|udp)/.*:(8444|443|10250|53)");
        assertThat(run.getStatus().result().stdout()).isEqualTo("begun\n");
        assertThat(condition(run, "Finished").getReason()).isEqualTo("NetworkNotIsolated");
        assertThat(condition(run, "Finished").getMessage())
                .contains(run.getStatus().result().open());
        assertThat(run.getStatus().error().retryable()).isFalse();
        assertThat(run.getStatus().sandbox().layers()).doesNotContain(Layer.NetworkPolicy);

        // And until then the box alone let nothing out
        assertThat(sink.hits()).isZero();
        assertThat(GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied))
                .isNotEmpty()
                .allSatisfy(event -> assertThat(event.resource()).isEqualTo(sink.address() + ":" + Sink.PORT));
    }

    private static void open(Tenant tenant, String name, String podSelector) {
        NetworkPolicy policy =
                Serialization.unmarshal("""
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: %s, namespace: %s}
                spec: {podSelector: %s, policyTypes: [Egress], egress: [{}]}
                """.formatted(name, tenant.namespace(), podSelector), NetworkPolicy.class);
        tenant.client().resource(policy).forceConflicts().serverSideApply();
    }

    private static Optional<Condition> isolated(Tenant tenant) {
        SandboxPolicy policy = tenant.client()
                .resources(SandboxPolicy.class)
                .inNamespace(tenant.namespace())
                .withName(Tenant.POLICY)
                .get();
        return Optional.ofNullable(policy.getStatus()).stream()
                .flatMap(status -> status.conditions().stream())
                .filter(condition -> condition.getType().equals("NetworkIsolated"))
                .findFirst();
    }
}
