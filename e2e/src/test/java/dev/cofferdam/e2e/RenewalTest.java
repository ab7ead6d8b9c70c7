package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;

/** The gateway's certificate is renewed while the system runs, and nothing is restarted for it. */
@ClusterTest
class RenewalTest {
    /** A second less than a certificate's life: due at once. */
    private static final String DUE = "--renew-before=PT7775999S";

    @Test
    void aRenewedCertificateIsUsedWithoutARestart(Tenant tenant) throws Exception {
        // Given
        KubernetesClient client = tenant.client();
        BigInteger before = stored(client);
        Map<String, Integer> restarts = restarts();

        // When the daily job runs, on a day on which the certificate is due
        CronJob daily = client.batch()
                .v1()
                .cronjobs()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName("cofferdam-certificates")
                .get();
        Job job = new JobBuilder()
                .withNewMetadata()
                .withName("renewal-" + tenant.namespace())
                .withLabels(daily.getMetadata().getLabels())
                .endMetadata()
                .withSpec(daily.getSpec().getJobTemplate().getSpec())
                .build();
        job.getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getCommand()
                .add(DUE);
        client.batch()
                .v1()
                .jobs()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .resource(job)
                .create();
        try {
            await().atMost(Duration.ofMinutes(1)).until(() -> !stored(client).equals(before));

            // Then the gateway shows the new one, as soon as the kubelet has brought it
            BigInteger after = stored(client);
            await().atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofSeconds(1))
                    .ignoreExceptions() // a connection that is cut while the certificate is taken up; supervisors try
                    // again, too
                    .until(() -> shown(client).equals(after));
            assertThat(restarts()).isEqualTo(restarts);
            assertThat(tenant.withTools().run(shell("true")).getStatus().phase())
                    .isEqualTo(Phase.Succeeded);
        } finally {
            client.batch()
                    .v1()
                    .jobs()
                    .inNamespace(Names.SYSTEM_NAMESPACE)
                    .withName(job.getMetadata().getName())
                    .delete();
        }
    }

    private static BigInteger stored(KubernetesClient client) throws Exception {
        Secret secret = client.secrets()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(Names.GATEWAY_TLS_SECRET)
                .get();
        byte[] pem = Base64.getDecoder().decode(secret.getData().get("tls.crt"));
        return ((X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem)))
                .getSerialNumber();
    }

    /** The serial number of the certificate that the gateway shows, checked against the published authorities as a supervisor does. */
    private static BigInteger shown(KubernetesClient client) throws Exception {
        String bundle = client.configMaps()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(Names.GATEWAY_CA_CONFIG_MAP)
                .get()
                .getData()
                .get("ca.crt");
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        int number = 0;
        for (var authority : CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(bundle.getBytes()))) {
            trusted.setCertificateEntry("authority-" + number++, authority);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLSv1.3");
        tls.init(null, trust.getTrustManagers(), null);
        // Forwarded, because a NetworkPolicy closes the port to all but sandboxes.
        try (LocalPortForward forward = client.pods()
                        .resource(Tenant.systemPods(Names.GATEWAY).getFirst())
                        .portForward(Names.CHANNEL_PORT);
                SSLSocket socket = (SSLSocket)
                        tls.getSocketFactory().createSocket(forward.getLocalAddress(), forward.getLocalPort())) {
            var parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(Names.GATEWAY_SERVER_NAME)));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
        }
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
