package dev.cofferdam.api.v1alpha1.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounds that are too large for a file of their own: each exactly at it, and one byte over it. */
@Tag("cluster")
class ServerBoundsTest {
    private static final int KIB_64 = 65_536;
    private static Server server;
    private static int runs;

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

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "🌍", "<", "\u0001"})
    void argumentsCountInBytes(String character) {
        int bytes = character.getBytes(StandardCharsets.UTF_8).length;
        String half = character.repeat(KIB_64 / 2 / bytes);
        List<String> most = List.of("", half, half);

        accepted(Map.of("args", most));
        accepted(Map.of("args", List.of(half + half)));
        List<String> more = new ArrayList<>(most);
        more.set(0, "a");
        refused(Map.of("args", more), "args may have 64 KiB");
    }

    @Test
    void manyArguments() {
        accepted(Map.of("args", Collections.nCopies(256, "a".repeat(256))));
        refused(Map.of("args", Collections.nCopies(256, "a".repeat(257))), "args may have 64 KiB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "🌍", "<"})
    void standardInputCountsInBytes(String character) {
        String most = character.repeat(KIB_64 / character.getBytes(StandardCharsets.UTF_8).length);

        accepted(Map.of("stdin", most));
        refused(Map.of("stdin", most + "a"), "stdin may have 64 KiB");
    }

    @Test
    void standardInputInBase64CountsDecoded() {
        for (int bytes = KIB_64 - 2; bytes <= KIB_64; bytes++) {
            accepted(base64(bytes));
        }
        refused(base64(KIB_64 + 1), "stdin may have 64 KiB");
        refused(base64(KIB_64 + 2), "stdin may have 64 KiB");
        refused(base64(KIB_64 + 3), "spec.stdin: Too long");
    }

    @Test
    void environmentCountsInBytes() {
        var most = List.of(
                Map.of("name", "A", "value", "a".repeat(KIB_64 / 2 - 1)),
                Map.of("name", "B", "value", "é".repeat(KIB_64 / 4 - 1) + "a"));

        accepted(Map.of("env", most));
        refused(Map.of("env", List.of(most.get(0), most.get(1), Map.of("name", "C"))), "env may have 64 KiB");
    }

    /** All bounds at once: an object that the API server still stores, and updates by its rules within their runtime cost. */
    @Test
    void everythingAtOnce() {
        Map<String, Object> spec = new HashMap<>();
        spec.put("args", Collections.nCopies(256, "<".repeat(256)));
        spec.put("stdin", "<".repeat(KIB_64));
        spec.put("env", Collections.nCopies(64, Map.of("name", "A", "value", "<".repeat(1023))));
        GenericKubernetesResource stored = accepted(spec);

        stored.<Map<String, Object>>get("spec").put("cancel", true);
        assertThat(server.handle(stored).update().<Boolean>get("spec", "cancel"))
                .isTrue();
    }

    private static Map<String, Object> base64(int bytes) {
        return Map.of("stdin", Base64.getEncoder().encodeToString(new byte[bytes]), "stdinEncoding", "Base64");
    }

    private static GenericKubernetesResource accepted(Map<String, Object> fields) {
        GenericKubernetesResource stored = server.handle(run(fields)).create();
        assertThat(stored.<Map<String, Object>>get("spec")).containsAllEntriesOf(fields);
        return stored;
    }

    private static void refused(Map<String, Object> fields, String message) {
        assertThatThrownBy(() -> server.handle(run(fields)).create())
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        e -> assertThat(e.getStatus().getMessage()).contains(message));
    }

    private static GenericKubernetesResource run(Map<String, Object> fields) {
        GenericKubernetesResource run =
                server.parse("apiVersion: v1\nkind: ToolRun\nmetadata: {name: bounds-" + runs++ + "}");
        Map<String, Object> spec = new HashMap<>(Map.of("policyRef", Map.of("name", "p"), "tool", "t"));
        spec.putAll(fields);
        run.setAdditionalProperty("spec", spec);
        return run;
    }
}
