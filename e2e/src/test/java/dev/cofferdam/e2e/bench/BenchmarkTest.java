package dev.cofferdam.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.InstalledParts;
import dev.cofferdam.e2e.bench.Report.Chapter;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.e2e.tenant.TenantExtension;
import dev.cofferdam.record.Names;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** `make bench`: measures, and writes docs/benchmarks.md. It fails where something could not be measured, never for a number. */
@Tag("bench")
@ExtendWith(TenantExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Execution(ExecutionMode.SAME_THREAD)
@Timeout(15 * 60)
class BenchmarkTest {
    private static final int WRITES_BAR = 6;

    /** The first of each find nothing warm: not the page cache, and not the JVMs, which were deployed a moment ago and otherwise run for weeks. */
    private static final int WARM_UP_RUNS = 20;

    private static final int WARM_UP_PODS = 2;
    private static final int REVOCATIONS = 5;

    private final Sizes sizes = Sizes.ofEnvironment();
    private final Report report = new Report();

    @BeforeEach
    void begin() {
        report.begin(Machine.moment(TestCluster.Holder.client()));
    }

    @AfterAll
    void write() {
        Path file = Path.of(System.getenv().getOrDefault("COFFERDAM_BENCH_REPORT", "../docs/benchmarks.md"));
        report.write(file);
        System.out.println("written: " + file.normalize());
    }

    @Test
    @Order(1)
    void oneAtATime(Tenant tenant) {
        List<Trip> runs = new ArrayList<>();
        List<Trip> pods = new ArrayList<>();
        try (Contest contest = new Contest(tenant, "500m", "256Mi")) {
            warmUp(contest);
            ApiWrites before = ApiWrites.now();
            for (int i = 0; i < sizes.serial(); i++) {
                // Each is the first of its pair as often as the other.
                if (i % 2 == 0) {
                    runs.add(contest.run());
                    pods.add(contest.barePod());
                } else {
                    pods.add(contest.barePod());
                    runs.add(contest.run());
                }
                progress("pair " + (i + 1) + " of " + sizes.serial(), runs.getLast(), pods.getLast());
            }
            report.add(Chapter.PHASES, """

                    Of the runs and pods above; a median each, so the rows do not add up exactly. The runtime's times are from its log. What a run has and a
                    bare pod has not: decision and claim; the supervisor's start, a TLS connection and the review of its token until the channel is open; and
                    the start gate, which listens for 25 ms at least before it calls the network closed.

                    """ + new Phases(contest, runs, pods).table());
            System.out.println("waiting for the sweep of the pods");
            contest.awaitSweep(runs);
            writes(ApiWrites.now().since(before));
        }
        report.add(
                Chapter.SERIAL,
                """

                %d runs and as many bare pods, alternately; the next begins when the pod of the one before is over. Both may use 500m and 256Mi, which is what
                a policy grants that says nothing of it. %d runs and %d bare pods went before, unmeasured: the parts were started for this measurement, and a JVM is slow at
                first.

                """.formatted(sizes.serial(), WARM_UP_RUNS, WARM_UP_PODS) + Comparison.table(runs, pods) + """

                Both begin the moment before the object is created. *Started* is `status.execution.startedAt` (the gateway's clock), and for the bare pod the
                receipt of a watch event with the phase Running; *ended* is the receipt of a watch event with the condition Finished, or the phase Succeeded.
                """
                        + Comparison.unseen(pods));
    }

    /** Until the last of its pods is swept: that is a write, too. */
    private static void warmUp(Contest contest) {
        List<Trip> runs = new ArrayList<>();
        for (int i = 0; i < WARM_UP_RUNS; i++) {
            runs.add(contest.run());
        }
        for (int i = 0; i < WARM_UP_PODS; i++) {
            contest.barePod();
        }
        System.out.println("warm; waiting for the sweep of the pods");
        contest.awaitSweep(runs);
    }

    @Test
    @Order(2)
    void allAtOnce(Tenant tenant) throws Exception {
        List<Trip> runs;
        List<Trip> pods;
        ApiWrites writes;
        try (Contest contest = new Contest(tenant, "20m", "32Mi")) {
            Consumption controller = Consumption.of(Names.CONTROLLER);
            Consumption gateway = Consumption.of(Names.GATEWAY);
            ApiWrites before = ApiWrites.now();
            runs = atOnce(contest::run);
            writes = ApiWrites.now().since(before);
            System.out.println(runs.size() + " runs at once have ended");
            consumption(controller, gateway);
            pods = atOnce(contest::barePod);
        }
        report.add(
                Chapter.AT_ONCE,
                """

                %d runs created at once, and when all of their pods are over, as many bare pods. Both may use 20m and 32Mi, so that most of them fit on the
                node at one time; with so little, the limit alone makes each of them slow, and the supervisor's own start the more.

                """.formatted(sizes.atOnce())
                        + Comparison.table(runs, pods)
                        + Comparison.unseen(pods)
                        + """

                Statuses written per run: %s. Refused, because another write came first: %d statuses; because it was there already: %d pods.
                """.formatted(
                                Report.number((double) writes.count(kind ->
                                                kind.resource().equals(ApiWrites.RUN_STATUSES) && kind.succeeded())
                                        / sizes.atOnce()),
                                writes.count(
                                        kind -> kind.resource().equals(ApiWrites.RUN_STATUSES) && kind.conflicted()),
                                writes.count(kind -> kind.resource().equals(ApiWrites.PODS) && kind.conflicted())));
    }

    @Test
    @Order(3)
    void withoutSandboxes(Tenant tenant) {
        assumeTrue(Simulation.possible(tenant), "there are no nodes of kwok");
        List<Trip> trips;
        Consumption before = Consumption.of(Names.CONTROLLER);
        try (Simulation simulation = new Simulation(tenant)) {
            trips = simulation.run(sizes.simulated());
        }
        Consumption after = Consumption.of(Names.CONTROLLER);
        Instant first =
                trips.stream().map(Trip::asked).min(Comparator.naturalOrder()).orElseThrow();
        Instant last =
                trips.stream().map(Trip::ended).max(Comparator.naturalOrder()).orElseThrow();
        double seconds = Duration.between(first, last).toMillis() / 1000.0;
        report.add(
                Chapter.SIMULATED,
                """

                %d runs, created as quickly as the API server takes them, on nodes of kwok, where nothing really runs. The facts are written as the gateway
                writes them, and what the kubelet says of a pod as a node does, at once, by the measuring process. API server, etcd, scheduler, kwok and the
                measuring process share the machine with the controller, so its own ceiling is higher.

                """.formatted(trips.size())
                        + Report.table(List.of(
                                List.of(
                                        "from the first creation to the last end",
                                        "rate",
                                        "create → end, p50",
                                        "p95",
                                        "controller: processor",
                                        "memory"),
                                List.of(
                                        Report.number(seconds) + " s",
                                        Report.number(trips.size() / seconds) + " runs/s",
                                        Report.millis(Comparison.ends(trips).p50()),
                                        Report.millis(Comparison.ends(trips).p95()),
                                        Report.number(after.secondsPerThousand(before, trips.size())) + " s per 1000",
                                        after.mebibytes()))));
    }

    @Test
    @Order(4)
    void theControllerStarts(Tenant tenant) {
        tenant.withTools();
        ToolRun like = tenant.run(RunRequest.tool("true"));
        List<List<String>> rows = new ArrayList<>(List.of(StartUp.HEAD));
        StartUp.stop();
        try {
            rows.add(startBesideSettledRuns().row(1, 0));
            StartUp.stop();
            SettledRuns.make(tenant, like, sizes.settled());
            rows.add(startBesideSettledRuns().row(1 + sizes.settled(), 0));
            if (Simulation.possible(tenant)) {
                rows.add(withActiveRuns(tenant));
            }
        } finally {
            InstalledParts.scale(Names.CONTROLLER, 1);
        }
        report.add(Chapter.START, """

                From the start of the process (JVM), by its own log, with the lease free; statuses, processor and memory (anonymous) half a minute later, when it has
                looked through all settled runs once. The settled runs are as large as a run of `true` without its facts; the active ones run on nodes of kwok. The bar is 10 s, and
                256 MiB with 10 000 settled and 1000 active runs. Where no run is active no status may be written; active ones may have one written
                where something happened to them while no controller was there.

                """ + Report.table(rows));
    }

    /** Of what has settled nothing is written, however much of it there is. */
    private static StartUp startBesideSettledRuns() {
        StartUp start = StartUp.start();
        assertThat(start.statuses()).as("statuses written").isZero();
        return start;
    }

    private List<String> withActiveRuns(Tenant tenant) {
        try (Simulation simulation = new Simulation(tenant)) {
            simulation.hold(sizes.active());
            StartUp.stop();
            return StartUp.start().row(1 + sizes.settled(), sizes.active());
        }
    }

    @Test
    @Order(5)
    void theWayOut(Tenant tenant) {
        Passage passage = new Passage(tenant);
        report.add(
                Chapter.PASSAGE,
                """

                One program in a run, by box, supervisor and gateway, and in a bare gVisor pod, directly; to the same server in a pod of the same node. Client, gateway
                and server share the processors of this machine.

                """
                        + passage.latencies()
                        + "\n"
                        + passage.throughput()
                        + passage.revocations(REVOCATIONS)
                        + passage.idle());
    }

    @Test
    @Order(6)
    void theKillSwitch(Tenant tenant) {
        assumeTrue(Simulation.possible(tenant), "there are no nodes of kwok");
        List<List<String>> rows = new ArrayList<>(List.of(KillSwitch.HEAD));
        try (Simulation simulation = new Simulation(tenant);
                KillSwitch killSwitch = new KillSwitch(tenant, simulation)) {
            for (KillSwitch.Beside beside : KillSwitch.Beside.values()) {
                rows.add(killSwitch.measure(beside, sizes.atOnce(), sizes.simulated()));
            }
            rows.add(killSwitch.measurePlain(sizes.atOnce(), sizes.simulated()));
        }
        report.add(
                Chapter.KILL_SWITCH,
                """

                `kubectl label namespace %s %s=Suspended`, while %d real runs send a byte each every 200 ms to a server, and %d others run on nodes of kwok, where nothing
                really runs. From the moment before kubectl is started. A tool is over when the gateway has its supervisor's word; a sandbox is gone when its kernel's process is; last
                status and pod, as a watch shows them. The last row is what the cluster needs for as many pods that nobody writes a status of.

                """.formatted(Names.SYSTEM_NAMESPACE, Names.STATE_LABEL, sizes.atOnce(), sizes.simulated())
                        + Report.table(rows));
    }

    @Test
    @Order(7)
    void workspaces(Tenant tenant) {
        assumeTrue(
                "local".equals(System.getenv("COFFERDAM_E2E_CLUSTER")), "the volumes are directories of this machine");
        WorkspaceCosts costs = new WorkspaceCosts(tenant);
        report.add(Chapter.WORKSPACES, "\n" + costs.starts() + "\n" + costs.commits() + costs.programs());
    }

    private void consumption(Consumption controllerBefore, Consumption gatewayBefore) {
        Consumption controller = Consumption.of(Names.CONTROLLER);
        Consumption gateway = Consumption.of(Names.GATEWAY);
        report.add(
                Chapter.CONSUMPTION,
                """

                Processor time of the %d runs at once, extrapolated to 1000, with what the parts used meanwhile for themselves; memory (anonymous) after these
                runs. By the kubelet's word.

                """.formatted(sizes.atOnce())
                        + Report.table(List.of(
                                List.of("", "processor, per 1000 runs", "memory"),
                                consumption("controller", controllerBefore, controller),
                                consumption("gateway", gatewayBefore, gateway))));
    }

    private List<String> consumption(String part, Consumption before, Consumption now) {
        return List.of(part, Report.number(now.secondsPerThousand(before, sizes.atOnce())) + " s", now.mebibytes());
    }

    private void writes(ApiWrites all) {
        ApiWrites writes = all.without(new ApiWrites.Kind(ApiWrites.PODS, "POST", "201"), sizes.serial());
        long created = writes.count(kind -> kind.equals(new ApiWrites.Kind(ApiWrites.RUNS, "POST", "201")));
        long ours = writes.count(ApiWrites::isOurs);
        double each = (double) ours / sizes.serial();
        report.add(
                Chapter.WRITES,
                """

                **%s writes per run**, the agent's own create included; the bar is %d: %s. Counted by the API server (`apiserver_request_total`) from before
                the first of the runs above until the pod of the last was swept; the bare pods' creation is taken off.
                %s
                """.formatted(
                                        Report.number(each),
                                        WRITES_BAR,
                                        Report.verdict(each <= WRITES_BAR),
                                        created == sizes.serial()
                                                ? ""
                                                : "\n**Somebody else created " + (created - sizes.serial())
                                                        + " runs meanwhile: these counts mean nothing.**")
                        + "\n"
                        + Report.table(writes.rows(sizes.serial())));
    }

    private List<Trip> atOnce(Callable<Trip> one) throws InterruptedException, ExecutionException {
        List<Trip> trips = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Trip>> all = Stream.generate(() -> threads.submit(one))
                    .limit(sizes.atOnce())
                    .toList();
            for (Future<Trip> trip : all) {
                trips.add(trip.get());
            }
        }
        return trips;
    }

    private static void progress(String what, Trip run, Trip pod) {
        Duration[] all = {run.toStart(), run.toEnd(), pod.toStart(), pod.toEnd()};
        System.out.printf(
                "%s: run started after %d ms, ended after %d ms; bare pod %d ms, %d ms%n",
                what, all[0].toMillis(), all[1].toMillis(), all[2].toMillis(), all[3].toMillis());
    }
}
