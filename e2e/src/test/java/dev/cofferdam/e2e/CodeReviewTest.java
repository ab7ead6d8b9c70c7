package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.NodeVolume;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** policy-examples/code-review, step by step, as its README tells. */
@ClusterTest
@Tag("local")
class CodeReviewTest {
    private static final Path FOLDER = Path.of("..", "policy-examples", "code-review");

    @Test
    void theRepositoryIsChangedWhenSomebodyHasApprovedIt(Tenant tenant) throws IOException {
        try (NodeVolume volume = NodeVolume.of(tenant, "repo")
                .with("README", "blanks stay here  \n")
                .with("src/a.py", "print()  \n")
                .with("src/b.py", "print()\n")
                .with(".env", "canary")) {
            Map<String, String> before = volume.files();
            apply(tenant, "policy.yaml");

            // Given what the runs of the example end as
            ToolRun review = run(tenant, "run-review.yaml");
            assertThat(review.getStatus().result().stdout()).isEqualTo("src/a.py:1:print()  \n");
            run(tenant, "denied-by-itself.yaml");
            ToolRun tidy = run(tenant, "run-tidy.yaml");
            assertThat(condition(tidy, "Committed").getReason()).isEqualTo("AwaitingApproval");
            assertThat(volume.files()).isEqualTo(before);

            // When somebody looks, and approves what they see
            assertThat(tenant.kubectl(
                                    "get",
                                    "toolrun",
                                    "tidy",
                                    "-o",
                                    "jsonpath={range .status.changes.items[*]}{.change}{\" \"}{.path}{\"\\n\"}{end}")
                            .text())
                    .isEqualTo("Modified src/a.py\n");
            String digest = tenant.kubectl("get", "toolrun", "tidy", "-o", "jsonpath={.status.changes.digest}")
                    .text();
            String uid = tenant.kubectl("get", "toolrun", "tidy", "-o", "jsonpath={.metadata.uid}")
                    .text();
            Kubectl.Answer approved = tenant.kubectl(
                    "patch",
                    "toolrun",
                    "tidy",
                    "--type=merge",
                    "-p",
                    "{\"metadata\":{\"uid\":\"" + uid + "\"},\"spec\":{\"workspace\":{\"approvedDigest\":\"" + digest
                            + "\"}}}");
            assertThat(approved.exitCode()).as(approved.text()).isZero();

            // Then
            assertThat(tenant.kubectl("wait", "--for=condition=Committed", Kubectl.PATIENCE, "toolrun/tidy")
                            .exitCode())
                    .isZero();
            assertThat(volume.files())
                    .isEqualTo(Map.of(
                            "README",
                            "blanks stay here  \n",
                            "src/a.py",
                            "print()\n",
                            "src/b.py",
                            "print()\n",
                            ".env",
                            "canary"));
        }
    }

    private static ToolRun run(Tenant tenant, String file) throws IOException {
        ToolRun run = Serialization.unmarshal(Files.readString(FOLDER.resolve(file)), ToolRun.class);
        apply(tenant, file);
        run.getMetadata().setNamespace(tenant.namespace());
        ToolRun ended = tenant.until(
                run,
                now -> now.getStatus() != null
                        && (Boolean.TRUE.equals(now.getStatus().settled())
                                || now.getStatus().conditions().stream()
                                        .anyMatch(
                                                condition -> condition.getType().equals("Committed"))));
        assertThat(ended.getStatus().phase() + "/"
                        + condition(ended, "Finished").getReason())
                .isEqualTo(run.getMetadata().getAnnotations().get("cofferdam.dev/expect"));
        return ended;
    }

    private static void apply(Tenant tenant, String file) {
        Kubectl.Answer answer =
                tenant.kubectl("apply", "-f", FOLDER.resolve(file).toString());
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }
}
