package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Somebody with {@code edit} rights in the namespace, who may make pods, exec and mint tokens there, wants the job of a run or a say in its result. Where
 * admission refuses an attempt, that gate held and the next is not reached.
 */
@ClusterTest
class ChannelAttackTest {
    private static final String STRANGER = "--as=stranger";
    private static final String TOKEN =
            "projected: {sources: [{serviceAccountToken: {audience: cofferdam, path: token}}]}";

    @BeforeEach
    void theStrangerMayEdit(Tenant tenant) {
        tenant.withTools();
        tenant.kubectl("create", "rolebinding", "stranger", "--clusterrole=edit", "--user=stranger");
    }

    @Withstands(
            value = "a pod of a user asks for another's job, with every token that it can get",
            at = Aim.Run,
            by = {Gate.Admission, Gate.NetworkPolicy, Gate.Identity},
            opened = "StrangerTest.aMintedTokenOpensNothingFromElsewhere")
    @Test
    void noTokenOpensAnothersChannel(Tenant tenant) {
        // Given a run that has its channel
        ToolRun run = tenant.begun(shell("echo begun; sleep 8; echo honest"));
        String victim = tenant.pod(run).orElseThrow().getMetadata().getName();

        // When a pod of the stranger asks with its own token, with one minted for the run's pod, and with one that is
        // for the API server
        List<String> arguments = new ArrayList<>(List.of(Strangers.gateway(tenant)));
        minted(tenant, "minted", victim, "--audience=cofferdam").ifPresent(arguments::add);
        minted(tenant, "api", victim, "--audience=https://kubernetes.default.svc")
                .ifPresent(arguments::add);
        String answers = strangersPod(tenant, run, "stranger", arguments);

        // Then
        assertThat(answers.lines()).hasSizeGreaterThanOrEqualTo(6);
        assertThat(answers).doesNotContain("101", "body");
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().result().stdout()).isEqualTo("begun\nhonest\n");
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("ExitedZero");
    }

    @Withstands(
            value = "a user makes the pod of a run's next attempt",
            at = Aim.Run,
            by = {Gate.Admission, Gate.Ownership, Gate.Identity},
            opened = "OpenedAdmissionTest.aPodInThePlaceOfTheNextAttemptIsNotClaimed")
    @Test
    void aPodInThePlaceOfTheNextAttemptIsNotClaimed(Tenant tenant) {
        // Given an idempotent run, whose second pod's name everybody knows
        tenant.policy(Tenant.POLICY, """
                tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c], idempotent: true}]
                permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 100m, memory: 64Mi, timeout: 300s}}}
                """);
        ToolRun run = tenant.create(shell("sleep 300"));
        Kubectl.Answer forged = forge(
                tenant,
                run,
                "cofferdam-" + run.getMetadata().getUid() + "-2",
                TOKEN,
                List.of(Strangers.gateway(tenant)));
        if (forged.exitCode() != 0) {
            assertThat(forged.text()).containsIgnoringCase("forbidden");
            return;
        }
        tenant.until(run, now -> now.getStatus() != null && now.getStatus().phase() == Phase.Running);

        // When its first attempt is lost
        Pod first = tenant.pod(run)
                .filter(pod -> pod.getMetadata().getName().endsWith("-1"))
                .orElseGet(() -> tenant.pods().stream()
                        .filter(pod -> pod.getMetadata().getName().endsWith("-1"))
                        .findFirst()
                        .orElseThrow());
        tenant.kubectl(
                "patch",
                "pod",
                first.getMetadata().getName(),
                "--subresource=status",
                "--patch={\"status\":{\"phase\":\"Failed\",\"reason\":\"Evicted\"}}");

        // Then no attempt is the stranger's pod
        String strangers = tenant.client()
                .pods()
                .inNamespace(tenant.namespace())
                .withName("cofferdam-" + run.getMetadata().getUid() + "-2")
                .get()
                .getMetadata()
                .getUid();
        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().attempts())
                .allSatisfy(attempt -> assertThat(attempt.podUID()).isNotEqualTo(strangers));
        assertThat(condition(ended, "Finished").getReason()).isEqualTo("Evicted");
    }

    @Withstands(
            value = "a user changes a run, its status or its policy",
            at = Aim.Record,
            by = {Gate.Rbac, Gate.Schema, Gate.Admission},
            opened = "OpenedAdmissionTest.eachAttackSucceedsWithoutItsPolicy")
    @Test
    void theStrangerHasNoSayInWhatIsRecorded(Tenant tenant) {
        ToolRun run = tenant.create(shell("sleep 4; echo honest"));
        String name = run.getMetadata().getName();

        for (List<String> attempt : List.of(
                List.of(
                        "patch",
                        "toolrun",
                        name,
                        "--subresource=status",
                        "--type=merge",
                        "-p",
                        "{\"status\":{\"phase\":\"Succeeded\"}}"),
                List.of("patch", "toolrun", name, "--type=merge", "-p", "{\"spec\":{\"args\":[\"id\"]}}"),
                List.of("patch", "toolrun", name, "--type=merge", "-p", "{\"spec\":{\"tool\":\"python\"}}"),
                List.of(
                        "patch",
                        "sandboxpolicy",
                        Tenant.POLICY,
                        "--type=merge",
                        "-p",
                        "{\"spec\":{\"state\":\"Active\"}}"),
                List.of("delete", "sandboxpolicy", Tenant.POLICY))) {
            List<String> as = new ArrayList<>(attempt);
            as.add(STRANGER);

            assertThat(tenant.kubectl(as.toArray(String[]::new)).exitCode())
                    .as(attempt.toString())
                    .isNotZero();
        }

        assertThat(tenant.finished(run).getStatus().result().stdout()).isEqualTo("honest\n");
    }

    private static Optional<String> minted(Tenant tenant, String name, String pod, String audience) {
        Kubectl.Answer token = tenant.kubectl(
                "create",
                "token",
                "default",
                audience,
                "--bound-object-kind=Pod",
                "--bound-object-name=" + pod,
                STRANGER);
        return token.exitCode() == 0 ? Optional.of(name + "=" + token.text().strip()) : Optional.empty();
    }

    /** What a pod of the stranger was answered. */
    private static String strangersPod(Tenant tenant, ToolRun run, String name, List<String> arguments) {
        Kubectl.Answer made = forge(tenant, run, name, TOKEN, arguments);
        if (made.exitCode() != 0) {
            assertThat(made.text()).containsIgnoringCase("forbidden");
            made = forge(tenant, run, name, "emptyDir: {}", arguments);
        }
        assertThat(made.exitCode()).as(made.text()).isZero();
        var pod = tenant.client().pods().inNamespace(tenant.namespace()).withName(name);
        pod.waitUntilCondition(
                now -> now != null
                        && List.of("Succeeded", "Failed")
                                .contains(now.getStatus().getPhase()),
                Tenant.PATIENCE.toMinutes(),
                TimeUnit.MINUTES);
        return pod.getLog();
    }

    /** A pod by the stranger that runs channel.py without gVisor, and points to the run as its owner as well as anybody can. */
    private static Kubectl.Answer forge(
            Tenant tenant, ToolRun run, String name, String volume, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("python3", "-c", Scripts.of("channel.py")));
        command.addAll(arguments);
        String pod = Strangers.pod(
                name,
                """
                namespace: %1$s
                  labels: {cofferdam.dev/run: %2$s}
                  ownerReferences: [{apiVersion: cofferdam.dev/v1alpha1, kind: ToolRun, name: %2$s, uid: %3$s, controller: true, blockOwnerDeletion: false}]""".formatted(
                                tenant.namespace(),
                                run.getMetadata().getName(),
                                run.getMetadata().getUid()),
                command,
                volume);
        return Kubectl.kubectl(pod, List.of("create", "-f", "-", STRANGER));
    }
}
