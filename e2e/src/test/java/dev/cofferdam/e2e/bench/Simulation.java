package dev.cofferdam.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.bench.Contest.PodState;
import dev.cofferdam.e2e.bench.Contest.RunState;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.SimulatedNode;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * Runs without sandboxes, on nodes that only seem to be there: what a kubelet says of a pod is written as its node writes it, and facts as the gateway
 * does. What is left is the control plane.
 */
final class Simulation implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int AGENTS = 16;
    private static final int SUPERVISORS = 16;

    /** Admission wants the name to begin so; the scheduling sends pods of this class to kwok's nodes only. */
    private static final String RUNTIME_CLASS = "gvisor-simulated";

    private final Tenant tenant;
    private final RuntimeClass runtimeClass;
    private final Sightings<ToolRun, RunState> runs;
    private final Sightings<Pod, PodState> pods;

    /** Whether there are nodes to simulate on. */
    static boolean possible(Tenant tenant) {
        return !tenant.client()
                .nodes()
                .withLabel("type", "kwok")
                .list()
                .getItems()
                .isEmpty();
    }

    Simulation(Tenant tenant) {
        this.tenant = tenant;
        runtimeClass = tenant.client()
                .resource(new RuntimeClassBuilder()
                        .withNewMetadata()
                        .withName(RUNTIME_CLASS)
                        .endMetadata()
                        .withHandler("runsc")
                        .withNewScheduling()
                        .addToNodeSelector("type", "kwok")
                        .addNewToleration("NoSchedule", "kwok.x-k8s.io/node", "Exists", null, null)
                        .endScheduling()
                        .build())
                .serverSideApply();
        tenant.policy(Tenant.POLICY, """
                isolation: {runtimeClassName: %s}
                tools: [{name: "true", image: cofferdam.local/shell:1, command: ["true"]}]
                permissions: {resources: {limits: {cpu: 10m, memory: 32Mi, timeout: 10m}}}
                """.formatted(RUNTIME_CLASS));
        runs = new Sightings<>(
                tenant.client().resources(ToolRun.class).inNamespace(tenant.namespace()),
                Contest::statesOf,
                run -> Set.of());
        pods = new Sightings<>(
                tenant.client().pods().inNamespace(tenant.namespace()),
                Contest::statesOf,
                pod -> Set.of(PodState.GONE));
    }

    /** Creates so many runs, as quickly as the API server takes them, and brings each to its end. */
    List<Trip> run(int count) {
        List<Trip> trips = new CopyOnWriteArrayList<>();
        List<Future<?>> supervised = new CopyOnWriteArrayList<>();
        try (ExecutorService supervisors = Executors.newVirtualThreadPerTaskExecutor()) {
            var places = new Semaphore(SUPERVISORS);
            Crowd.each(count, AGENTS, "simulated runs created", i -> {
                Instant asked = Instant.now();
                ToolRun run = tenant.create(RunRequest.tool("true"));
                supervised.add(supervisors.submit(() -> trips.add(supervise(asked, run, places))));
            });
        }
        supervised.forEach(future -> {
            try {
                future.get();
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
        });
        return trips;
    }

    /** Creates so many runs, whose tools run and do not end, and returns their UIDs once the controller has told of all that they run. */
    List<String> hold(int count) {
        List<String> held = new CopyOnWriteArrayList<>();
        Crowd.each(count, AGENTS, "simulated runs held", i -> {
            ToolRun run = tenant.create(RunRequest.tool("true"));
            Pod pod = awaitPod(run);
            SimulatedNode.started(pod);
            facts(run, """
                    "execution": {"podUID": "%s", "startedAt": "%s"}
                    """.formatted(pod.getMetadata().getUid(), Instant.now()));
            held.add(run.getMetadata().getUid());
        });
        await().atMost(PATIENCE)
                .until(() -> held.stream()
                        .allMatch(uid -> runs.newest(uid).getStatus().phase() == Phase.Running));
        return held;
    }

    /** Creates so many plain pods there, and returns their UIDs once a watch has shown all of them run. */
    List<String> holdPlain(int count) {
        List<String> held = new CopyOnWriteArrayList<>();
        Crowd.each(
                count,
                AGENTS,
                "simulated plain pods held",
                i -> held.add(PlainPod.asARun(tenant, "plain-" + i, RUNTIME_CLASS, List.of("true"), "10m", "32Mi")
                        .pod()
                        .getMetadata()
                        .getUid()));
        held.forEach(uid -> pods.await(uid, PodState.RUNNING, PATIENCE));
        return held;
    }

    /** The newest that a watch showed of a run of the tenant. */
    ToolRun newest(String uid) {
        return runs.newest(uid);
    }

    /** When a watch showed a pod of the tenant as gone. */
    Instant awaitGone(String podUid) {
        return pods.await(podUid, PodState.GONE, PATIENCE);
    }

    /** When a watch showed a run of the tenant as finished. */
    Instant awaitEnd(String uid) {
        return runs.await(uid, RunState.FINISHED, PATIENCE);
    }

    /** When a watch showed the pod of a run of the tenant as gone. */
    Instant awaitPodGone(String uid) {
        return awaitGone(Contest.podUid(runs.newest(uid)));
    }

    private Pod awaitPod(ToolRun run) {
        String uid = run.getMetadata().getUid();
        runs.await(uid, RunState.CLAIMED, PATIENCE);
        String podUid = Contest.podUid(runs.newest(uid));
        pods.await(podUid, PodState.SCHEDULED, PATIENCE);
        return pods.newest(podUid);
    }

    private Trip supervise(Instant asked, ToolRun run, Semaphore places) throws InterruptedException {
        String uid = run.getMetadata().getUid();
        Pod pod = awaitPod(run);
        Instant started;
        places.acquire();
        try {
            SimulatedNode.started(pod);
            started = Instant.now();
            facts(run, """
                    "execution": {"podUID": "%1$s", "startedAt": "%2$s"},
                    "result": {"podUID": "%1$s", "outcome": "Exited", "exitCode": 0, "stdout": "", "stdoutBytes": 0, "stderr": "", "stderrBytes": 0,
                      "stdoutTruncated": false, "stderrTruncated": false, "durationMillis": 1, "cpuMillis": 1, "peakMemoryBytes": 0, "finishedAt": "%3$s"}
                    """.formatted(pod.getMetadata().getUid(), started, Instant.now()));
            SimulatedNode.succeeded(pod);
        } finally {
            places.release();
        }
        return new Trip(asked, started, runs.await(uid, RunState.FINISHED, PATIENCE), uid);
    }

    private static void facts(ToolRun run, String facts) {
        Caller.Answer answer = Caller.GATEWAY.send(
                "PATCH",
                path(run) + "/status?fieldManager=" + Names.GATEWAY_FIELD_MANAGER,
                "application/apply-patch+yaml",
                """
                {"apiVersion": "%s", "kind": "ToolRun", "metadata": {"name": "%s", "namespace": "%s"}, "status": {%s}}
                """.formatted(
                                run.getApiVersion(),
                                run.getMetadata().getName(),
                                run.getMetadata().getNamespace(),
                                facts));
        assertThat(answer.code()).as(answer.body()).isEqualTo(200);
    }

    static String path(ToolRun run) {
        return "/apis/" + run.getApiVersion() + "/namespaces/"
                + run.getMetadata().getNamespace() + "/toolruns/"
                + run.getMetadata().getName();
    }

    @Override
    public void close() {
        runs.close();
        pods.close();
        tenant.client().resource(runtimeClass).delete();
    }
}
