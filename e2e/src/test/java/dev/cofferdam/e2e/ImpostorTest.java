package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A tool that has taken its supervisor over, and speaks to the gateway for it: everything that a sandbox could send, from the right pod with the right token.
 * What it does is in attacks/impostor.py, by the run's name.
 */
@ClusterTest
@Order(ClusterTest.EARLY)
class ImpostorTest {
    /** What no honest supervisor says, and the rule that the record names. */
    private static final Map<String, String> VIOLATIONS = Map.ofEntries(
            Map.entry("half", "one JSON object"),
            Map.entry("two-values", "one JSON object"),
            Map.entry("deep", "one JSON object"),
            Map.entry("unknown-type", "type is"),
            Map.entry("another-run", "exactly the keys"),
            Map.entry("another-pod", "exactly the keys"),
            Map.entry("no-start", "has started"),
            Map.entry("started-twice", "starts once"),
            Map.entry("more-than-sent", "totals match"),
            Map.entry("binary", "text message"),
            Map.entry("compressed", "RFC 6455"),
            Map.entry("unmasked", "RFC 6455"),
            Map.entry("not-utf8", "type is"),
            Map.entry("oversized", "65536 bytes"),
            Map.entry("huge", "RFC 6455"),
            Map.entry("fragments", "in pieces"),
            Map.entry("too-much-output", "outputBytes"),
            Map.entry("second-request", "second job"),
            Map.entry("forged-session", "not this pod's"),
            Map.entry("anothers-session", "not this pod's"));

    @Withstands(
            value =
                    "a tool that has taken its supervisor over sends malformed, oversized, repeated, replayed frames, facts for another run, another's session, a second request",
            at = Aim.Record,
            by = {Gate.Protocol},
            opened = "ImpostorTest.whatAnHonestSupervisorSaysIsTaken")
    @TestFactory
    Stream<DynamicTest> whatNoHonestSupervisorSaysEndsTheRun(Tenant tenant) {
        Map<String, ToolRun> ended = new TreeMap<>();
        ToolRun other;
        try (Impostors impostors = Impostors.in(tenant)) {
            ToolRun lender = impostors.create("lends-its-session", tool("python", "x"));
            String session = said(tenant, lender, "session ");
            Map<String, RunRequest> attacks = VIOLATIONS.keySet().stream()
                    .collect(Collectors.toMap(
                            attack -> attack,
                            attack -> tool(
                                    "python",
                                    attack.equals("anothers-session")
                                            ? session
                                            : lender.getMetadata().getUid())));
            impostors.create(attacks).forEach(run -> ended.put(run.getMetadata().getName(), tenant.finished(run)));
            other = tenant.resource(lender).get();
        }
        return Stream.concat(
                ended.entrySet().stream()
                        .map(run -> dynamicTest(
                                run.getKey(), () -> isTamperedWith(run.getValue(), VIOLATIONS.get(run.getKey())))),
                Stream.of(dynamicTest("nothing of it reached another run", () -> {
                    assertThat(other.getStatus().result()).isNull();
                    assertThat(other.getStatus().phase()).isIn(Phase.Starting, Phase.Running);
                })));
    }

    private static void isTamperedWith(ToolRun run, String rule) {
        assertThat(condition(run, "Finished").getReason()).isEqualTo("Tampered");
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.SandboxViolationError);
        assertThat(run.getStatus().exitCode()).isEqualTo(5);
        assertThat(run.getStatus().result().outcome()).isEqualTo(Outcome.Tampered);
        assertThat(run.getStatus().result().exitCode()).isNull();
        assertThat(run.getStatus().result().stdout()).isNullOrEmpty();
        assertThat(events(run))
                .filteredOn(event -> event.action().equals("tamper"))
                .singleElement()
                .satisfies(event -> assertThat(event.detail().get("rule")).contains(rule));
    }

    /** The same program, by the letter: so it is what the others say that is refused, and not who says it. */
    @Test
    void whatAnHonestSupervisorSaysIsTaken(Tenant tenant) {
        try (Impostors impostors = Impostors.in(tenant)) {
            ToolRun run = tenant.finished(impostors.create("honest", tool("python", "x")));

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().result().stdout()).isEqualTo("honest");
        }
    }

    @Withstands(
            value = "a supervisor comes back after the end with another one",
            at = Aim.Record,
            by = {Gate.Protocol, Gate.Schema},
            unopened = "the first end, by the same supervisor, is taken: in the same test")
    @Test
    void aRunHasOneEnd(Tenant tenant) {
        try (Impostors impostors = Impostors.in(tenant)) {
            ToolRun run = impostors.create("afterwards", tool("python", "x"));
            String log = await().atMost(Tenant.PATIENCE).until(() -> log(tenant, run), text -> text.contains("over"));

            ToolRun ended = tenant.finished(run);
            assertThat(ended.getStatus().exitCode()).isEqualTo(3);
            assertThat(ended.getStatus().result().stdout()).isEqualTo("first");
            assertThat(log).contains("told stored", "again").doesNotContain("resumed");
        }
    }

    @Withstands(
            value = "a supervisor whose run is deleted sends facts for the run that has its name now",
            at = Aim.Record,
            by = {Gate.Protocol, Gate.Identity, Gate.Schema},
            opened = "ImpostorTest.whatAnHonestSupervisorSaysIsTaken")
    @Test
    void whoeverHasTheNameOfADeletedRunGetsNoFactsOfIt(Tenant tenant) {
        try (Impostors impostors = Impostors.in(tenant)) {
            // Given a run whose pod goes on
            ToolRun first = impostors.create("recreated", tool("python", "x"));
            String pod = first.getStatus().attempts().getFirst().podName();
            await().atMost(Tenant.PATIENCE).until(() -> tenant.log(pod).contains("begun"));

            // When the run is deleted without its pod, which nobody takes away, and made again
            String log;
            ToolRun second;
            try (OpenedGate _ = OpenedGate.withoutDeletions(tenant, pod)) {
                assertThat(tenant.kubectl("delete", "trun", "recreated", "--cascade=orphan", Kubectl.PATIENCE)
                                .exitCode())
                        .isZero();
                second = impostors.create("recreated", tool("python", "x"));
                log = await().atMost(Tenant.PATIENCE).until(() -> tenant.log(pod), text -> text.contains("over"));
            }

            // Then it may go on as what it is until the gateway knows that its run is gone, and nothing behind that
            assertThat(log).contains("stopped", "again 403").doesNotContain("and more");
            assertThat(log.substring(log.indexOf("again 403"))).doesNotContain("again 101");
            ToolRun now = tenant.resource(second).get();
            assertThat(now.getStatus() == null ? null : now.getStatus().result())
                    .isNull();
            assertThat(AuditStream.of("cofferdam-gateway", first))
                    .anySatisfy(event -> assertThat(event).containsEntry("action", "exit"));
        }
    }

    @Withstands(
            value = "a supervisor sends a frame that never ends, or never reads",
            at = Aim.Service,
            by = {Gate.Protocol, Gate.Limits},
            opened = "ImpostorTest.whatAnHonestSupervisorSaysIsTaken")
    @Test
    void oneThatIsSlowAndOneThatIsDeafHoldNobodyUp(Tenant tenant) {
        try (Impostors impostors = Impostors.in(tenant)) {
            ToolRun deaf = impostors.create("deaf", tool("python", "x"));
            List<ToolRun> slow = List.of(impostors.create("dribble", tool("python", "x")), deaf);
            slow.forEach(run -> said(tenant, run, "job "));

            ToolRun honest = tenant.finished(impostors.create("honest", tool("python", "x")));
            assertThat(honest.getStatus().phase()).isEqualTo(Phase.Succeeded);

            said(tenant, deaf, "cut off");
            slow.forEach(tenant::cancel);
            slow.forEach(run -> {
                ToolRun ended = tenant.finished(run);
                assertThat(condition(ended, "Finished").getReason()).isEqualTo("Cancelled");
                assertThat(ended.getStatus().result()).isNull();
            });
        }
    }

    /** At the gateway's own port, which is what a tunnel is asked for at; the server beyond it tells who came. */
    @Withstands(
            value =
                    "a supervisor that was taken over, or a pod of a user that reaches the channel, asks for a tunnel with the session of another run, or with its own after its run's end",
            at = Aim.Run,
            by = {Gate.Protocol},
            opened = "ImpostorTest.aSessionIsForTheTunnelsOfItsOwnRunWhileThatGoesOn")
    @Test
    void aSessionIsForTheTunnelsOfItsOwnRunWhileThatGoesOn(Tenant tenant) {
        tenant.withDeveloper();
        Sink sink = Sink.in(tenant);
        String target = sink.address() + ":" + Sink.PORT;
        try (Impostors impostors = Impostors.in(tenant);
                OpenedGate _ = OpenedGate.channel(tenant)) {
            tenant.policy(
                    "outward",
                    Impostors.TOOLS.replace(
                            "permissions: {",
                            "permissions: {network: {allow: [{cidr: %s/32, port: %d, protocol: tcp}]}, "
                                    .formatted(sink.address(), Sink.PORT)));
            ToolRun lender =
                    impostors.create("lends-its-session", tool("python", "x").withPolicy("outward"));
            String session = said(tenant, lender, "session ");

            // Another sandbox, and another pod, whose address is nobody's
            ToolRun borrower = impostors.create(
                    "borrows-a-session", tool("python", session, target).withPolicy("outward"));
            assertThat(said(tenant, borrower, "tunnel ")).isEqualTo("401");
            isTamperedWith(tenant.finished(borrower), "the session of another");
            Pod stranger = Strangers.strangersPod(
                    tenant,
                    "borrower",
                    "",
                    "emptyDir: {}",
                    List.of(Strangers.gateway(tenant), session, target),
                    "borrower.py");
            assertThat(Strangers.ended(tenant, stranger)).isEqualTo("tunnel 401\n");
            assertThat(sink.hits()).isZero();
            isOnRecord(Strangers.address(tenant, stranger));

            // And its own: the same request gets through, for as long as the run goes on
            ToolRun owner = impostors.create("tunnels", tool("python", target).withPolicy("outward"));
            assertThat(said(tenant, owner, "during ")).isEqualTo("200 hello");
            assertThat(said(tenant, owner, "after ").split(" ")).hasSize(30).containsOnly("401");
            assertThat(sink.hits()).isEqualTo(1);
            isOnRecord(Strangers.address(tenant, tenant.pod(owner).orElseThrow()));
            ToolRun ended = tenant.finished(owner);
            assertThat(ended.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(GatewayEvents.of(ended, AuditEventType.NetworkAccess, AuditResult.Allowed))
                    .extracting(AuditEvent::resource)
                    .containsExactly(target);

            // And whoever was borrowed from goes on
            assertThat(tenant.resource(lender).get().getStatus().phase()).isIn(Phase.Starting, Phase.Running);
        }
    }

    /** Refused for its session. The log of a pod may lag. */
    private static void isOnRecord(String address) {
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(GatewayRecord.refused(address)).contains("SessionInvalid"));
    }

    private static List<AuditEvent> events(ToolRun run) {
        return run.getStatus().audit().sources().stream()
                .flatMap(source -> source.events().stream())
                .toList();
    }

    /** What the impostor of a run printed behind a word, once it has. */
    private static String said(Tenant tenant, ToolRun run, String word) {
        return await().atMost(Tenant.PATIENCE)
                .until(
                        () -> log(tenant, run)
                                .lines()
                                .filter(line -> line.startsWith(word))
                                .findFirst(),
                        line -> line.isPresent())
                .orElseThrow()
                .substring(word.length());
    }

    private static String log(Tenant tenant, ToolRun run) {
        return tenant.pod(run)
                .map(pod -> tenant.log(pod.getMetadata().getName()))
                .orElse("");
    }
}
