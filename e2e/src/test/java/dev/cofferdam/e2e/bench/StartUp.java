package dev.cofferdam.e2e.bench;

import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Metrics;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One start of the controller, from the start of its process.
 *
 * @param leads until the lease was its own
 * @param works until its loop took up the runs that there are
 * @param statuses how many statuses of runs were written until then
 * @param after what it had used when it had looked through all settled runs
 */
record StartUp(Duration leads, Duration works, long statuses, Consumption after) {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Pattern STARTED = Pattern.compile("process_start_time_seconds(?:\\{.*})? ([0-9.E+]+)");
    private static final Pattern LEADS =
            Pattern.compile("\\{\"timestamp\":\"([^\"]+)\".*\"message\":\"this replica leads\".*");
    private static final Pattern WORKS = Pattern.compile(
            "\\{\"timestamp\":\"([^\"]+)\".*\"message\":\"Started event processing for controller: toolrun\".*");

    /** The first pass over all that is settled comes with the first sweep. */
    private static final Duration SWEEP = Duration.ofSeconds(25);

    private static final double NANOS = 1e9;

    /** Until no controller works, nor holds the lease: what is left of a predecessor's term is no part of a start. */
    static void stop() {
        scale(0);
        await().atMost(PATIENCE)
                .until(() -> Tenant.systemPods(Names.CONTROLLER).isEmpty()
                        && isFree(TestCluster.Holder.client()
                                .leases()
                                .inNamespace(Names.SYSTEM_NAMESPACE)
                                .withName(Names.CONTROLLER)
                                .get()));
    }

    private static boolean isFree(Lease lease) {
        LeaseSpec term = lease.getSpec();
        return term.getHolderIdentity() == null
                || term.getHolderIdentity().isEmpty()
                || term.getRenewTime()
                        .toInstant()
                        .plusSeconds(term.getLeaseDurationSeconds())
                        .isBefore(Instant.now());
    }

    static StartUp start() {
        ApiWrites before = ApiWrites.now();
        scale(1);
        await().atMost(PATIENCE)
                .until(() -> Tenant.systemPods(Names.CONTROLLER).stream().anyMatch(Readiness.getInstance()::isReady));
        Pod pod = Tenant.systemPods(Names.CONTROLLER).getFirst();
        Instant began = started(pod);
        Instant leads = logged(pod, LEADS);
        Instant works = logged(pod, WORKS);
        await().atMost(PATIENCE).until(() -> Instant.now().isAfter(works.plus(SWEEP)));
        return new StartUp(
                Duration.between(began, leads),
                Duration.between(began, works),
                ApiWrites.now().since(before).count(kind -> kind.resource().equals(ApiWrites.RUN_STATUSES)),
                Consumption.of(Names.CONTROLLER));
    }

    /** Kubernetes tells starts in whole seconds, the process itself in milliseconds. */
    private static Instant started(Pod pod) {
        return Metrics.of(pod)
                .lines()
                .map(STARTED::matcher)
                .filter(Matcher::matches)
                .map(line -> Instant.ofEpochSecond(0, Math.round(Double.parseDouble(line.group(1)) * NANOS)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the controller does not tell when it started"));
    }

    private static Instant logged(Pod pod, Pattern line) {
        return await().atMost(PATIENCE)
                .until(
                        () -> Kubectl.kubectl(
                                        "--namespace=" + Names.SYSTEM_NAMESPACE,
                                        "logs",
                                        pod.getMetadata().getName())
                                .text()
                                .lines()
                                .map(line::matcher)
                                .filter(Matcher::matches)
                                .map(found -> Instant.parse(found.group(1)))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private static void scale(int replicas) {
        Kubectl.kubectl(
                "--namespace=" + Names.SYSTEM_NAMESPACE,
                "scale",
                "deployment/" + Names.CONTROLLER,
                "--replicas=" + replicas);
    }

    static final List<String> HEAD =
            List.of("settled runs", "active runs", "leads", "takes up runs", "statuses written", "processor", "memory");

    List<String> row(int settled, int active) {
        return List.of(
                Integer.toString(settled),
                Integer.toString(active),
                Report.millis(leads),
                Report.millis(works),
                Long.toString(statuses),
                Report.number(after.cpu().toMillis() / 1000.0) + " s",
                after.mebibytes());
    }
}
