package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.Verdict;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whoever asks first gets the whole answer, and nothing is made. */
@ClusterTest
class DecideOnlyTest {
    private static final RunRequest CALL =
            shell("echo ran").withEnv("GREETING", "hello").withTimeout("50s");

    @Test
    void whatIsAllowedIsShownAsItWouldBe(Tenant tenant) {
        // Given
        tenant.withTools();

        // When it is asked for first, and then run
        ToolRun asked = tenant.run(CALL.decideOnly());
        boolean made = !tenant.pods().isEmpty() || !networkPolicies(tenant).isEmpty();
        ToolRun ran = tenant.begun(
                shell("echo begun; sleep 60").withEnv("GREETING", "hello").withTimeout("50s"));

        // Then nothing was made for the first
        assertThat(made).isFalse();
        assertThat(asked.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(condition(asked, "Finished").getReason()).isEqualTo("DecidedOnly");
        assertThat(asked.getStatus().exitCode()).isNull();
        assertThat(asked.getStatus().result()).isNull();
        assertThat(asked.getStatus().attempts()).isEmpty();

        // And the second got what the first was told
        assertThat(asked.getStatus().decision().verdict()).isEqualTo(Verdict.Allowed);
        assertThat(asked.getStatus().effective()).isEqualTo(ran.getStatus().effective());
        Pod planned = Serialization.unmarshal(asked.getStatus().plan().pod(), Pod.class);
        Pod real = tenant.pod(ran).orElseThrow();
        assertThat(planned.getSpec().getRuntimeClassName())
                .isEqualTo(real.getSpec().getRuntimeClassName());
        assertThat(planned.getSpec().getSecurityContext())
                .isEqualTo(real.getSpec().getSecurityContext());
        assertThat(planned.getSpec().getContainers().getFirst().getResources())
                .isEqualTo(real.getSpec().getContainers().getFirst().getResources());
        assertThat(planned.getSpec().getContainers().getFirst().getSecurityContext())
                .isEqualTo(real.getSpec().getContainers().getFirst().getSecurityContext());
        NetworkPolicy rules = Serialization.unmarshal(asked.getStatus().plan().networkPolicy(), NetworkPolicy.class);
        assertThat(networkPolicies(tenant))
                .singleElement()
                .extracting(NetworkPolicy::getSpec)
                .isEqualTo(rules.getSpec());
    }

    @Test
    void whatIsDeniedIsToldWithAllReasons(Tenant tenant) {
        tenant.withTools();

        ToolRun asked = tenant.run(
                shell("echo ran").withEnv("SECRET", "x").withTimeout("10m").decideOnly());

        assertThat(asked.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(asked.getStatus().decision().reasons())
                .extracting(DecisionReason::code)
                .containsExactlyInAnyOrder("EnvironmentNotGranted", "TimeoutExceedsPolicy");
        assertThat(asked.getStatus().plan()).isNull();
    }

    @Test
    void whatCouldNotRunIsToldToo(Tenant tenant) {
        tenant.policy(Tenant.POLICY, Tenant.TOOLS + "isolation: {runtimeClassName: no-such-class}\n");

        ToolRun asked = tenant.run(CALL.decideOnly());

        assertThat(asked.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(asked, "Finished").getReason()).isEqualTo("SandboxUnavailable");
    }

    private static List<NetworkPolicy> networkPolicies(Tenant tenant) {
        return tenant.client()
                .network()
                .v1()
                .networkPolicies()
                .inNamespace(tenant.namespace())
                .list()
                .getItems();
    }
}
