package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A call with an idempotency key is executed once. How often it was is counted by the server that its tool calls. */
@ClusterTest
class KeyTest {
    private static final String POLICY = """
            tools:
            - {name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}
            - {name: bash, image: cofferdam.local/python:1, command: [bash, -c]}
            permissions:
              exec: {allow: [{command: sleep}]}
              network: {allow: [%s]}
              resources: {limits: {cpu: 100m, memory: 64Mi, timeout: 300s}}
            """;

    private static final int CLIENTS = 100;

    @Test
    void aHundredClientsAtOnceHaveOneExecutionAndOneAnswer(Tenant tenant) throws Exception {
        // Given a tool that a server counts
        Sink sink = Sink.in(tenant);
        tenant.policy(
                Tenant.POLICY,
                POLICY.formatted("{cidr: %s/32, port: %d, protocol: tcp}".formatted(sink.address(), Sink.PORT)));
        RunRequest call = tool(
                        "bash",
                        "exec 3<>/dev/tcp/%s/%d; printf hello >&3; read -n 5 word <&3; echo $word $RANDOM$RANDOM"
                                .formatted(sink.address(), Sink.PORT))
                .withKey("order-42:charge");

        // When all clients ask for it in the same moment
        List<ToolRun> runs = atOnce(tenant, call);

        // Then
        List<ToolRun> ended = runs.stream().map(tenant::finished).toList();
        assertThat(sink.hits(Sink.PORT)).as("executions").isEqualTo(1);
        ToolRun first = ended.stream()
                .filter(run -> run.getStatus().replayOf() == null)
                .reduce((one, other) -> {
                    throw new AssertionError("two were executed: " + Serialization.asYaml(List.of(one, other)));
                })
                .orElseThrow();
        assertThat(first.getStatus().phase())
                .as(Serialization.asYaml(first.getStatus()))
                .isEqualTo(Phase.Succeeded);
        assertThat(first.getStatus().result().stdout()).startsWith("hello ");
        assertThat(ended).hasSize(CLIENTS).allSatisfy(run -> {
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().exitCode()).isZero();
            assertThat(run.getStatus().result()).isEqualTo(first.getStatus().result());
            assertThat(run.getStatus().execution()).isEqualTo(first.getStatus().execution());
            assertThat(condition(run, "Finished").getReason()).isEqualTo("ExitedZero");
        });
        assertThat(ended).filteredOn(run -> run != first).hasSize(CLIENTS - 1).allSatisfy(run -> {
            assertThat(run.getStatus().replayOf().uid())
                    .isEqualTo(first.getMetadata().getUid());
            assertThat(run.getStatus().attempts()).isEmpty();
            assertThat(run.getStatus().audit().sources().getFirst().events())
                    .extracting(AuditEvent::action)
                    .contains("replay", "end");
        });
        // It may have gone by now
        assertThat(tenant.pods())
                .filteredOn(pod -> pod.getMetadata().getName().startsWith(Names.POD_PREFIX))
                .hasSizeLessThanOrEqualTo(1);
    }

    private static List<ToolRun> atOnce(Tenant tenant, RunRequest call) throws Exception {
        CountDownLatch begin = new CountDownLatch(CLIENTS);
        List<Future<ToolRun>> clients = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < CLIENTS; client++) {
                clients.add(threads.submit(() -> {
                    begin.countDown();
                    begin.await();
                    return tenant.create(call);
                }));
            }
        }
        List<ToolRun> runs = new ArrayList<>();
        for (Future<ToolRun> client : clients) {
            runs.add(client.get());
        }
        return runs;
    }

    /** Each key is a Lease, and a ResourceQuota may bound these: what a user of the namespace is told then is the quota's own word. */
    @Test
    void asManyKeysAsAQuotaAllowsAndNotOneMore(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(""));
        assertThat(tenant.kubectl("create", "quota", "keys", "--hard=count/leases.coordination.k8s.io=1")
                        .exitCode())
                .isZero();
        await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.kubectl("get", "quota", "keys", "--output=jsonpath={.status.hard}")
                        .text()
                        .contains("leases"));
        RunRequest call = shell("echo ran");
        ToolRun first = tenant.run(call.withKey("one"));
        assertThat(first.getStatus().phase()).isEqualTo(Phase.Succeeded);

        ToolRun more = tenant.run(call.withKey("two"));

        assertThat(more.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(more, "Finished").getReason()).isEqualTo("KeysExhausted");
        assertThat(condition(more, "Finished").getMessage())
                .contains("ResourceQuota", "exceeded quota: keys", "nothing ran");
        assertThat(more.getStatus().attempts()).isEmpty();
        assertThat(tenant.pod(more)).isEmpty();

        // And neither who has the key already nor who needs none is concerned
        assertThat(tenant.run(call.withKey("one")).getStatus().replayOf().uid())
                .isEqualTo(first.getMetadata().getUid());
        assertThat(tenant.run(call).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void whoComesLaterHasTheFirstOnesEndWhateverItWas(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(""));
        RunRequest call = shell("echo out; echo err >&2; exit 3").withKey("k");
        ToolRun first = tenant.run(call);

        ToolRun again = tenant.run(call);

        assertThat(first.getStatus().replayOf()).isNull();
        assertThat(again.getStatus().replayOf().name())
                .isEqualTo(first.getMetadata().getName());
        assertThat(again.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(again.getStatus().exitCode()).isEqualTo(3);
        assertThat(again.getStatus().result()).isEqualTo(first.getStatus().result());
        assertThat(again.getStatus().error()).isEqualTo(first.getStatus().error());
        assertThat(condition(again, "Finished").getReason()).isEqualTo("ExitedNonZero");
    }

    @Test
    void anotherCallUnderTheSameKeyIsDenied(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(""));
        ToolRun first = tenant.begun(shell("echo begun; sleep 300").withKey("k"));

        ToolRun other = tenant.run(shell("echo other").withKey("k"));

        assertThat(other.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(other, "Finished").getReason()).isEqualTo("KeyReused");
        assertThat(condition(other, "Finished").getMessage())
                .contains(first.getMetadata().getName());
        assertThat(other.getStatus().attempts()).isEmpty();

        // And who waits behind it can be cancelled without it, and ends with it
        ToolRun waiting = tenant.create(shell("echo begun; sleep 300").withKey("k"));
        ToolRun waits = tenant.until(
                waiting, now -> now.getStatus() != null && now.getStatus().phase() != null);
        assertThat(waits.getStatus().phase()).isEqualTo(Phase.Pending);
        assertThat(condition(waits, "Finished").getReason()).isEqualTo("AwaitingFirst");
        ToolRun second = tenant.create(shell("echo begun; sleep 300").withKey("k"));
        tenant.cancel(second);
        assertThat(condition(tenant.finished(second), "Finished").getReason()).isEqualTo("Cancelled");
        assertThat(tenant.finished(second).getStatus().replayOf()).isNull();
        tenant.cancel(first);
        ToolRun ended = tenant.finished(waiting);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(ended.getStatus().replayOf().uid())
                .isEqualTo(first.getMetadata().getUid());
    }

    @Test
    void whereTheFirstWasDeletedNothingIsExecutedAgain(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(""));
        RunRequest call = shell("echo once").withKey("k");
        ToolRun first = tenant.create("again", call);
        tenant.finished(first);
        tenant.resource(first).delete();
        tenant.resource(first)
                .waitUntilCondition(now -> now == null, Tenant.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);

        // When it is made again by whoever keeps it in a repository, or in a backup
        ToolRun again = tenant.finished(tenant.create("again", call));

        assertThat(again.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(again, "Finished").getReason()).isEqualTo("KeyConsumed");
        assertThat(again.getStatus().attempts()).isEmpty();
    }

    /** As docs/operations.md says that a backup is restored: first the Leases, then the runs, which have other UIDs then and no status. */
    @Test
    void whatIsRestoredFromABackupIsNotExecutedAgain(Tenant tenant) {
        // Given a call that was executed, and a backup of its namespace
        tenant.policy(Tenant.POLICY, POLICY.formatted(""));
        ToolRun first = tenant.run(shell("echo once").withKey("k"));
        assertThat(first.getStatus().phase()).isEqualTo(Phase.Succeeded);
        Lease lease = tenant.client()
                .leases()
                .inNamespace(tenant.namespace())
                .withName(Names.keyLease("k"))
                .get();

        // When it is restored
        try (Tenant restored = Tenant.create()) {
            restored.policy(Tenant.POLICY, POLICY.formatted(""));
            lease.setMetadata(new ObjectMetaBuilder()
                    .withNamespace(restored.namespace())
                    .withName(lease.getMetadata().getName())
                    .withLabels(lease.getMetadata().getLabels())
                    .withAnnotations(lease.getMetadata().getAnnotations())
                    .build());
            tenant.client().resource(lease).create();
            ToolRun run = new ToolRun();
            run.setMetadata(new ObjectMetaBuilder()
                    .withNamespace(restored.namespace())
                    .withName(first.getMetadata().getName())
                    .build());
            run.setSpec(first.getSpec());
            ToolRun again = restored.finished(tenant.client().resource(run).create());

            // Then nothing is executed
            assertThat(again.getStatus().phase()).isEqualTo(Phase.Denied);
            assertThat(condition(again, "Finished").getReason()).isEqualTo("KeyConsumed");
            assertThat(again.getStatus().attempts()).isEmpty();
        }
    }

    @Withstands(
            value =
                    "the Lease of an idempotency key is written first, given to another run or taken away, so that a call is executed again or its outcome is a lie",
            at = Aim.Record,
            by = {Gate.Admission, Gate.Key},
            unopened =
                    "the decision believes of a run what its own object says, so there is nothing to open behind the first gate")
    @Test
    void whatIsWrittenIntoALeaseIsNotBelieved(Tenant tenant) {
        // Given a call that was executed under a key, and somebody who may write such Leases
        tenant.withDeveloper().policy(Tenant.POLICY, POLICY.formatted(""));
        RunRequest call = shell("echo once").withKey("k");
        ToolRun first = tenant.run(call);
        ToolRun other = tenant.run(shell("echo something else"));
        String leases = "/apis/coordination.k8s.io/v1/namespaces/" + tenant.namespace() + "/leases";
        String lease = leases + "/" + Names.keyLease("k");
        try (OpenedGate _ = OpenedGate.admission(
                "cofferdam-keys",
                List.of(tenant.namespace()),
                () -> Caller.DEVELOPER
                                .send("POST", leases + "?dryRun=All", "application/json", lease("probe", "nobody"))
                                .code()
                        == 201)) {
            // When it is taken away, then it is made again, and the outcome is the first one's
            assertThat(Caller.DEVELOPER.send("DELETE", lease, "", "").code()).isEqualTo(200);
            ToolRun afterDeletion = tenant.run(call);
            assertThat(afterDeletion.getStatus().replayOf().uid())
                    .isEqualTo(first.getMetadata().getUid());
            assertThat(afterDeletion.getStatus().result())
                    .isEqualTo(first.getStatus().result());

            // When it is given to another run, then there is no outcome rather than a false one
            assertThat(Caller.DEVELOPER
                            .send(
                                    "PATCH",
                                    lease,
                                    "application/merge-patch+json",
                                    "{\"metadata\":{\"annotations\":{\"cofferdam.dev/run\":\"%s\"}},\"spec\":{\"holderIdentity\":\"%s\"}}"
                                            .formatted(
                                                    other.getMetadata().getName(),
                                                    other.getMetadata().getUid()))
                            .code())
                    .isEqualTo(200);
            assertThat(condition(tenant.run(call), "Finished").getReason()).isEqualTo("KeyReused");

            // When it is there before anybody has the key, then nothing is executed under it
            assertThat(Caller.DEVELOPER
                            .send("POST", leases, "application/json", lease("free", "nobody"))
                            .code())
                    .isEqualTo(201);
            ToolRun late = tenant.run(shell("echo once").withKey("free"));
            assertThat(late.getStatus().phase()).isEqualTo(Phase.Denied);
            assertThat(late.getStatus().attempts()).isEmpty();
        }
    }

    private static String lease(String key, String holder) {
        return """
                {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"%s"},"spec":{"holderIdentity":"%s"}}""".formatted(Names.keyLease(key), holder);
    }
}
