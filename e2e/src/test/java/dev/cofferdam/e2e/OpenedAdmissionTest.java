package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.OpenedGate.without;
import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each attack of {@link AdmissionTest} succeeds when its one gate is opened, so it is this gate that stops it; and what holds behind that gate. Each is open for a namespace of this test alone; those of the controller's pods for kube-system and cofferdam-system, too. */
@ClusterTest
@Order(ClusterTest.EARLY)
@Execution(ExecutionMode.SAME_THREAD)
class OpenedAdmissionTest {
    private static final String IDEMPOTENT = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c], idempotent: true}]
            permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 100m, memory: 64Mi, timeout: 600s}}}
            """;

    @TestFactory
    Stream<DynamicTest> eachAttackSucceedsWithoutItsPolicy(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        List<Attack> attacks = Attacks.all().toList();
        return attacks.stream()
                .map(Attack::policy)
                .distinct()
                .map(policy -> dynamicTest(policy, () -> {
                    List<Attack> ofPolicy = attacks.stream()
                            .filter(attack -> attack.policy().equals(policy))
                            .toList();
                    Attack first = ofPolicy.getFirst();
                    without(
                            policy,
                            tenant,
                            () -> first.on(scene).body().contains(first.refusal()),
                            () -> atOnce(ofPolicy, attack -> {
                                Caller.Answer answer = attack.on(scene);
                                assertThat(answer.code())
                                        .as(attack.title() + ": " + answer.body())
                                        .isEqualTo(attack.open());
                            }));
                }));
    }

    /** A way into a pod that is let in and finds nobody there takes the API server half a minute. */
    private static <T> void atOnce(List<T> all, Consumer<T> each) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> done = all.stream()
                    .map(one -> CompletableFuture.runAsync(() -> each.accept(one), threads))
                    .toList();
            assertThat(done).allSatisfy(CompletableFuture::join);
        }
    }

    @Test
    void aShellOpensInASandboxWithoutItsPolicy(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        String pod = scene.pod().getMetadata().getName();

        without(
                "cofferdam-pod-access",
                tenant,
                () -> tenant.kubectl("exec", pod, "--", "echo", "inside").exitCode() != 0,
                () -> assertThat(tenant.kubectl("exec", pod, "--", "echo", "inside")
                                .text())
                        .contains("inside"));
    }

    /** Kubelets evict without asking, when their node runs out of something; only here can it be asked for. One that is given no time is gone before anybody can look at it. */
    @ParameterizedTest
    @ValueSource(strings = {"", ",\"deleteOptions\":{\"gracePeriodSeconds\":0}"})
    void anEvictedPodIsNamedSo(String options, Tenant tenant) {
        Scene scene = Scene.in(tenant);

        without(
                "cofferdam-pod-access",
                tenant,
                () -> !evicted(scene, ",\"deleteOptions\":{\"dryRun\":[\"All\"]}"),
                () -> assertThat(evicted(scene, options)).isTrue());

        ToolRun ended = tenant.finished(scene.run());
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("Evicted");
        assertThat(ended.getStatus().attempts()).hasSize(1);
    }

    @Withstands(
            value = "a pod of a user has the name and the owner of a run's first pod",
            at = Aim.Run,
            by = {Gate.Ownership, Gate.Identity},
            unopened = "the comparison has no switch; the message of the run says that it was this")
    @Test
    void aPodInThePlaceOfAnAttemptIsNotClaimed(Tenant tenant) {
        tenant.withDeveloper().policy(Tenant.POLICY, IDEMPOTENT);

        ToolRun ended;
        String strangers;
        // Given a run whose first pod cannot be made at once
        RunRequest call = shell("echo honest");
        try (OpenedGate _ = OpenedGate.withoutPodsOfTheController(tenant, call)) {
            ToolRun run = tenant.create(call);
            strangers = forge(tenant, run, 1);
            ended = run;
        }

        // When the controller finds a pod of that name there, which says that it is the run's
        ended = tenant.finished(ended);

        // Then
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("PodNameTaken");
        assertThat(condition(ended, "Finished").getMessage()).contains("somebody else made it", "it was not claimed");
        assertThat(ended.getStatus().attempts()).isEmpty();
        assertThat(ended.getStatus().execution()).isNull();
        assertThat(strangers).isNotEmpty();
    }

    @Withstands(
            value = "a pod of a user has the name and the owner of a run's next pod",
            at = Aim.Run,
            by = {Gate.Ownership, Gate.Identity},
            unopened = "the comparison has no switch; the message of the run says that it was this")
    @Test
    void aPodInThePlaceOfTheNextAttemptIsNotClaimed(Tenant tenant) {
        // Given an idempotent run, whose second pod a stranger has made
        tenant.withDeveloper().policy(Tenant.POLICY, IDEMPOTENT);
        ToolRun run = tenant.begun(shell("echo begun; sleep 600"));
        Pod first = tenant.pod(run).orElseThrow();
        String strangers = forge(tenant, run, 2);

        // When its first pod is lost, as a kubelet would say
        without(
                "cofferdam-pod-names",
                tenant,
                () -> !evict(tenant, first, "?dryRun=All"),
                () -> assertThat(evict(tenant, first, "")).isTrue());

        // Then the run ends as that attempt did, and says why there is no other
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().attempts())
                .extracting(Attempt::podUID)
                .containsExactly(first.getMetadata().getUid())
                .doesNotContain(strangers);
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("Evicted");
        assertThat(condition(ended, "Finished").getMessage()).contains("no further attempt", "somebody else made it");
    }

    private static boolean evict(Tenant tenant, Pod pod, String options) {
        String path = "/api/v1/namespaces/" + tenant.namespace() + "/pods/"
                + pod.getMetadata().getName() + "/status" + options;
        return Caller.ADMIN
                        .send("PATCH", path, Attack.MERGE, "{\"status\":{\"phase\":\"Failed\",\"reason\":\"Evicted\"}}")
                        .code()
                == 200;
    }

    /** A stranger makes the pod of a run's attempt, which nobody schedules, with the run as its owner. */
    private static String forge(Tenant tenant, ToolRun run, int attempt) {
        String path = "/api/v1/namespaces/" + tenant.namespace() + "/pods";
        String pod = Attacks.pod(
                """
                "name":"%s","ownerReferences":[{"apiVersion":"cofferdam.dev/v1alpha1","kind":"ToolRun","name":"%s","uid":"%s",
                "controller":true,"blockOwnerDeletion":false}]""".formatted(
                                Names.podName(run.getMetadata().getUid(), attempt),
                                run.getMetadata().getName(),
                                run.getMetadata().getUid()),
                ",\"schedulerName\":\"nobody\"");
        AtomicReference<Caller.Answer> made = new AtomicReference<>();
        without(
                "cofferdam-pod-names",
                tenant,
                () -> Caller.DEVELOPER
                                .send("POST", path + "?dryRun=All", Attack.JSON, pod)
                                .code()
                        == 403,
                () -> made.set(Caller.DEVELOPER.send("POST", path, Attack.JSON, pod)));
        assertThat(made.get().code()).as(made.get().body()).isEqualTo(201);
        return Serialization.unmarshal(made.get().body(), Pod.class)
                .getMetadata()
                .getUid();
    }

    private static boolean evicted(Scene scene, String options) {
        return Caller.DEVELOPER
                        .send("POST", scene.fill(Attacks.POD + "/eviction"), Attack.JSON, scene.fill("""
                                {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"$POD"}%s}""".formatted(
                                        options)))
                        .code()
                == 201;
    }

    @ResourceLock(PodShapeAttacks.POLICY)
    @Test
    void theControllerMakesAnyPodWithoutThePolicy(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        PodShapeAttacks.Change first = PodShapeAttacks.ALL.getFirst();

        without(
                PodShapeAttacks.POLICY,
                List.of(tenant.namespace(), "kube-system", Names.SYSTEM_NAMESPACE),
                () -> PodShapeAttacks.tryToMake(scene, first).body().contains(PodShapeAttacks.POLICY),
                () -> {
                    // Pod Security is the second gate for what would reach the node.
                    assertThat(PodShapeAttacks.ALL)
                            .filteredOn(change -> change.what().endsWith("of the node"))
                            .hasSize(4)
                            .allSatisfy(change -> assertThat(PodShapeAttacks.tryToMake(scene, change)
                                            .body())
                                    .contains("violates PodSecurity"));

                    tenant.withoutPodSecurity();
                    assertThat(PodShapeAttacks.ALL).allSatisfy(change -> {
                        Caller.Answer answer = PodShapeAttacks.tryToMake(scene, change);
                        assertThat(answer.code())
                                .as(change.what() + ": " + answer.body())
                                .isEqualTo(201);
                    });
                });
    }

    @ResourceLock(CommitterShapeAttacks.POLICY)
    @Test
    void theControllerMakesAnyCommitterWithoutThePolicy(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        tenant.withoutPodSecurity();
        PodShapeAttacks.Change first = CommitterShapeAttacks.ALL.getFirst();
        without(
                CommitterShapeAttacks.POLICY,
                List.of(tenant.namespace(), "kube-system"),
                () -> CommitterShapeAttacks.tryToMake(scene, first).body().contains(CommitterShapeAttacks.POLICY),
                () -> assertThat(CommitterShapeAttacks.ALL).allSatisfy(change -> {
                    Caller.Answer answer = CommitterShapeAttacks.tryToMake(scene, change);
                    assertThat(answer.code())
                            .as(change.what() + ": " + answer.body())
                            .isEqualTo(201);
                }));
    }

    @Test
    void theControllerMakesACommitterFromAnyImageWithoutThePolicy(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        without(
                CommitterShapeAttacks.IMAGE_POLICY,
                tenant,
                () -> CommitterShapeAttacks.tryToMake(scene, CommitterShapeAttacks.ANOTHER_IMAGE)
                                .code()
                        == 403,
                () -> assertThat(CommitterShapeAttacks.tryToMake(scene, CommitterShapeAttacks.ANOTHER_IMAGE)
                                .code())
                        .isEqualTo(201));
    }
}
