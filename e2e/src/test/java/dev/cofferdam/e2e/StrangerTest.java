package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.Strangers.SECRET;
import static dev.cofferdam.e2e.Strangers.address;
import static dev.cofferdam.e2e.Strangers.creatable;
import static dev.cofferdam.e2e.Strangers.ended;
import static dev.cofferdam.e2e.Strangers.enterable;
import static dev.cofferdam.e2e.Strangers.gateway;
import static dev.cofferdam.e2e.Strangers.idle;
import static dev.cofferdam.e2e.Strangers.inside;
import static dev.cofferdam.e2e.Strangers.log;
import static dev.cofferdam.e2e.Strangers.mintable;
import static dev.cofferdam.e2e.Strangers.minted;
import static dev.cofferdam.e2e.Strangers.strangersPod;
import static dev.cofferdam.e2e.Strangers.withLongRuns;
import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Somebody with {@code edit} rights in the namespace at the run channel itself: the gates before it, which {@link ChannelAttackTest} meets, are opened for his
 * namespace one by one. What the gateway alone refuses, it refuses without a word, and it is on record.
 */
@ClusterTest
class StrangerTest {

    /** The same token, by the same program, opens the channel from the pod that it is for: the last step. */
    @Withstands(
            value = "a pod of a user that reaches the channel asks with a token equal to the sandbox's own",
            at = Aim.Run,
            by = {Gate.Identity},
            opened = "StrangerTest.aMintedTokenOpensNothingFromElsewhere")
    @Test
    void aMintedTokenOpensNothingFromElsewhere(Tenant tenant) {
        tenant.withDeveloper();
        try (Impostors impostors = Impostors.in(tenant);
                OpenedGate _ = mintable(tenant);
                OpenedGate _ = enterable(tenant);
                OpenedGate _ = OpenedGate.channel(tenant)) {
            // Given a claimed pod that has not asked for its job, and a token that is equal to its own
            ToolRun run = idle(impostors);
            Pod victim = tenant.pod(run).orElseThrow();
            String token = minted(tenant, victim, Names.AUDIENCE);

            // When a pod of the stranger asks with it
            Pod stranger =
                    strangersPod(tenant, "stranger", "", "emptyDir: {}", List.of(gateway(tenant), "minted=" + token));
            assertThat(ended(tenant, stranger)).isEqualTo("minted 403 \n");

            // And when somebody asks with it in the pod that it is for
            assertThat(inside(tenant, victim, "stranger.py", "minted=" + token))
                    .contains("minted 101", SECRET, "minted told stored");

            // Then the attempt is in the run's record, which has an end
            ToolRun ended = tenant.finished(run);
            assertThat(ended.getStatus().result().stdout()).isEqualTo("told by minted");
            assertThat(attempts(ended)).singleElement().satisfies(event -> {
                assertThat(event.eventType()).isEqualTo(AuditEventType.PolicyViolation);
                assertThat(event.detail())
                        .containsEntry("reason", "WrongPeer")
                        .containsEntry("peer", address(tenant, stranger));
            });
            isOnRecord(address(tenant, stranger), "WrongPeer");
            assertThat(GatewayRecord.counted("WrongPeer")).isPositive();
        }
    }

    /** One after the other, from the right pod; what is right in all but one thing is refused, and what is right in all is not. */
    @Withstands(
            value =
                    "a process in the right pod asks with tokens that are foreign, another's, expired, unsigned or none",
            at = Aim.Run,
            by = {Gate.Identity},
            opened = "StrangerTest.onlyTheRightTokenOpensAChannel")
    @Test
    @Tag("local")
    void onlyTheRightTokenOpensAChannel(Tenant tenant) {
        tenant.withDeveloper();
        try (Impostors impostors = Impostors.in(tenant);
                OpenedGate _ = mintable(tenant);
                OpenedGate _ = enterable(tenant)) {
            ToolRun run = idle(impostors);
            Pod pod = tenant.pod(run).orElseThrow();
            ToolRun other = impostors.create("idle-too", tool("python", SECRET));
            String token = minted(tenant, pod, Names.AUDIENCE);
            TokenForge forge = TokenForge.of(TestCluster.shared().kubeconfig());
            Instant now = Instant.now();

            String answers = inside(
                    tenant,
                    pod,
                    "stranger.py",
                    "garbage=e30.e30.e30",
                    "long=" + "x".repeat(12_000),
                    "foreign=" + minted(tenant, pod, "https://kubernetes.default.svc"),
                    "anothers=" + minted(tenant, tenant.pod(other).orElseThrow(), Names.AUDIENCE),
                    "expired=" + forge.until(token, now.minusSeconds(60)),
                    "unsigned=" + token.substring(0, token.lastIndexOf('.') + 1),
                    "own=" + forge.until(token, now.plusSeconds(600)));

            assertThat(answers.lines().limit(7))
                    .containsExactly(
                            "garbage 403 ",
                            "long 403 ",
                            "foreign 403 ",
                            "anothers 403 ",
                            "expired 403 ",
                            "unsigned 403 ",
                            "own 101 ");
            assertThat(answers).contains(SECRET);
            assertThat(tenant.finished(run).getStatus().result().stdout()).isEqualTo("told by own");
            isOnRecord(address(tenant, pod), "TokenRejected", "WrongPeer");
        }
    }

    @Withstands(
            value = "a pod of a user with a sandbox's name, owner, label and token asks for the job",
            at = Aim.Run,
            by = {Gate.Identity},
            opened = "ImpostorTest.whatAnHonestSupervisorSaysIsTaken")
    @Test
    void aPodThatIsNotClaimedGetsNothing(Tenant tenant) {
        withLongRuns(tenant);
        ToolRun run = tenant.begun(shell("echo begun; sleep 500 # " + SECRET).withTimeout("600s"));

        // When the stranger makes a pod with all that is seen of a sandbox's: name, owner, label, token
        String name = Names.podName(run.getMetadata().getUid(), 7);
        Pod pod;
        try (OpenedGate _ = creatable(tenant, "cofferdam-pod-names", "\"name\":\"cofferdam-x\"");
                OpenedGate _ = creatable(
                        tenant,
                        "cofferdam-pod-labels",
                        "\"name\":\"x\",\"labels\":{\"app.kubernetes.io/managed-by\":\"cofferdam\"}")) {
            pod = strangersPod(
                    tenant,
                    name,
                    """
                    labels: {app.kubernetes.io/managed-by: cofferdam, cofferdam.dev/policy: %s, cofferdam.dev/run: %s}
                      ownerReferences: [{apiVersion: cofferdam.dev/v1alpha1, kind: ToolRun, name: %s, uid: %s, controller: true}]""".formatted(
                                    Tenant.POLICY,
                                    run.getMetadata().getName(),
                                    run.getMetadata().getName(),
                                    run.getMetadata().getUid()),
                    "projected: {sources: [{serviceAccountToken: {audience: cofferdam, path: token}}]}",
                    List.of(gateway(tenant), "own=/token/token"));
            // Then
            assertThat(ended(tenant, pod)).isEqualTo("own 403 \n");
        }
        tenant.cancel(run);
        ToolRun ended = tenant.finished(run);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("Cancelled");
        assertThat(attempts(ended))
                .singleElement()
                .satisfies(event -> assertThat(event.detail())
                        .containsEntry("reason", "NotClaimed")
                        .containsEntry("pod", name));
    }

    @Withstands(
            value = "a process beside the supervisor reads its memory, and asks for the job with the pod's own token",
            at = Aim.Run,
            by = {Gate.Protocol},
            opened = "StrangerTest.aMintedTokenOpensNothingFromElsewhere")
    @Test
    void whoeverGetsIntoASandboxEndsTheRunByAskingForItsJob(Tenant tenant) {
        withLongRuns(tenant);
        ToolRun run =
                tenant.begun(tool("python", "import time; print('begun', flush=True); time.sleep(500) # " + SECRET)
                        .withTimeout("600s"));
        Pod pod = tenant.pod(run).orElseThrow();
        try (OpenedGate _ = enterable(tenant)) {
            // The supervisor has a session by which one could go on in its place; it is in no other process's reach.
            assertThat(inside(tenant, pod, "supervisor.py")).isEqualTo("own found\n");

            // What is inside ends with the run, and may end before it can say so.
            assertThat(inside(tenant, pod, "stranger.py", "own=/.cofferdam/token/token"))
                    .doesNotContain("own 101", "got", SECRET);
        }

        ToolRun ended = tenant.finished(run);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("Tampered");
        assertThat(ended.getStatus().result().outcome()).isEqualTo(Outcome.Tampered);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(events(ended)).anySatisfy(event -> {
            assertThat(event.action()).isEqualTo("tamper");
            assertThat(event.detail().get("rule")).contains("second job");
        });
    }

    @Withstands(
            value =
                    "a pod that reaches the channel sends nothing, little, slowly, too much, or on too many connections",
            at = Aim.Service,
            by = {Gate.NetworkPolicy, Gate.Protocol},
            unopened = "the gateway's bounds have no switch; HostileClientTest tries others")
    @Test
    void greedAndSlownessCostOnlyTheGreedyAndTheSlow(Tenant tenant) {
        tenant.withDeveloper().withTools();
        try (OpenedGate _ = OpenedGate.channel(tenant)) {
            Pod greedy = strangersPod(tenant, "greedy", "", "emptyDir: {}", List.of(gateway(tenant)), "greedy.py");
            await().atMost(Tenant.PATIENCE).until(() -> log(tenant, greedy).contains("reached"));

            ToolRun honest = tenant.run(shell("echo honest"));
            assertThat(honest.getStatus().result().stdout()).isEqualTo("honest\n");

            String endings = ended(tenant, greedy);
            assertThat(endings.lines().map(line -> line.replaceAll(" after \\d+$", "")))
                    .contains("crowd True 6", "silent closed", "handshake closed")
                    .anyMatch(line -> line.matches("oversized (cut off|closed|HTTP/1.1 404 Not Found)"))
                    .anyMatch(line -> line.matches("dribbled (cut off|closed)"));
            isOnRecord(address(tenant, greedy), "NotAChannelRequest", "TooManyConnections", "RequestTooSlow");
        }
    }

    /** The log of a pod may lag. */
    private static void isOnRecord(String address, String... reasons) {
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(GatewayRecord.refused(address)).contains(reasons));
    }

    private static List<AuditEvent> events(ToolRun run) {
        return run.getStatus().audit().sources().stream()
                .flatMap(source -> source.events().stream())
                .toList();
    }

    /** What the run's record says of requests for its channel. */
    private static List<AuditEvent> attempts(ToolRun run) {
        return events(run).stream()
                .filter(event -> event.action().equals("connect"))
                .toList();
    }
}
