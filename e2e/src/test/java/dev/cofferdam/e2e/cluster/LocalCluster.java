package dev.cofferdam.e2e.cluster;

import java.nio.file.Path;

/** The cluster of e2e/cluster on this machine; {@code make e2e} starts it and installs Cofferdam before the tests. */
record LocalCluster(Path kubeconfig) implements TestCluster {
    LocalCluster() {
        this(Path.of(Environment.required(
                "KUBECONFIG", "run the tests by `make e2e`, or export KUBECONFIG=$(make -s kubeconfig)")));
    }
}
