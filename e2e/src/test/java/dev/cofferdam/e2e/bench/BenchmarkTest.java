package dev.cofferdam.e2e.bench;

import dev.cofferdam.e2e.bench.Report.Chapter;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.e2e.tenant.TenantExtension;
import dev.cofferdam.record.Names;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
    private static final double START_BAR = 1.25;
    private static final double END_BAR = 0.5;
    private static final int WRITES_BAR = 6;

    /** The first of each find nothing warm: neither the JVMs nor the page cache. */
    private static final int WARM_UP = 2;

    private final Sizes sizes = Sizes.ofEnvironment();
    private final Report report = new Report();
    private String machine;

    @BeforeAll
    void describe() {
        machine = Machine.description(TestCluster.Holder.client());
    }

    @AfterAll
    void write() {
        Path file = Path.of(System.getenv().getOrDefault("COFFERDAM_BENCH_REPORT", "../docs/benchmarks.md"));
        report.write(file, machine);
        System.out.println("written: " + file.normalize());
    }

    @Test
    @Order(1)
    void oneAtATime(Tenant tenant) {
        List<Trip> runs = new ArrayList<>();
        List<Trip> pods = new ArrayList<>();
        try (Contest contest = new Contest(tenant, "500m", "256Mi")) {
            for (int i = 0; i < WARM_UP; i++) {
                contest.run();
                contest.barePod();
            }
            tenant.client().pods().inNamespace(tenant.namespace()).delete();
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

                    Of the runs and pods above; a median each, so the rows do not add up exactly. The runtime's times are from its log.

                    """ + new Phases(contest, runs, pods).table());
            System.out.println("waiting for the sweep of the pods");
            contest.awaitSweep(runs);
            writes(ApiWrites.now().since(before));
        }
        report.add(Chapter.SERIAL, """

                %d runs and as many bare pods, alternately; the next begins when the pod of the one before is over. Both may use 500m and 256Mi, which is what a policy
                grants that says nothing of it.

                """.formatted(sizes.serial()) + comparison(runs, pods) + """

                Both begin the moment before the object is created. *Started* is `status.execution.startedAt` (the gateway's clock), and for the bare pod the
                receipt of a watch event with the phase Running; *ended* is the receipt of a watch event with the condition Finished, or the phase Succeeded.
                """ + unseen(pods));
    }

    @Test
    @Order(2)
    void allAtOnce(Tenant tenant) throws Exception {
        List<Trip> runs;
        List<Trip> pods;
        try (Contest contest = new Contest(tenant, "20m", "32Mi")) {
            Consumption controller = Consumption.of(Names.CONTROLLER);
            Consumption gateway = Consumption.of(Names.GATEWAY);
            runs = atOnce(contest::run);
            System.out.println(runs.size() + " runs at once have ended");
            consumption(controller, gateway);
            pods = atOnce(contest::barePod);
        }
        report.add(Chapter.AT_ONCE, """

                %d runs created at once, and when all of their pods are over, as many bare pods. Both may use 20m and 32Mi, so that all of them fit on the node.

                """.formatted(sizes.atOnce()) + comparison(runs, pods) + unseen(pods));
    }

    private void consumption(Consumption controllerBefore, Consumption gatewayBefore) {
        Consumption controller = Consumption.of(Names.CONTROLLER);
        Consumption gateway = Consumption.of(Names.GATEWAY);
        report.add(
                Chapter.CONSUMPTION,
                """

                Processor time of the %d runs at once, extrapolated to 1000, with what the parts used meanwhile for themselves; memory (anonymous) after these runs.
                By the kubelet's word.

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
        ApiWrites writes = all.without(new ApiWrites.Kind("pods", "POST", "201"), sizes.serial());
        long created = writes.count(kind -> kind.equals(new ApiWrites.Kind("toolruns", "POST", "201")));
        long ours = writes.count(ApiWrites::isOurs);
        double each = (double) ours / sizes.serial();
        report.add(
                Chapter.WRITES,
                """

                **%s writes per run**, the agent's own create included; the bar is %d: %s. Counted by the API server (`apiserver_request_total`) from before the
                first of the runs above until the pod of the last was swept; the bare pods' creation is taken off.
                %s
                """.formatted(
                                        Report.number(each),
                                        WRITES_BAR,
                                        Report.verdict(each <= WRITES_BAR),
                                        created == sizes.serial()
                                                ? ""
                                                : "\n**Somebody else created " + (created - sizes.serial())
                                                        + " runs meanwhile: these counts mean nothing.**\n")
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

    private static String comparison(List<Trip> runs, List<Trip> pods) {
        return Report.table(List.of(
                List.of("", "Cofferdam p50", "p95", "bare gVisor pod p50", "p95", "ratio of p50", "of p95", "bar", ""),
                row("create → tool started", START_BAR, starts(runs), starts(pods)),
                row("create → end can be read", END_BAR, ends(runs), ends(pods))));
    }

    private static List<String> row(String what, double bar, Distribution ours, Distribution theirs) {
        double ratio = Report.ratio(ours.p50(), theirs.p50());
        return List.of(
                what,
                Report.millis(ours.p50()),
                Report.millis(ours.p95()),
                Report.millis(theirs.p50()),
                Report.millis(theirs.p95()),
                Report.number(ratio),
                Report.number(Report.ratio(ours.p95(), theirs.p95())),
                "≤ " + Report.number(bar),
                Report.verdict(ratio <= bar));
    }

    private static Distribution starts(List<Trip> trips) {
        return Distribution.of(trips.stream().map(Trip::toStart).toList());
    }

    private static Distribution ends(List<Trip> trips) {
        return Distribution.of(trips.stream().map(Trip::toEnd).toList());
    }

    private static String unseen(List<Trip> pods) {
        long unseen = Contest.unseenStarts(pods);
        return unseen == 0
                ? ""
                : "\n" + unseen
                        + " of the bare pods went to Succeeded without a visible Running; their start counts as late as their end.\n";
    }

    private static void progress(String what, Trip run, Trip pod) {
        Duration[] all = {run.toStart(), run.toEnd(), pod.toStart(), pod.toEnd()};
        System.out.printf(
                "%s: run started after %d ms, ended after %d ms; bare pod %d ms, %d ms%n",
                what, all[0].toMillis(), all[1].toMillis(), all[2].toMillis(), all[3].toMillis());
    }
}
