package dev.cofferdam.e2e.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.testcontainers.DockerClientFactory;

/**
 * The cluster that the tests run on, with Cofferdam installed. Chosen in this order, and always printed: one that exists ({@code KUBECONFIG} and {@code
 * COFFERDAM_E2E_CLUSTER=existing}); K3s in a container where a Docker engine is to be had; else the local cluster of e2e/cluster. {@code
 * COFFERDAM_E2E_CLUSTER} may name one of {@code existing}, {@code k3s} and {@code local} itself.
 */
public sealed interface TestCluster permits ExistingCluster, K3sCluster, LocalCluster {
    /** Path of a kubeconfig with the rights of an admin. */
    Path kubeconfig();

    /** The one cluster of this test run. */
    static TestCluster shared() {
        return Holder.CLUSTER;
    }

    default KubernetesClient client() {
        try {
            return new KubernetesClientBuilder()
                    .withConfig(Config.fromKubeconfig(Files.readString(kubeconfig())))
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the kubeconfig " + kubeconfig(), e);
        }
    }

    private static TestCluster choose() {
        String wanted = System.getenv().getOrDefault("COFFERDAM_E2E_CLUSTER", "");
        TestCluster cluster = switch (wanted) {
            case "existing" -> new ExistingCluster();
            case "k3s" -> K3sCluster.start();
            case "local" -> new LocalCluster();
            case "" -> DockerClientFactory.instance().isDockerAvailable() ? K3sCluster.start() : new LocalCluster();
            default ->
                throw new IllegalArgumentException(
                        "COFFERDAM_E2E_CLUSTER is \"" + wanted + "\"; it may be existing, k3s or local");
        };
        System.out.println("Cluster under test: " + cluster);
        return cluster;
    }

    /** Made when first asked for, once. */
    final class Holder {
        private static final TestCluster CLUSTER = choose();
        private static final KubernetesClient CLIENT = CLUSTER.client();

        private Holder() {}

        public static KubernetesClient client() {
            return CLIENT;
        }
    }
}
