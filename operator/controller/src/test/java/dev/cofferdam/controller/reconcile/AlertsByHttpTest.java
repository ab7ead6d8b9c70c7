package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Served;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What alerts make of an API server's answers, by HTTP: it has one run, which has ended and is not settled, and nothing else. */
class AlertsByHttpTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:10Z");
    private static final String RUN = """
            {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "ToolRun", "metadata": {"namespace": "n", "name": "r", "uid": "r", "resourceVersion": "7"},
             "spec": {"policyRef": {"name": "p"}, "tool": "sh"}, "status": {"phase": "Succeeded", "conditions": [
               {"type": "Finished", "status": "True", "reason": "ExitedZero", "message": "", "lastTransitionTime": "2026-01-01T00:00:09Z"}]}}""";
    private static final String LIST = """
            {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "ToolRunList", "metadata": {}, "items": [%s]}""";

    private final SandboxPolicy policy = Serialization.unmarshal("""
            apiVersion: cofferdam.dev/v1alpha1
            kind: SandboxPolicy
            metadata: {name: p, uid: p, namespace: n, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z'}
            spec:
              tools: [{name: sh, image: x, command: [sh]}]
              alerts: {any: {condition: 'runs > 0 per hour'}}
            """, SandboxPolicy.class);
    private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    private final Compilations compilations = new Compilations(Served.NOW);
    private final BlockingQueue<Firing> fired = new LinkedBlockingQueue<>();
    private final Alerts alerts = new Alerts(clock, compilations, fired::add);
    private final AuditLog auditLog = new AuditLog(new PrintStream(OutputStream.nullOutputStream()));
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private ApiStandIn api;
    private KubernetesClient client;

    @BeforeEach
    void start() throws IOException {
        api = new ApiStandIn(this::answer);
        client = api.client();
    }

    @AfterEach
    void stop() {
        executor.shutdownNow();
        api.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String query =
                Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
        boolean ofSettled = URLDecoder.decode(query, StandardCharsets.UTF_8).contains("settled=true");
        boolean known = path.endsWith("/toolruns");
        byte[] body = (known ? LIST.formatted(ofSettled ? "" : RUN) : "{}").getBytes(StandardCharsets.UTF_8);
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(known ? 200 : 503, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Test
    void aRunThatEndedAndIsNotSettledCountsBeforeACutIsMadeBehindIt() throws InterruptedException {
        CatchUp catchUp = new CatchUp(client, alerts, auditLog, executor, executor);
        alerts.tell(changed -> {}, catchUp::look, (namespace, name) -> Optional.of(policy));

        alerts.told(policy);

        assertThat(fired.poll(10, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void whatFiresWhileTheServerDoesNotAnswerIsStillToBeWritten() {
        alerts.tell(changed -> {}, behind -> {}, (namespace, name) -> Optional.of(policy));
        alerts.told(policy);
        alerts.caughtUp(policy);
        alerts.ended(Serialization.unmarshal(RUN, ToolRun.class));
        SandboxPolicyReconciler reconciler = new SandboxPolicyReconciler(new Workbench(
                client,
                clock,
                null,
                new Runtimes(client, Set.of("runsc"), clock),
                compilations,
                null,
                null,
                term(),
                null,
                null,
                null,
                null,
                alerts,
                null,
                null,
                null,
                null,
                null,
                null,
                Optional.empty(),
                "controller"));

        assertThatThrownBy(() -> reconciler.reconcile(policy, null)).isInstanceOf(KubernetesClientException.class);

        assertThat(alerts.told(policy).urgent()).isTrue();
    }

    private Term term() {
        Term term = new Term(clock);
        term.lastsUntil(Instant.MAX);
        return term;
    }

    @Test
    void ofRunsThatAreGoneOnlyThoseWaitForALookThatMayCount() {
        alerts.tell(
                changed -> {},
                behind -> {},
                (namespace, name) -> Optional.of(policy).filter(there -> name.equals("p")));
        ScheduledThreadPoolExecutor looks = new ScheduledThreadPoolExecutor(1);
        CatchUp catchUp = new CatchUp(client, alerts, auditLog, looks, executor);
        CountDownLatch never = new CountDownLatch(1);
        looks.execute(() -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        String claimed = "{phase: Running, attempts: [{number: 1, podName: p, podUID: u}]}";

        catchUp.gone(run("r", "p", "{phase: Pending}"));
        catchUp.gone(run("r", "of-no-policy", claimed));
        assertThat(looks.getTaskCount()).isOne();

        catchUp.gone(run("r", "p", claimed));
        assertThat(looks.getTaskCount()).isEqualTo(2);

        ToolRun run = run("r", "p", claimed);
        for (int other = 0; other < 10_010; other++) {
            run.getMetadata().setUid("r" + other);
            catchUp.gone(run);
        }
        assertThat(looks.getTaskCount()).isEqualTo(10_001);
        looks.shutdownNow();
    }

    private static ToolRun run(String name, String policy, String status) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %1$s, uid: %1$s, namespace: n}
                spec: {policyRef: {name: %2$s}, tool: sh}
                status: %3$s
                """.formatted(name, policy, status), ToolRun.class);
    }
}
