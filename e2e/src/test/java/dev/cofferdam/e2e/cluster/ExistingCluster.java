package dev.cofferdam.e2e.cluster;

import java.nio.file.Path;

/** A cluster of somebody's, named by {@code KUBECONFIG}, with Cofferdam and the example images already there. */
record ExistingCluster(Path kubeconfig) implements TestCluster {
    ExistingCluster() {
        this(Path.of(Environment.required("KUBECONFIG", "set it to the kubeconfig of the existing cluster")));
    }
}
