package dev.cofferdam.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * K3s in a privileged container, with gVisor's runtime and our images copied in. Unverified: no Docker engine was to be had where this was written.
 *
 * <p>Needs {@code COFFERDAM_RUNSC_DIR}, which holds {@code runsc} and {@code containerd-shim-runsc-v1}, and {@code COFFERDAM_IMAGES}, the paths of the image
 * archives with colons between; {@code make e2e} sets both.
 */
record K3sCluster(Path kubeconfig) implements TestCluster {
    private static final DockerImageName IMAGE = DockerImageName.parse("rancher/k3s:v1.36.4-k3s1");
    private static final String CONTAINERD_TEMPLATE = """
            {{ template "base" . }}
            [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runsc]
              runtime_type = 'io.containerd.runsc.v1'
            """;

    static K3sCluster start() {
        K3sContainer k3s = new K3sContainer(IMAGE);
        Path runsc = Path.of(Environment.required("COFFERDAM_RUNSC_DIR", "run the tests by `make e2e`"));
        k3s.withCopyFileToContainer(MountableFile.forHostPath(runsc.resolve("runsc"), 0755), "/bin/runsc");
        k3s.withCopyFileToContainer(
                MountableFile.forHostPath(runsc.resolve("containerd-shim-runsc-v1"), 0755),
                "/bin/containerd-shim-runsc-v1");
        k3s.withCopyToContainer(
                org.testcontainers.images.builder.Transferable.of(CONTAINERD_TEMPLATE),
                "/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.tmpl");
        k3s.start();
        try {
            importImages(k3s, Environment.required("COFFERDAM_IMAGES", "run the tests by `make e2e`"));
            Path kubeconfig =
                    Files.writeString(Files.createTempFile("cofferdam-k3s", ".kubeconfig"), k3s.getKubeConfigYaml());
            Process apply = new ProcessBuilder("make", "-s", "install", "KUBECONFIG=" + kubeconfig)
                    .directory(Path.of("..").toFile())
                    .inheritIO()
                    .start();
            if (apply.waitFor() != 0) {
                throw new IllegalStateException("`make install` failed on the K3s cluster; see its output above");
            }
            return new K3sCluster(kubeconfig);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while installing", e);
        }
    }

    private static void importImages(K3sContainer k3s, String archives) throws IOException, InterruptedException {
        for (String archive : archives.split(":")) {
            String inside = "/tmp/" + Path.of(archive).getFileName();
            k3s.copyFileToContainer(MountableFile.forHostPath(archive), inside);
            ExecResult result = k3s.execInContainer("ctr", "-n", "k8s.io", "images", "import", inside);
            if (result.getExitCode() != 0) {
                throw new IllegalStateException("cannot import " + archive + ": " + result.getStderr());
            }
        }
    }
}
