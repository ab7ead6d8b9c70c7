package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The authority that sandboxes trust is replaced, with all that hangs on it, in the middle of runs. In minutes here, and days apart else, so that no pod lives
 * that knows the former one only; alone, because the pods of other tests would.
 */
@ClusterTest
@Isolated
class RotationTest {
    /** All of an authority's life: the successor is due at once. */
    private static final String ANNOUNCE = "--announce-before=P3650D";

    private static final String AT_ONCE = "--overlap=PT0S";

    @Test
    void theAuthorityIsReplacedInTheMiddleOfRuns(Tenant tenant) {
        // Given a run that goes on through all of it, and trusts the present authority only
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 1000s"));
        String former = Certificates.bundle();
        ToolRun open = tenant.begun(shell("echo begun; sleep 1000").withTimeout("1000s"));
        assertThat(authorities(tenant, open)).isEqualTo(former);

        // When the next one is announced, signs, and is alone
        Certificates.renew(ANNOUNCE);
        String both = Certificates.bundle();
        assertThat(both).startsWith(former).hasSizeGreaterThan(former.length());
        runUntil(tenant, Names.CONTROLLER, run -> authorities(tenant, run).equals(both));

        Certificates.renew(AT_ONCE);
        runUntil(tenant, Names.GATEWAY, run -> Certificates.areInUse());

        Certificates.renew(AT_ONCE);
        String next = Certificates.bundle();
        assertThat(former + next).isEqualTo(both);
        runUntil(tenant, Names.CONTROLLER, run -> authorities(tenant, run).equals(next));

        // Then the first run's channel is still the one that it had: it could open no other
        tenant.cancel(open);
        ToolRun ended = tenant.finished(open);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(ended.getStatus().attempts()).hasSize(1);
        assertThat(ended.getStatus().result().stdout()).isEqualTo("begun\n");
    }

    /** Makes one run after the other, until what was renewed is in use. Each has its result. */
    private static void runUntil(Tenant tenant, String part, Predicate<ToolRun> renewed) {
        Instant end = Instant.now().plus(Tenant.PATIENCE);
        ToolRun run;
        do {
            assertThat(Instant.now()).as("still not in use").isBefore(end);
            touch(part);
            run = tenant.run(shell("echo begun; echo done"));
            assertThat(run.getStatus().phase())
                    .as(Serialization.asYaml(run.getStatus()))
                    .isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().attempts()).hasSize(1);
        } while (!renewed.test(run));
    }

    /** The kubelet brings new files when it looks at a pod: once a minute, and whenever the pod changes. */
    private static void touch(String part) {
        Kubectl.Answer answer = Kubectl.kubectl(
                "--namespace=" + Names.SYSTEM_NAMESPACE,
                "annotate",
                "pods",
                "--selector=app.kubernetes.io/name=" + part,
                "--overwrite",
                "e2e.cofferdam.dev/touched=" + Instant.now());
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }

    /** What the run's pod was told to trust. */
    private static String authorities(Tenant tenant, ToolRun run) {
        Pod pod = tenant.pod(run).orElseThrow();
        return pod.getSpec().getContainers().getFirst().getEnv().stream()
                .filter(variable -> variable.getName().equals("COFFERDAM_GATEWAY_CA"))
                .findFirst()
                .orElseThrow()
                .getValue();
    }
}
