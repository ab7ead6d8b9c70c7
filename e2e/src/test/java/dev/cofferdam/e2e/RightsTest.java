package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Persona;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Everybody tries everything. That it is the named policy that refuses: {@link OpenedRightsTest}. */
@ClusterTest
class RightsTest {
    static final String RUN = """
            apiVersion: cofferdam.dev/v1alpha1
            kind: ToolRun
            metadata: {name: mine}
            spec: {policyRef: {name: used}, tool: "true"}
            """;

    private static final String OTHER_NAME = "{\"spec\":{\"requestedBy\":\"somebody\"}}";

    /** What each refusal says that one needs, or should do. */
    private static final Map<String, String> REMEDIES = Map.of(
            "cofferdam-run-use", "verbs: [use]",
            "cofferdam-run-requester", "Leave it out",
            "cofferdam-policy-secrets", "the verb get on Secrets",
            "cofferdam-policy-sources", "must be allowed to",
            "cofferdam-policy-marks", "verbs: [review]",
            "cofferdam-policy-vouch", "the verb vouch",
            "cofferdam-policy-review", "verb",
            "cofferdam-policy-resume", "Only who holds the verb resume",
            "cofferdam-tool-resume", "Only who holds the verb resume",
            "cofferdam-namespace-resume", "Only who holds the verb resume");

    @Withstands(
            value = "somebody makes a run under a policy that is not for him",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-run-use")
    @Withstands(
            value = "somebody takes, forges or lets go the Lease of an idempotency key",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission, Gate.Key},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-keys")
    @Withstands(
            value = "somebody makes a run in another's name",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-run-requester")
    @Withstands(
            value = "somebody calls a policy reviewed, or reviews what he can write",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-policy-review")
    @Withstands(
            value = "somebody takes the mark of an agent's making from a tool",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-policy-marks")
    @Withstands(
            value = "whoever writes for an agent answers for its tools: unmarked, made anew, under another name",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-policy-vouch")
    @Withstands(
            value = "somebody lets tools read a Secret that he may not read",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-policy-secrets")
    @Withstands(
            value = "somebody lets tools read a ConfigMap or a volume that he may not read",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-policy-sources")
    @Withstands(
            value = "somebody lets go on what a responder has stopped, by a change or by deleting it",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-policy-resume")
    @Withstands(
            value = "somebody lets run again what an alert has stopped, by its word or by deleting the policy",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-tool-resume")
    @Withstands(
            value = "somebody lets a stopped namespace go on",
            at = Aim.Rules,
            by = {Gate.Rbac, Gate.Admission},
            opened = "OpenedRightsTest.eachDeedIsDoneWithoutItsPolicy",
            policy = "cofferdam-namespace-resume")
    @TestFactory
    Stream<DynamicTest> everybodyTriesEverything(Tenant tenant) {
        Rights.scene(tenant);
        return Rights.cells().stream()
                .map(cell -> dynamicTest(cell.title(), () -> {
                    Caller.Answer answer = cell.deed().by(cell.persona(), tenant);

                    if (cell.allowed()) {
                        assertThat(answer.code()).as(answer.body()).isIn(200, 201);
                        return;
                    }
                    assertThat(answer.code()).as(answer.body()).isEqualTo(403);
                    if (cell.byRbac()) {
                        assertThat(answer.body())
                                .contains("ser \\\"" + cell.persona().user() + "\\\" ")
                                .containsAnyOf(
                                        " cannot ", " is attempting to grant RBAC permissions not currently held");
                    } else {
                        assertThat(answer.body())
                                .contains("ValidatingAdmissionPolicy '"
                                        + cell.policy().orElse("cofferdam-"))
                                .contains(cell.policy().map(REMEDIES::get).orElse("denied request: "))
                                .doesNotContain("failed expression");
                    }
                }));
    }

    @Test
    void aRunCarriesTheNameOfWhoeverMadeIt(Tenant tenant) {
        // Given
        Persona.enter(tenant);
        assertThat(as(Persona.AGENT, tenant, RUN, "create", "--filename=-").exitCode())
                .isZero();

        // Then everybody sees it
        assertThat(tenant.kubectl("describe", "trun", "mine").text()).containsPattern("Requested By: +e2e-agent\n");
        assertThat(tenant.kubectl("get", "trun", "mine", "--output=wide").text())
                .contains("REQUESTED BY")
                .contains(" e2e-agent ");

        ToolRun run = tenant.client()
                .resources(ToolRun.class)
                .inNamespace(tenant.namespace())
                .withName("mine")
                .get();
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(AuditStream.of(Names.CONTROLLER, run))
                        .filteredOn(event -> event.get("action").equals("decide"))
                        .extracting(event -> event.get("detail"))
                        .asString()
                        .contains("requestedBy=e2e-agent"));

        // And it stays, whoever writes the run, and however
        replace(tenant);
        assertThat(as(Persona.ADMIN, tenant, RUN, "apply", "--server-side", "--force-conflicts", "--filename=-")
                        .exitCode())
                .isZero();
        assertThat(as(Persona.ADMIN, tenant, "", "patch", "trun", "mine", "--type=merge", "--patch", OTHER_NAME)
                        .text())
                .contains("spec.requestedBy is immutable");
        assertThat(requester(tenant)).isEqualTo("e2e-agent");
    }

    /** kubectl reads the run first, and what writes its status meanwhile is a conflict. */
    static void replace(Tenant tenant) {
        await().atMost(Tenant.PATIENCE).untilAsserted(() -> {
            Kubectl.Answer answer = as(Persona.ADMIN, tenant, RUN, "replace", "--filename=-");
            assertThat(answer.exitCode()).as(answer.text()).isZero();
        });
    }

    @Test
    void kubectlSaysWhatIsMissing(Tenant tenant) {
        Persona.enter(tenant);

        Kubectl.Answer answer = Kubectl.kubectl(
                """
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: mine}
                spec: {policyRef: {name: unused}, tool: sh}
                """,
                List.of("--namespace=" + tenant.namespace(), "--as=" + Persona.AGENT.user(), "create", "--filename=-"));

        assertThat(answer.exitCode()).isEqualTo(1);
        assertThat(answer.text())
                .contains("\"e2e-agent\" may not use the SandboxPolicy \"unused\" of the namespace \""
                        + tenant.namespace()
                        + "\". Have a Role bound to it there with the rule {apiGroups: [cofferdam.dev], "
                        + "resources: [sandboxpolicies], resourceNames: [unused], verbs: [use]}");
    }

    @Test
    void whoeverMayChangeANamespaceStopsItAndOnlyAResponderLetsItGoOn(Tenant tenant) {
        Persona.enter(tenant);

        assertThat(label(Persona.KEEPER, tenant, "=stop").text())
                .contains("write Suspended or Quarantined, or leave it out");
        assertThat(label(Persona.KEEPER, tenant, "=Quarantined").exitCode()).isZero();
        assertThat(label(Persona.KEEPER, tenant, "-").text())
                .contains("has the label cofferdam.dev/state=Quarantined: somebody stopped its tools on purpose")
                .contains("may change or remove the label, and \"e2e-keeper\" does not; ask them");
        assertThat(label(Persona.RESPONDER, tenant, "-").exitCode()).isZero();
    }

    private static Kubectl.Answer label(Persona persona, Tenant tenant, String state) {
        return as(persona, tenant, "", "label", "namespace", tenant.namespace(), "cofferdam.dev/state" + state);
    }

    @Test
    void theGarbageCollectorIsNoWayAround(Tenant tenant) {
        Persona.enter(tenant);

        Caller.Answer answer = Caller.serviceAccount("kube-system", "generic-garbage-collector")
                .send(
                        "DELETE",
                        "/apis/cofferdam.dev/v1alpha1/namespaces/" + tenant.namespace() + "/sandboxpolicies/stopped",
                        Attack.JSON,
                        Attack.DRY);

        assertThat(answer.body()).contains("ValidatingAdmissionPolicy 'cofferdam-policy-resume'");
        assertThat(answer.code()).isEqualTo(403);
    }

    @Test
    void aStoppedNamespaceGoesWithItsStoppedPolicies(Tenant tenant) {
        Rights.scene(tenant);

        assertThat(as(Persona.RESPONDER, tenant, "", "delete", "namespace", tenant.namespace(), "--wait=false")
                        .exitCode())
                .isZero();

        await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.client()
                                .namespaces()
                                .withName(tenant.namespace())
                                .get()
                        == null);
    }

    static Kubectl.Answer as(Persona persona, Tenant tenant, String stdin, String... arguments) {
        List<String> all = new ArrayList<>(List.of("--namespace=" + tenant.namespace(), "--as=" + persona.user()));
        persona.caller().groups().forEach(group -> all.add("--as-group=" + group));
        all.addAll(List.of(arguments));
        return Kubectl.kubectl(stdin, all);
    }

    static String requester(Tenant tenant) {
        return tenant.kubectl("get", "trun", "mine", "--output=jsonpath={.spec.requestedBy}")
                .text();
    }
}
