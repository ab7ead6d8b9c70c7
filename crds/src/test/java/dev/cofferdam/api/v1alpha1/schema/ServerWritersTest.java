package dev.cofferdam.api.v1alpha1.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the schema promises to the two writers of a status, and to those who select by it. */
@Tag("cluster")
class ServerWritersTest {
    private static final String CLAIM = """
            phase: Running
            decision: {verdict: Allowed, policyVersion: v, time: "2026-01-01T00:00:00Z"}
            effective: {runtimeClassName: gvisor, environment: [LANG]}
            attempts: [{number: 1, podName: p, podUID: uid-1}]
            audit: {sources: [{source: controller, total: 1}]}
            """;
    private static final String FACTS = """
            execution: {podUID: uid-1, startedAt: "2026-01-01T00:00:01Z"}
            result: {podUID: uid-1, outcome: Exited, exitCode: 0, stdout: "x"}
            audit: {sources: [{source: gateway/a, total: 2}]}
            """;

    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        server = Server.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void factsAndJudgementsDoNotDisturbEachOther() {
        // Given
        create("writers");
        apply("writers", "controller", CLAIM);

        // When
        apply("writers", "gateway", FACTS);
        GenericKubernetesResource end = apply(
                "writers",
                "controller",
                CLAIM.replace("Running", "Succeeded").replace(", environment: [LANG]", "") + "settled: true\n");

        // Then
        assertThat(end.<String>get("status", "result", "stdout")).isEqualTo("x");
        assertThat(end.<List<?>>get("status", "audit", "sources")).hasSize(2);
        assertThat(end.<String>get("status", "phase")).isEqualTo("Succeeded");
        assertThat(end.<Object>get("status", "effective", "environment"))
                .as("left out by its owner")
                .isNull();
    }

    @Test
    void nobodyWritesWhatTheOtherOwns() {
        // Given
        create("owners");
        apply("owners", "controller", CLAIM);
        apply("owners", "gateway", FACTS);

        // Then
        assertThatThrownBy(() -> apply("owners", "gateway", FACTS + "phase: Failed\n"))
                .isInstanceOfSatisfying(KubernetesClientException.class, ServerWritersTest::conflict);
        assertThatThrownBy(() -> apply("owners", "controller", CLAIM + "execution: {podUID: uid-1}\n"))
                .isInstanceOfSatisfying(KubernetesClientException.class, ServerWritersTest::conflict);
    }

    @Test
    void aRunThatSettlesLeavesTheSelection() throws InterruptedException {
        // Given
        create("settles");
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (var watch = server.resources("ToolRun")
                .inNamespace(server.namespace())
                .withField("metadata.name", "settles")
                .withoutField("status.settled", "true")
                .watch(new Watcher<GenericKubernetesResource>() {
                    @Override
                    public void eventReceived(Action action, GenericKubernetesResource run) {
                        seen.add(action.name());
                    }

                    @Override
                    public void onClose(WatcherException cause) {}
                })) {
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isEqualTo("ADDED");

            // When
            apply("settles", "controller", CLAIM.replace("Running", "Failed") + "settled: true\n");

            // Then
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isEqualTo("DELETED");
        }
    }

    @Test
    void runsAreSelectedByPhasePolicyToolAndSettled() {
        // Given
        create("selected");
        apply("selected", "controller", CLAIM.replace("Running", "Failed") + "settled: true\n");

        // Then
        assertThat(names(Map.of(
                        "status.phase",
                        "Failed",
                        "status.settled",
                        "true",
                        "spec.policyRef.name",
                        "selected",
                        "spec.tool",
                        "t")))
                .containsExactly("selected");
        assertThat(names(Map.of("spec.policyRef.name", "selected", "spec.tool", "other")))
                .isEmpty();
    }

    private static void conflict(KubernetesClientException refusal) {
        assertThat(refusal.getCode()).as(refusal.getMessage()).isEqualTo(409);
    }

    private static List<String> names(Map<String, String> fields) {
        return server.resources("ToolRun").inNamespace(server.namespace()).withFields(fields).list().getItems().stream()
                .map(run -> run.getMetadata().getName())
                .toList();
    }

    private static void create(String name) {
        server.handle(server.parse("kind: ToolRun\nmetadata: {name: " + name + "}\nspec: {policyRef: {name: " + name
                        + "}, tool: t}"))
                .create();
    }

    private static GenericKubernetesResource apply(String name, String manager, String status) {
        GenericKubernetesResource run =
                server.parse("kind: ToolRun\nmetadata: {name: " + name + "}\nstatus:\n" + status.indent(2));
        return server.handle(run)
                .subresource("status")
                .patch(
                        new PatchContext.Builder()
                                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                                .withFieldManager(manager)
                                .withForce(false)
                                .build(),
                        run);
    }
}
