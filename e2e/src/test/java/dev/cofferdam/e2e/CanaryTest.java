package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeStorage;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Metrics;
import dev.cofferdam.e2e.tenant.NodeVolume;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A secret that tools have read, printed and written down is afterwards where it was before, and nowhere else. Each search finds one that was leaked on purpose. */
@ClusterTest
@Order(ClusterTest.EARLY)
@Tag("local")
class CanaryTest {
    private static final int RUNS = 20;

    private static final String SCRIPT = """
            f=/run/secrets/token; cat $f; base64 $f; (printf x; cat $f) | base64; (printf xx; cat $f) | base64; xxd -p $f; cat $f >&2
            cp $f /tmp/copy; cp $f /workspace/copy; cp $f /dev/shm/copy; echo done""";

    private final NodeStorage storage = new NodeStorage(TestCluster.shared().kubeconfig());

    @Test
    void aSecretIsInItsSourceOnly(Tenant tenant) {
        // Given a secret, and another one that is leaked into an object and by an ordinary pod
        Path mark = storage.mark();
        String canary = "canary-" + UUID.randomUUID();
        String leaked = "leaked-" + UUID.randomUUID();
        tenant.policy(Tenant.POLICY, SecretsTest.POLICY);
        kubectl(tenant, "create", "secret", "generic", "registry", "--from-literal=token=" + canary);
        kubectl(tenant, "create", "configmap", "leak", "--from-literal=coded=" + base64("x" + leaked));
        leak(tenant, leaked);

        // When
        List<ToolRun> runs = Stream.generate(() -> tenant.create(shell(SCRIPT).withSecrets("token")))
                .limit(RUNS)
                .toList();
        assertThat(runs.stream().map(tenant::finished)).allSatisfy(run -> {
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().result().stdout())
                    .contains("*".repeat(canary.length()))
                    .endsWith("done\n");
        });

        // And one has written it down among the changes that it wants to have committed, which nobody wants
        ToolRun declined = declined(tenant, canary);

        // Then
        String said = said(tenant);
        assertThat(forms(leaked)).anySatisfy(form -> assertThat(said).contains(form));
        assertThat(forms(canary)).allSatisfy(form -> assertThat(said).doesNotContain(form));

        assertThat(storage.keysWith(forms(leaked)))
                .containsExactly("/registry/configmaps/" + tenant.namespace() + "/leak");
        assertThat(storage.keysWith(forms(canary)))
                .containsExactly("/registry/secrets/" + tenant.namespace() + "/registry");

        // And when the pods are gone, but for the ordinary one, whose log is there
        Stream.concat(runs.stream(), Stream.of(declined))
                .forEach(run -> tenant.pod(run)
                        .ifPresent(pod -> tenant.kubectl(
                                "delete", "pod", pod.getMetadata().getName(), "--wait=false")));
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(tenant.pods()).hasSize(1));
        assertThat(storage.filesWith(forms(leaked), mark))
                .isNotEmpty()
                .allSatisfy(file -> assertThat(file.toString()).contains("leak"));
        // The kubelet unmounts after the pod's object is gone, or before; here it need not have the last word yet.
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(
                        () -> assertThat(storage.filesWith(forms(canary), mark)).isEmpty());
    }

    /** While somebody may approve them, the gateway keeps what was changed; it is the one place more, and is so no longer than that. */
    private ToolRun declined(Tenant tenant, String canary) {
        tenant.policy(
                "commits",
                SecretsTest.POLICY
                        + "  storage: " + CommitTest.EVERYTHING
                        + "\nworkspace: {sources: [{persistentVolumeClaim: {claimName: repo}}], commit: Manual}\n");
        try (NodeVolume _ = NodeVolume.of(tenant, "repo").with("file", "text")) {
            ToolRun run = tenant.until(
                    tenant.create(shell("cp /run/secrets/token copy")
                            .withPolicy("commits")
                            .withSecrets("token")
                            .withClaim("repo", "")
                            .withCommit(Commit.Manual)),
                    now -> now.getStatus() != null
                            && now.getStatus().conditions().stream()
                                    .anyMatch(condition -> "AwaitingApproval".equals(condition.getReason())));
            assertThat(keptWith(canary)).hasSize(1);

            tenant.cancel(run);

            assertThat(CommitTest.outcome(tenant.finished(run))).isEqualTo("False/Cancelled");
            await().atMost(Tenant.PATIENCE)
                    .untilAsserted(() -> assertThat(keptWith(canary)).isEmpty());
            return run;
        }
    }

    private List<Path> keptWith(String canary) {
        return storage.contents().stream()
                .filter(file -> {
                    try {
                        return Files.readString(file, StandardCharsets.ISO_8859_1)
                                .contains(canary);
                    } catch (IOException gone) {
                        return false;
                    }
                })
                .toList();
    }

    /** The pod's object has it backwards, so that it is in the log alone. */
    private static void leak(Tenant tenant, String leaked) {
        String backwards = new StringBuilder(leaked).reverse().toString();
        kubectl(
                tenant,
                "run",
                "leak",
                "--image=cofferdam.local/shell:1",
                "--restart=Never",
                "--overrides=" + """
                {"spec":{"securityContext":{"runAsNonRoot":true,"runAsUser":65532,"seccompProfile":{"type":"RuntimeDefault"}},
                "containers":[{"name":"leak","image":"cofferdam.local/shell:1","command":["sh","-c","echo $0 | rev","%s"],
                "securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]}}""".formatted(backwards));
        await().atMost(Tenant.PATIENCE).until(() -> tenant.log("leak").contains(leaked));
    }

    /** All that anybody said of the tenant's runs: objects, events, logs and metrics. */
    private static String said(Tenant tenant) {
        List<String> said =
                new ArrayList<>(List.of(tenant.kubectl("get", "trun,sbp,pods,events,configmaps", "--output=yaml")
                        .text()));
        tenant.pods()
                .forEach(pod -> said.add(
                        tenant.kubectl("logs", pod.getMetadata().getName()).text()));
        for (String part : List.of(Names.CONTROLLER, Names.GATEWAY)) {
            Tenant.systemPods(part).forEach(pod -> {
                String name = pod.getMetadata().getName();
                said.add(Kubectl.kubectl("--namespace=" + Names.SYSTEM_NAMESPACE, "logs", name)
                        .text());
                said.add(Metrics.of(pod));
            });
        }
        assertThat(said.getLast()).contains("cofferdam_");
        return said.stream().collect(Collectors.joining("\n"));
    }

    /** As a store or a log may have it, in base64 whatever stands before it. */
    private static List<String> forms(String value) {
        return List.of(
                value,
                HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8)),
                base64(value).substring(0, 40),
                base64("x" + value).substring(2, 40),
                base64("xx" + value).substring(3, 40));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void kubectl(Tenant tenant, String... arguments) {
        Kubectl.Answer answer = tenant.kubectl(arguments);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }
}
