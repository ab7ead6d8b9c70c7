package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What two runs of one idempotency key must have in common, and what not. */
class CallTest {
    private static final String RUN = "policyRef: {name: p}, tool: sh, idempotencyKey: k, args: [a]";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mode: Run",
                "stdinEncoding: UTF8",
                "outputMode: Truncate",
                "stdin: ''",
                "env: []",
                "timeout: ''",
                "workspace: {}",
                "requestedBy: somebody",
                "ttlAfterFinished: 5m",
                "cancel: true",
            })
    void isTheSameCall(String more) {
        assertThat(Call.digest(spec(more))).isEqualTo(Call.digest(spec("")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mode: DecideOnly",
                "outputMode: Fail",
                "stdin: x",
                "stdinEncoding: Base64",
                "env: [{name: A}]",
                "env: [{name: A, value: b}]",
                "timeout: 5s",
                "workspace: {source: {inline: [{path: a}]}}",
                "workspace: {outputs: [a]}",
                "secrets: [s]",
                "capabilities: ['FILE_READ(a)']",
                "tool: bash",
                "args: [b]",
                "idempotencyKey: other",
                "policyRef: {name: q}",
            })
    void isAnotherCall(String more) {
        assertThat(Call.digest(spec(more))).isNotEqualTo(Call.digest(spec("")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"mode: Run | true", "mode: DecideOnly | false", "idempotencyKey: '' | false"})
    void countsWhereSomethingIsExecuted(String more, boolean keyed) {
        assertThat(Call.isKeyed(spec(more))).isEqualTo(keyed);
    }

    private static ToolRunSpec spec(String more) {
        Map<String, Object> fields = new LinkedHashMap<>(fields(RUN));
        fields.putAll(fields(more));
        return Serialization.unmarshal(Serialization.asYaml(fields), ToolRunSpec.class);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> fields(String text) {
        return Serialization.unmarshal("---\n{" + text + "}", Map.class);
    }
}
