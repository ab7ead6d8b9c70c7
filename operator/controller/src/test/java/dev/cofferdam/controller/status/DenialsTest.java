package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** One sentence for all that a tool was denied, however much that was and whatever it is called. */
class DenialsTest {
    @Test
    void saysNothingOfWhatWasNotDenied() {
        assertThat(Denials.of(status("{phase: Succeeded}"))).isEmpty();
        assertThat(
                        Denials.of(
                                status(
                                        "{audit: {sources: [{source: controller, total: 1, denied: 1}, {source: gateway/a, total: 3, denied: 0}]}}")))
                .isEmpty();
    }

    @Test
    void namesAFewOnceEach() {
        StringBuilder events = new StringBuilder();
        for (int at = 0; at < 50; at++) {
            events.append(
                    "{seq: 1, timestamp: t, eventType: NetworkAccess, action: connect, result: Denied, resource: 'h%d.example:443', detail: {reason: HostNotAllowed}},"
                            .formatted(at / 10));
        }
        events.append(
                "{seq: 2, timestamp: t, eventType: ProcessExec, action: exec, result: Denied, resource: \"a\\nb\"}");

        assertThat(Denials.of(status("{audit: {sources: [{source: gateway/a, total: 900, denied: 100000, events: ["
                        + events + "]}]}}")))
                .hasValueSatisfying(note -> assertThat(note)
                        .startsWith(
                                "the tool was denied 100000 accesses, among them \"h0.example:443\" (HostNotAllowed), ")
                        .contains("h4.example")
                        .hasSizeLessThan(700)
                        .doesNotContain("\n"));
        assertThat(
                        Denials.of(
                                status(
                                        "{audit: {sources: [{source: gateway/a, total: 1, denied: 1, events: [{seq: 1, timestamp: t, eventType: ProcessExec, action: exec, result: Denied, resource: \"a\\nb\"}]}]}}")))
                .contains(
                        "the tool was denied 1 access, among them \"a\\u000ab\"; status.audit has the newest, the audit log has all");
    }

    private static ToolRunStatus status(String yaml) {
        return Serialization.unmarshal("status: " + yaml, ToolRun.class).getStatus();
    }
}
