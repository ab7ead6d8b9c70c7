package dev.cofferdam.e2e.bench;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A run of {@code true}, and a bare gVisor pod that does the same: same image, same resources, same user, with the API token's volume that every pod has by
 * default.
 */
final class Contest implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    /** Retention, and a sweep; or, where the controller was started anew meanwhile, a full pass. */
    private static final Duration SWEPT = Duration.ofMinutes(7);

    private static final String IMAGE = "cofferdam.local/shell:1";

    /** What a watch can tell of a run. */
    enum RunState {
        CLAIMED,
        FACTS,
        FINISHED
    }

    /** What a watch can tell of a pod. */
    enum PodState {
        MADE,
        SCHEDULED,
        RUNNING,
        OVER,
        GONE
    }

    private final Tenant tenant;
    private final Map<String, Quantity> resources;
    private final Sightings<ToolRun, RunState> runs;
    private final Sightings<Pod, PodState> pods;

    /**
     * @param cpu what each pod may use, and asks for
     * @param memory the same
     */
    Contest(Tenant tenant, String cpu, String memory) {
        this.tenant = tenant;
        this.resources = Map.of("cpu", new Quantity(cpu), "memory", new Quantity(memory));
        tenant.policy(Tenant.POLICY, """
                tools: [{name: "true", image: %s, command: ["true"]}]
                permissions: {resources: {limits: {cpu: %s, memory: %s, timeout: 240s}}}
                """.formatted(IMAGE, cpu, memory));
        runs = new Sightings<>(
                tenant.client().resources(ToolRun.class).inNamespace(tenant.namespace()),
                Contest::statesOf,
                run -> Set.of());
        pods = new Sightings<>(
                tenant.client().pods().inNamespace(tenant.namespace()),
                Contest::statesOf,
                pod -> Set.of(PodState.GONE));
    }

    Sightings<ToolRun, RunState> runs() {
        return runs;
    }

    Sightings<Pod, PodState> pods() {
        return pods;
    }

    /** One run, from its creation until its pod is over, too, so that the next does not share the machine with its end. */
    Trip run() {
        Instant asked = Instant.now();
        String uid = tenant.create(RunRequest.tool("true")).getMetadata().getUid();
        Instant ended = runs.await(uid, RunState.FINISHED, PATIENCE);
        ToolRun run = runs.newest(uid);
        if (run.getStatus().phase() != Phase.Succeeded) {
            throw new AssertionError("a run of true did not succeed:\n" + Serialization.asYaml(run.getStatus()));
        }
        pods.await(podUid(run), PodState.OVER, PATIENCE);
        return new Trip(asked, Instant.parse(run.getStatus().execution().startedAt()), ended, uid);
    }

    /** Until the controller has removed the pods of these runs. */
    void awaitSweep(List<Trip> trips) {
        trips.forEach(trip -> pods.await(podUid(runs.newest(trip.uid())), PodState.GONE, SWEPT));
    }

    static String podUid(ToolRun run) {
        return run.getStatus().attempts().getLast().podUID();
    }

    /** One bare pod, from its creation to its end. */
    Trip barePod() {
        Instant asked = Instant.now();
        String uid = tenant.client()
                .resource(barePod(tenant.namespace(), resources))
                .create()
                .getMetadata()
                .getUid();
        Instant ended = pods.await(uid, PodState.OVER, PATIENCE);
        if (!"Succeeded".equals(pods.newest(uid).getStatus().getPhase())) {
            throw new AssertionError("a bare pod of true did not succeed:\n"
                    + Serialization.asYaml(pods.newest(uid).getStatus()));
        }
        return new Trip(asked, pods.await(uid, PodState.RUNNING, PATIENCE), ended, uid);
    }

    /** Those of the bare pods that a watch saw go to their end without seeing them run: their start counts as late as their end. */
    static long unseenStarts(List<Trip> trips) {
        return trips.stream()
                .filter(trip -> trip.started().equals(trip.ended()))
                .count();
    }

    static Set<RunState> statesOf(ToolRun run) {
        Set<RunState> states = EnumSet.noneOf(RunState.class);
        if (run.getStatus() != null) {
            if (!run.getStatus().attempts().isEmpty()) {
                states.add(RunState.CLAIMED);
            }
            if (run.getStatus().result() != null) {
                states.add(RunState.FACTS);
            }
            if (run.getStatus().conditions().stream()
                    .anyMatch(c -> "Finished".equals(c.getType()) && "True".equals(c.getStatus()))) {
                states.add(RunState.FINISHED);
            }
        }
        return states;
    }

    static Set<PodState> statesOf(Pod pod) {
        String phase = pod.getStatus().getPhase();
        int reached = "Succeeded".equals(phase) || "Failed".equals(phase)
                ? PodState.OVER.ordinal()
                : "Running".equals(phase)
                        ? PodState.RUNNING.ordinal()
                        : pod.getSpec().getNodeName() != null ? PodState.SCHEDULED.ordinal() : PodState.MADE.ordinal();
        Set<PodState> states = EnumSet.noneOf(PodState.class);
        IntStream.rangeClosed(0, reached).forEach(i -> states.add(PodState.values()[i]));
        return states;
    }

    private static Pod barePod(String namespace, Map<String, Quantity> resources) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withGenerateName("bare-")
                .endMetadata()
                .withNewSpec()
                .withRuntimeClassName("gvisor")
                .withRestartPolicy("Never")
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(65532L)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .addNewContainer()
                .withName("tool")
                .withImage(IMAGE)
                .withImagePullPolicy("IfNotPresent")
                .withCommand("true")
                .withNewResources()
                .withRequests(resources)
                .withLimits(resources)
                .endResources()
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .endContainer()
                .endSpec()
                .build();
    }

    @Override
    public void close() {
        runs.close();
        pods.close();
    }
}
