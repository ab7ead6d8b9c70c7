package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What admission refuses, whoever asks, and what it must not stand in the way of. That these gates are what refuses: {@link OpenedAdmissionTest}. */
@ClusterTest
class AdmissionTest {
    @Withstands(
            value = "a user of the namespace or an admin asks for the token of a sandbox",
            at = Aim.Run,
            by = {Gate.Admission, Gate.Identity},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy",
            policy = "cofferdam-tokens")
    @Withstands(
            value = "a user or an admin makes or changes a pod of our name",
            at = Aim.Run,
            by = {Gate.Admission, Gate.Ownership, Gate.Identity},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy",
            policy = "cofferdam-pod-names")
    @Withstands(
            value = "a user or an admin enters, widens or moves a sandbox pod",
            at = Aim.Run,
            by = {Gate.Admission, Gate.Protocol},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy",
            policy = "cofferdam-pod-access")
    @Withstands(
            value = "a user or an admin makes a pod that passes for a sandbox",
            at = Aim.Run,
            by = {Gate.Admission, Gate.Identity},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy",
            policy = "cofferdam-pod-labels")
    @Withstands(
            value = "somebody writes into the status of a run what is not his",
            at = Aim.Record,
            by = {Gate.Rbac, Gate.Admission, Gate.Schema},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy",
            policy = "cofferdam-run-status")
    @Withstands(
            value = "somebody writes the status of a policy",
            at = Aim.Record,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy",
            policy = "cofferdam-policy-status")
    @Withstands(
            value = "somebody opens the network around sandboxes",
            at = Aim.OtherTenant,
            by = {Gate.Admission, Gate.Isolation, Gate.StartGate, Gate.Box},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy",
            policy = "cofferdam-network-policy")
    @Withstands(
            value = "whoever has the controller deletes what is not its own",
            at = Aim.OtherTenant,
            by = {Gate.NetworkPolicy, Gate.Admission},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy",
            policy = "cofferdam-pod-deletion")
    @TestFactory
    Stream<DynamicTest> isRefused(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        return Attacks.all()
                .map(attack -> dynamicTest(attack.title(), () -> {
                    Caller.Answer answer = attack.on(scene);

                    assertThat(answer.body()).contains(attack.refusal()).doesNotContain("failed expression");
                    assertThat(answer.code()).isEqualTo(403);
                }));
    }

    @Withstands(
            value = "whoever has the controller makes other pods than a sandbox",
            at = Aim.Host,
            by = {Gate.NetworkPolicy, Gate.PodSecurity, Gate.Admission},
            opened = "OpenedAdmissionTest.theControllerMakesAnyPodWithoutThePolicy",
            policy = "cofferdam-pod-shape")
    @ResourceLock(value = PodShapeAttacks.POLICY, mode = ResourceAccessMode.READ)
    @TestFactory
    Stream<DynamicTest> theControllerMakesNoOtherPod(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        // Pod Security is asked first and would refuse some of them.
        tenant.withoutPodSecurity();
        return PodShapeAttacks.ALL.stream()
                .map(change -> dynamicTest(change.what(), () -> {
                    Caller.Answer answer = PodShapeAttacks.tryToMake(scene, change);

                    assertThat(answer.body())
                            .contains("ValidatingAdmissionPolicy '" + PodShapeAttacks.POLICY + "'")
                            .doesNotContain("failed expression");
                    assertThat(answer.code()).isEqualTo(403);
                }));
    }

    @Withstands(
            value = "whoever has the controller makes a pod that writes a volume, and is no committer",
            at = Aim.OtherTenant,
            by = {Gate.NetworkPolicy, Gate.Admission},
            opened = "OpenedAdmissionTest.theControllerMakesAnyCommitterWithoutThePolicy",
            policy = "cofferdam-committer-shape")
    @ResourceLock(value = CommitterShapeAttacks.POLICY, mode = ResourceAccessMode.READ)
    @TestFactory
    Stream<DynamicTest> theControllerMakesNoOtherCommitter(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        tenant.withoutPodSecurity();
        return CommitterShapeAttacks.ALL.stream()
                .map(change -> dynamicTest(change.what(), () -> {
                    Caller.Answer answer = CommitterShapeAttacks.tryToMake(scene, change);
                    assertThat(answer.body())
                            .contains("ValidatingAdmissionPolicy '" + CommitterShapeAttacks.POLICY + "'")
                            .doesNotContain("failed expression");
                    assertThat(answer.code()).isEqualTo(403);
                }));
    }

    @Withstands(
            value = "whoever has the controller makes a committer from an image of its own",
            at = Aim.OtherTenant,
            by = {Gate.NetworkPolicy, Gate.Admission},
            opened = "OpenedAdmissionTest.theControllerMakesACommitterFromAnyImageWithoutThePolicy")
    @Test
    void theControllerMakesNoCommitterFromAnotherImage(Tenant tenant) {
        Caller.Answer answer = CommitterShapeAttacks.tryToMake(Scene.in(tenant), CommitterShapeAttacks.ANOTHER_IMAGE);

        assertThat(answer.body())
                .contains("ValidatingAdmissionPolicy '" + CommitterShapeAttacks.IMAGE_POLICY + "'")
                .contains("restart the controller");
        assertThat(answer.code()).isEqualTo(403);
    }

    @Test
    void theControllerMakesItsOwnPod(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        assertThat(PodShapeAttacks.tryToMake(CommitterShapeAttacks.planned(scene)))
                .satisfies(AdmissionTest::created);

        assertThat(PodShapeAttacks.tryToMake(PodShapeAttacks.planned(scene))).satisfies(AdmissionTest::created);
        assertThat(PodShapeAttacks.tryToMake(PodShapeAttacks.plannedWithInstaller(scene)))
                .satisfies(AdmissionTest::created);
        assertThat(PodShapeAttacks.tryToMake(PodShapeAttacks.plannedWithSecrets(scene)))
                .satisfies(AdmissionTest::created);
        assertThat(PodShapeAttacks.tryToMake(PodShapeAttacks.plannedWithWorkspace(scene)))
                .satisfies(AdmissionTest::created);
        assertThat(PodShapeAttacks.tryToMake(PodShapeAttacks.plannedWithFiles(scene)))
                .satisfies(AdmissionTest::created);
    }

    @Withstands(
            value = "a user takes away the label by which a NetworkPolicy knows a sandbox",
            at = Aim.OtherTenant,
            by = {Gate.Admission, Gate.StartGate, Gate.Box},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy")
    @Test
    void aSandboxPodCannotBeTakenOutOfItsNetworkPolicy(Tenant tenant) {
        Scene scene = Scene.in(tenant);

        Caller.Answer answer = Caller.DEVELOPER.send(
                "PATCH",
                scene.fill(Attacks.POD),
                Attack.MERGE,
                "{\"metadata\":{\"labels\":{\"app.kubernetes.io/managed-by\":null}}}");

        assertThat(answer.code()).isEqualTo(403);
        assertThat(answer.body()).contains("ValidatingAdmissionPolicy 'cofferdam-pod-");
    }

    @Test
    void theKubeletGetsTheSandboxesToken(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        Caller node = Caller.node(scene.pod().getSpec().getNodeName());

        assertThat(node.send(
                        "POST",
                        scene.fill(Attacks.CORE + "/serviceaccounts/default/token"),
                        Attack.JSON,
                        scene.fill(Attacks.tokenRequest("\"cofferdam\""))))
                .satisfies(AdmissionTest::created);
    }

    @Test
    void ordinaryWorkGoesOn(Tenant tenant) {
        Scene scene = Scene.in(tenant);
        String token = scene.fill(Attacks.CORE + "/serviceaccounts/default/token");
        String pods = scene.fill(Attacks.CORE + "/pods");
        String policies = scene.fill("/apis/networking.k8s.io/v1/namespaces/$NAMESPACE/networkpolicies");

        assertThat(developer("POST", token, "{\"spec\":{\"audiences\":[\"elsewhere\"]}}"))
                .satisfies(AdmissionTest::created);
        assertThat(developer("POST", token, "{\"spec\":{}}")).satisfies(AdmissionTest::created);
        assertThat(developer("POST", pods + "?dryRun=All", Attacks.pod("\"name\":\"mine\"", "")))
                .satisfies(AdmissionTest::created);
        assertThat(developer("POST", policies + "?dryRun=All", """
                {"metadata":{"name":"mine"},"spec":{"podSelector":{},"policyTypes":["Egress"]}}""")).satisfies(AdmissionTest::created);
        assertThat(developer("POST", pods + "/other/eviction", """
                {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"other"},"deleteOptions":{"dryRun":["All"]}}""")).satisfies(AdmissionTest::created);
        // The last means to stop a tool.
        assertThat(developer("DELETE", scene.fill(Attacks.POD), Attack.DRY).code())
                .isEqualTo(200);
    }

    private static Caller.Answer developer(String method, String path, String body) {
        return Caller.DEVELOPER.send(method, path, Attack.JSON, body);
    }

    private static void created(Caller.Answer answer) {
        assertThat(answer.code()).as(answer.body()).isEqualTo(201);
    }

    @Test
    void aNamespaceGoesWithItsSandboxes(Tenant tenant) {
        Scene.in(tenant);

        tenant.close();

        await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.client()
                                .namespaces()
                                .withName(tenant.namespace())
                                .get()
                        == null);
    }

    @Test
    void theToolOfAnOrphanedPodStops(Tenant tenant) {
        // Given a tool that was seen to start
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 600s"));
        ToolRun run = tenant.create(shell("sleep 600"));
        untilRecorded(run, "start");

        // When its run goes without its pod: the garbage collector takes the pod's owner away, and nobody else may
        assertThat(tenant.kubectl("delete", "trun", run.getMetadata().getName(), "--cascade=orphan", Kubectl.PATIENCE)
                        .exitCode())
                .isZero();

        // Then
        untilRecorded(run, "exit");
    }

    private static void untilRecorded(ToolRun run, String action) {
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(AuditStream.of(Names.GATEWAY, run))
                        .extracting(event -> event.get("action"))
                        .contains(action));
    }

    @Test
    void theApiServerFindsNothingToSayAboutTheExpressions(Tenant tenant) {
        var policies = tenant.client()
                .resources(ValidatingAdmissionPolicy.class)
                .withLabel("app.kubernetes.io/part-of", "cofferdam")
                .list()
                .getItems();

        assertThat(policies).hasSizeGreaterThan(5).allSatisfy(policy -> {
            JsonNode status = Serialization.jsonMapper().valueToTree(policy.getStatus());
            assertThat(status.path("observedGeneration").asLong())
                    .isEqualTo(policy.getMetadata().getGeneration());
            assertThat(status.path("typeChecking").path("expressionWarnings"))
                    .as(policy.getMetadata().getName())
                    .isEmpty();
        });
    }
}
