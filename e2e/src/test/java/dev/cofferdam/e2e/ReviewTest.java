package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Api;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What nobody answers for runs only after somebody else has read it, and only as it was read. */
@ClusterTest
class ReviewTest {
    private static final String UNTRUSTED = Tenant.TOOLS + "trust: Untrusted\n";
    private static final String EXTERNAL = Tenant.TOOLS.replace("{name: python,", "{name: python, source: External,");
    private static final Pattern COMMAND = Pattern.compile(
            "kubectl (annotate --overwrite -n \\S+ sandboxpolicy \\S+ cofferdam.dev/review=sha256:[0-9a-f]{64})");

    @Test
    void anUntrustedPolicyNeedsAReviewOfWhatItSaysNow(Tenant tenant) {
        // Given
        tenant.policy(Tenant.POLICY, UNTRUSTED);
        ToolRun unreviewed = tenant.run(shell("true"));
        assertThat(unreviewed.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(unreviewed, "Finished").getReason()).isEqualTo("ReviewRequired");

        // When somebody who may does what the refusal says
        Matcher command = COMMAND.matcher(condition(unreviewed, "Finished").getMessage());
        assertThat(command.find()).isTrue();
        assertThat(tenant.kubectl(command.group(1).split(" ")).exitCode()).isZero();

        // Then it runs, and the policy shows why
        ToolRun running = tenant.begun(shell("echo begun; sleep 300"));
        until(tenant, "True");

        // And when the policy is edited, the review is void: for what runs, and for what is new
        tenant.policy(Tenant.POLICY, UNTRUSTED.replace("timeout: 300s", "timeout: 299s"));
        ToolRun stopped = tenant.finished(running);
        assertThat(stopped.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(condition(stopped, "Finished").getReason()).isEqualTo("PolicyChanged");
        assertThat(condition(tenant.run(shell("true")), "Finished").getReason()).isEqualTo("ReviewRequired");
        until(tenant, "False");
    }

    @Test
    void aReviewThatIsTakenBackStopsTheTool(Tenant tenant) {
        // Given
        tenant.policy(Tenant.POLICY, UNTRUSTED);
        Matcher command =
                COMMAND.matcher(condition(tenant.run(shell("true")), "Finished").getMessage());
        assertThat(command.find()).isTrue();
        tenant.kubectl(command.group(1).split(" "));
        ToolRun running = tenant.begun(shell("echo begun; sleep 300"));

        // When
        tenant.kubectl("annotate", "sandboxpolicy", Tenant.POLICY, "cofferdam.dev/review-");

        // Then
        assertThat(condition(tenant.finished(running), "Finished").getReason()).isEqualTo("PolicyChanged");
    }

    @Test
    void anExternalToolNeedsAReviewAndItsNeighboursDoNot(Tenant tenant) {
        tenant.policy(Tenant.POLICY, EXTERNAL);

        assertThat(condition(tenant.run(tool("python", "print(1)")), "Finished").getReason())
                .isEqualTo("ReviewRequired");
        assertThat(tenant.run(shell("true")).getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void whoeverConfirmsIsNotWhoeverWrites(Tenant tenant) {
        // Given an author and a reviewer
        tenant.policy(Tenant.POLICY, UNTRUSTED);
        tenant.kubectl("create", "rolebinding", "author", "--clusterrole=admin", "--user=e2e-author");
        tenant.kubectl("create", "rolebinding", "reviewer", "--clusterrole=cofferdam-reviewer", "--user=e2e-reviewer");
        await().atMost(Tenant.PATIENCE)
                .until(() -> may(tenant, "e2e-author", "update") && may(tenant, "e2e-reviewer", "review"));

        // Then the author does not confirm, whatever digest it is, and the reviewer does not write
        assertThat(annotate(tenant, "e2e-author", "x")).satisfies(answer -> {
            assertThat(answer.exitCode()).isNotZero();
            assertThat(answer.text())
                    .contains("\"e2e-author\" may not review the SandboxPolicy \"tools\"", "verbs: [review]");
        });
        assertThat(annotate(tenant, "e2e-reviewer", "x").exitCode()).isZero();
        assertThat(patch(tenant, "e2e-reviewer").text()).contains("takes the verb update");
        assertThat(patch(tenant, "e2e-author").exitCode()).isZero();

        // And what was confirmed may be left, and taken back, by the author
        assertThat(annotate(tenant, "e2e-author", "y").exitCode()).isNotZero();
        assertThat(tenant.kubectl(
                                "annotate", "sandboxpolicy", Tenant.POLICY, "cofferdam.dev/review-", "--as=e2e-author")
                        .exitCode())
                .isZero();
    }

    private static Kubectl.Answer annotate(Tenant tenant, String user, String review) {
        return tenant.kubectl(
                "annotate",
                "--overwrite",
                "sandboxpolicy",
                Tenant.POLICY,
                "cofferdam.dev/review=" + review,
                "--as=" + user);
    }

    private static boolean may(Tenant tenant, String user, String verb) {
        return new Caller(user, List.of()).may(verb, Api.GROUP, "sandboxpolicies", tenant.namespace(), Tenant.POLICY);
    }

    private static Kubectl.Answer patch(Tenant tenant, String user) {
        return tenant.kubectl(
                "patch",
                "sandboxpolicy",
                Tenant.POLICY,
                "--type=merge",
                "--patch={\"spec\":{\"permissions\":{\"resources\":{\"limits\":{\"timeout\":\"58s\"}}}}}",
                "--as=" + user);
    }

    private static void until(Tenant tenant, String reviewed) {
        await().atMost(Tenant.PATIENCE).until(() -> {
            Kubectl.Answer answer = tenant.kubectl(
                    "get",
                    "sandboxpolicy",
                    Tenant.POLICY,
                    "--output=jsonpath={.status.conditions[?(@.type==\"Reviewed\")].status}");
            return answer.text().equals(reviewed);
        });
    }
}
