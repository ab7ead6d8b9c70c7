package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against an API server's answers, by HTTP: every run ended long ago, and some webhook of the cluster's refuses to have one of them deleted. */
class SweepsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String REFUSED = "refused";
    private static final String RUN = """
            {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "ToolRun", "metadata": {"namespace": "agents", "name": "%s", "resourceVersion": "7"},
             "spec": {}, "status": {"phase": "Succeeded", "settled": true, "conditions": [
               {"type": "Finished", "status": "True", "reason": "ExitedZero", "message": "", "lastTransitionTime": "%s"}]}}""";
    private static final String KEYED = RUN.replace("\"spec\": {}", "\"spec\": {\"idempotencyKey\": \"k\"}")
            .replace("\"resourceVersion\"", "\"uid\": \"u\", \"resourceVersion\"");
    private static final String KEY = Names.keyLease("k");
    private static final String LEASE = """
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"namespace": "agents", "name": "%s", "resourceVersion": "7"},
             "spec": {"holderIdentity": "u"}}""".formatted(KEY);
    private static final String POD = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "agents", "name": "cofferdam-%1$s-1", "uid": "%1$s", "resourceVersion": "7",
             "creationTimestamp": "%2$s", "labels": {"cofferdam.dev/run": "%1$s"}}}""";
    private static final String PODS = """
            {"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [%s]}""";
    private static final String NONE = """
            {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": []}""";

    private final Agenda agenda = new Agenda();
    private final List<String> deleted = new CopyOnWriteArrayList<>();
    private final List<String> runPages = new CopyOnWriteArrayList<>();
    private volatile String gone = "";
    private ApiStandIn api;
    private KubernetesClient client;
    private Sweeps sweeps;

    @BeforeEach
    void start() throws IOException {
        api = new ApiStandIn(this::answer);
        client = api.client();
        Lifetime lifetime = new Lifetime(
                Duration.ofHours(24),
                Duration.ofHours(24),
                Duration.ofMinutes(1),
                Duration.ofMinutes(2),
                Duration.ofMinutes(5));
        KeySweep keys = new KeySweep(client, lifetime.key(), new KeyCounts(client, 10));
        sweeps = new Sweeps(client, Clock.fixed(NOW, ZoneOffset.UTC), lifetime, keys, agenda);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void whatCannotBeDeletedKeepsNobodyElse() {
        add("first", 3);
        add(REFUSED, 2);
        add("last", 1);

        sweeps.due();

        assertThat(deleted).containsExactly("first", "last");
    }

    /** It has just ended another time under the name of one that is on the agenda, and what it commits is not decided. */
    @Test
    void aRunThatIsNotSettledStays() {
        add("unsettled", 1);

        sweeps.due();

        assertThat(deleted).isEmpty();
    }

    /** It ended before it was executed, and whoever ended it was killed before it let the key go. Nobody could tell that nothing was executed, once the run is gone. */
    @Test
    void aRunThatExecutedNothingTakesItsKeyWithIt() {
        add("keyed", 2);
        add("executed", 1);

        sweeps.due();

        assertThat(deleted).containsExactly(KEY, "keyed", "executed");
    }

    /** A pass forgets what was to be done; a pod whose run ended a moment before must not stay until the next one. */
    @Test
    void aPassForgetsNoPodOfARunThatHasJustEnded() {
        sweeps.pass();

        assertThat(deleted).containsExactly("cofferdam-ended-1");
        assertThat(agenda.due(NOW.plusSeconds(30)))
                .containsExactly(
                        new Agenda.Entry(NOW.plusSeconds(30), Agenda.Kind.POD, "agents", "cofferdam-just-ended-1"));
        assertThat(agenda.due(NOW.plusSeconds(60)))
                .containsExactly(new Agenda.Entry(NOW.plusSeconds(60), Agenda.Kind.POD, "agents", "cofferdam-young-1"));
    }

    /** Each may hold a whole result, and so may all its copies: 500 of them are more than the memory of a controller. */
    @Test
    void aPassHoldsFewRunsAtOneTime() {
        sweeps.pass();

        assertThat(runPages).isNotEmpty().allMatch(query -> query.contains("limit=10"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"leases", "toolruns"})
    void whatCannotBeLookedThroughKeepsNothingElse(String broken) {
        gone = broken;

        if (broken.equals("leases")) {
            sweeps.pass();
        } else {
            assertThatThrownBy(sweeps::pass).as("to be made again").isInstanceOf(KubernetesClientException.class);
        }

        assertThat(deleted).containsExactly("cofferdam-ended-1");
        assertThat(agenda.due(NOW.plusSeconds(60))).hasSize(2);
    }

    private static String answer(String path, String name) {
        return switch (name) {
            case "pods" ->
                PODS.formatted(String.join(
                        ", ",
                        POD.formatted("ended", "2025-12-31T23:50:00Z"),
                        POD.formatted("just-ended", "2025-12-31T23:50:00Z"),
                        POD.formatted("young", "2025-12-31T23:59:45Z")));
            case "toolruns", "networkpolicies", "leases" -> NONE;
            case "unsettled" -> RUN.formatted(name, "2025-01-01T00:00:00Z").replace("true", "false");
            case "keyed" -> KEYED.formatted(name, "2025-01-01T00:00:00Z");
            case "executed" ->
                KEYED.formatted(name, "2025-01-01T00:00:00Z")
                        .replace("\"settled\"", "\"attempts\": [{\"number\": 1}], \"settled\"");
            case "just-ended" -> RUN.formatted(name, "2025-12-31T23:59:30Z");
            default ->
                name.equals(KEY)
                        ? LEASE
                        : path.contains("/pods/")
                                ? POD.formatted("ended", "2025-12-31T23:50:00Z")
                                : RUN.formatted(name, "2025-01-01T00:00:00Z");
        };
    }

    private void add(String run, int secondsAgo) {
        agenda.add(new Agenda.Entry(NOW.minusSeconds(secondsAgo), Agenda.Kind.RUN, "agents", run));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        boolean deletes = exchange.getRequestMethod().equals("DELETE");
        boolean refuses = deletes && name.equals(REFUSED);
        if (deletes && !refuses) {
            deleted.add(name);
        }
        if (name.equals("toolruns")) {
            runPages.add(String.valueOf(exchange.getRequestURI().getQuery()));
        }
        byte[] body = answer(path, name).getBytes();
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(refuses ? 403 : name.equals(gone) ? 410 : 200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
