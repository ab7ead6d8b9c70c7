package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Each attack of {@link AdmissionTest} succeeds when its one gate is opened, so it is this gate that stops it. The binding is taken away for the whole cluster,
 * for some seconds: an exemption by label would be a hole of its own.
 */
@ClusterTest
@Isolated
@Execution(ExecutionMode.SAME_THREAD)
class OpenedAdmissionTest {
    /** The API server reads policies and bindings once a second. */
    private static final Duration SOON = Duration.ofSeconds(15);

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
                            () -> assertThat(ofPolicy).allSatisfy(attack -> {
                                Caller.Answer answer = attack.on(scene);
                                assertThat(answer.code())
                                        .as(attack.title() + ": " + answer.body())
                                        .isEqualTo(attack.open());
                            }));
                }));
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

    /** Kubelets evict without asking, when their node runs out of something; only here can it be asked for. */
    @Test
    void anEvictedPodIsNamedSo(Tenant tenant) {
        Scene scene = Scene.in(tenant);

        without(
                "cofferdam-pod-access",
                tenant,
                () -> !evicted(scene, ",\"deleteOptions\":{\"dryRun\":[\"All\"]}"),
                () -> assertThat(evicted(scene, "")).isTrue());

        ToolRun ended = tenant.finished(scene.run());
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("Evicted");
        assertThat(ended.getStatus().attempts()).hasSize(1);
    }

    private static boolean evicted(Scene scene, String options) {
        return Caller.DEVELOPER
                        .send("POST", scene.fill(Attacks.POD + "/eviction"), Attack.JSON, scene.fill("""
                                {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"$POD"}%s}""".formatted(
                                        options)))
                        .code()
                == 201;
    }

    @Test
    void theControllerMakesAnyPodWithoutThePolicy(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        PodShapeAttacks.Change first = PodShapeAttacks.ALL.getFirst();

        without(
                PodShapeAttacks.POLICY,
                tenant,
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

    /** Takes a policy's binding away, waits until that is felt, does something, and puts it back, until that is felt. */
    static void without(String policy, Tenant tenant, java.util.concurrent.Callable<Boolean> refused, Runnable action) {
        KubernetesClient client = tenant.client();
        var resource = client.resources(ValidatingAdmissionPolicyBinding.class).withName(policy);
        ValidatingAdmissionPolicyBinding binding = resource.get();
        assertThat(binding).as("the binding " + policy).isNotNull();
        await().atMost(SOON).until(refused);
        resource.delete();
        try {
            await().atMost(SOON).until(() -> !refused.call());
            action.run();
        } finally {
            client.resource(new ValidatingAdmissionPolicyBindingBuilder()
                            .withNewMetadata()
                            .withName(policy)
                            .withLabels(binding.getMetadata().getLabels())
                            .endMetadata()
                            .withSpec(binding.getSpec())
                            .build())
                    .create();
        }
        await().atMost(SOON).until(refused);
    }
}
