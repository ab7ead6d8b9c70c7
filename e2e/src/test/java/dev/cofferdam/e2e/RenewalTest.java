package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The gateway's certificate is renewed while the system runs, and nothing is restarted for it. */
@ClusterTest
class RenewalTest {
    /** A second less than a certificate's life: due at once. */
    private static final String DUE = "--renew-before=PT7775999S";

    @Test
    void aRenewedCertificateIsUsedWithoutARestart(Tenant tenant) {
        // Given
        BigInteger before = Certificates.stored();
        Map<String, Integer> restarts = restarts();

        // When the daily job runs, on a day on which the certificate is due
        Certificates.renew(DUE);

        // Then the gateway shows the new one, as soon as the kubelet has brought it
        assertThat(Certificates.stored()).isNotEqualTo(before);
        await().atMost(Tenant.PATIENCE).pollInterval(Duration.ofSeconds(1)).until(Certificates::areInUse);
        assertThat(restarts()).isEqualTo(restarts);
        assertThat(tenant.withTools().run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    /** A renewal is early by weeks: on a full node it waits, and ends no tool. */
    @Test
    void aRenewalMakesNoRoomForItself(Tenant tenant) {
        String priorityClass = tenant.client()
                .batch()
                .v1()
                .cronjobs()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName("cofferdam-certificates")
                .require()
                .getSpec()
                .getJobTemplate()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getPriorityClassName();

        assertThat(tenant.client()
                        .scheduling()
                        .v1()
                        .priorityClasses()
                        .withName(priorityClass)
                        .require()
                        .getPreemptionPolicy())
                .isEqualTo("Never");
    }

    private static Map<String, Integer> restarts() {
        return Tenant.systemPods(Names.GATEWAY).stream()
                .collect(java.util.stream.Collectors.toMap(
                        pod -> pod.getMetadata().getUid(),
                        pod -> pod.getStatus().getContainerStatuses().stream()
                                .mapToInt(ContainerStatus::getRestartCount)
                                .sum()));
    }
}
