package dev.cofferdam.e2e;

import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.ScalableResource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** The gateway's certificate and the authorities that sandboxes trust: as they are stored, as the gateway shows them, and the command that renews them. */
final class Certificates {
    private static final KubernetesClient CLIENT = TestCluster.Holder.client();

    private Certificates() {}

    /** Runs the daily job now, with these options, to its good end. */
    static void renew(String... options) {
        CronJob daily = CLIENT.batch()
                .v1()
                .cronjobs()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName("cofferdam-certificates")
                .get();
        Job job = new JobBuilder()
                .withNewMetadata()
                .withName("renewal-" + UUID.randomUUID())
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
                .addAll(List.of(options));
        jobs().resource(job).create();
        try {
            await().atMost(Tenant.PATIENCE).until(() -> {
                Integer succeeded = jobs().withName(job.getMetadata().getName())
                        .get()
                        .getStatus()
                        .getSucceeded();
                return succeeded != null && succeeded == 1;
            });
        } finally {
            jobs().withName(job.getMetadata().getName()).delete();
        }
    }

    private static NonNamespaceOperation<Job, JobList, ScalableResource<Job>> jobs() {
        return CLIENT.batch().v1().jobs().inNamespace(Names.SYSTEM_NAMESPACE);
    }

    /** The authorities that the pods of new runs are told to trust. */
    static String bundle() {
        return CLIENT.configMaps()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(Names.GATEWAY_CA_CONFIG_MAP)
                .get()
                .getData()
                .get("ca.crt");
    }

    /** The serial number of the gateway's certificate. */
    static BigInteger stored() {
        Secret secret = CLIENT.secrets()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(Names.GATEWAY_TLS_SECRET)
                .get();
        byte[] pem = Base64.getDecoder().decode(secret.getData().get("tls.crt"));
        return certificates(pem).getFirst().getSerialNumber();
    }

    /** Whether the gateway shows the certificate that is stored, checked against the published authorities as a supervisor does. */
    static boolean areInUse() {
        // Forwarded, because a NetworkPolicy closes the port to all but sandboxes.
        try (LocalPortForward forward = CLIENT.pods()
                        .resource(Tenant.systemPods(Names.GATEWAY).getFirst())
                        .portForward(Names.CHANNEL_PORT);
                SSLSocket socket = (SSLSocket) trusting(bundle())
                        .getSocketFactory()
                        .createSocket(forward.getLocalAddress(), forward.getLocalPort())) {
            var parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(Names.GATEWAY_SERVER_NAME)));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSerialNumber()
                    .equals(stored());
        } catch (IOException e) {
            return false; // cut while the certificate is taken up; supervisors try again, too
        }
    }

    private static SSLContext trusting(String bundle) {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (X509Certificate authority : certificates(bundle.getBytes(StandardCharsets.US_ASCII))) {
                trusted.setCertificateEntry(authority.getSerialNumber().toString(), authority);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext tls = SSLContext.getInstance("TLSv1.3");
            tls.init(null, trust.getTrustManagers(), null);
            return tls;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<X509Certificate> certificates(byte[] pem) {
        try {
            return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
