package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.time.Instant;
import java.util.List;

/** Controller and gateway as they run in the cluster, killed, scaled and seen ready again. Only for tests that run alone. */
public final class InstalledParts {
    private InstalledParts() {}

    /** Returns when as many are ready, and no more are there. */
    public static void scale(String part, int replicas) {
        String system = "--namespace=" + Names.SYSTEM_NAMESPACE;
        Kubectl.kubectl(system, "scale", "deployment/" + part, "--replicas=" + replicas);
        assertThat(Kubectl.kubectl(system, "rollout", "status", "deployment/" + part, Kubectl.PATIENCE)
                        .exitCode())
                .isZero();
        await().atMost(Tenant.PATIENCE).until(() -> {
            List<Pod> pods = Tenant.systemPods(part);
            return pods.size() == replicas && pods.stream().allMatch(Readiness::isPodReady);
        });
    }

    /** Kills the process of a part that has one replica, and waits until another one has started in its place. */
    static void kill(String part) {
        Pod pod = current(part);
        NodeProcesses.signal("KILL", process(pod));
        awaitRestart(pod);
    }

    /**
     * Makes room for a kill: a container that has crashed before is started again later and later, so its pod gives way to another one, in good order. The controller that is
     * there then leads: one that stands by does nothing in whose middle it could be killed.
     */
    static void fresh(String part) {
        awaitLead(part);
        Pod pod = current(part);
        if (restarts(pod) == 0) {
            return;
        }
        Kubectl.kubectl(
                "--namespace=" + Names.SYSTEM_NAMESPACE,
                "delete",
                "pod",
                pod.getMetadata().getName(),
                "--wait=false");
        await().atMost(Tenant.PATIENCE)
                .ignoreExceptions()
                .until(() -> restarts(current(part)) == 0 && hasStarted(current(part)));
        awaitLead(part);
    }

    /** A pod that has restarted has the lease of its process before until it renews it. */
    private static void awaitLead(String part) {
        if (!part.equals(Names.CONTROLLER)) {
            return;
        }
        await().atMost(Tenant.PATIENCE).ignoreExceptions().until(() -> {
            Pod pod = current(part);
            LeaseSpec lease = TestCluster.Holder.client()
                    .leases()
                    .inNamespace(Names.SYSTEM_NAMESPACE)
                    .withName(part)
                    .require()
                    .getSpec();
            return pod.getMetadata().getName().equals(lease.getHolderIdentity())
                    && lease.getRenewTime().toInstant().isAfter(startedAt(pod));
        });
    }

    private static Instant startedAt(Pod pod) {
        return Instant.parse(pod.getStatus()
                .getContainerStatuses()
                .getFirst()
                .getState()
                .getRunning()
                .getStartedAt());
    }

    /** Waits until the pod has restarted since it was read. Not until it is ready, which the kubelet asks every few seconds only. */
    public static void awaitRestart(Pod pod) {
        await().atMost(Tenant.PATIENCE).ignoreExceptions().until(() -> {
            Pod now = pod(pod.getMetadata().getName());
            return restarts(now) > restarts(pod) && hasStarted(now);
        });
    }

    /** The one that is not about to go. */
    private static Pod current(String part) {
        List<Pod> pods = Tenant.systemPods(part).stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .toList();
        assertThat(pods).hasSize(1);
        return pods.getFirst();
    }

    private static boolean hasStarted(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream()
                .anyMatch(container -> Boolean.TRUE.equals(container.getStarted()));
    }

    public static List<Long> process(Pod pod) {
        return NodeProcesses.program(pod, "/opt/java/bin/java");
    }

    static Pod pod(String name) {
        return TestCluster.Holder.client()
                .pods()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName(name)
                .get();
    }

    private static int restarts(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream()
                .mapToInt(ContainerStatus::getRestartCount)
                .sum();
    }
}
