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
                                "the tool was denied 100000 accesses, among them connect \"h0.example:443\" (HostNotAllowed) 10 times, ")
                        .contains("h4.example")
                        .hasSizeLessThan(900)
                        .doesNotContain("\n"));
        assertThat(
                        Denials.of(
                                status(
                                        "{audit: {sources: [{source: gateway/a, total: 1, denied: 1, events: [{seq: 1, timestamp: t, eventType: ProcessExec, action: exec, result: Denied, resource: \"a\\nb\"}]}]}}")))
                .contains(
                        "the tool was denied 1 access: exec \"a\\u000ab\"; status.audit has the newest, the audit log has all");
    }

    /** It was not the tool that asked for something then: somebody has stopped it. */
    @Test
    void whatWasTakenAwayIsNoDenial() {
        assertThat(
                        Denials.of(
                                status(
                                        "{audit: {sources: [{source: gateway/a, total: 1, denied: 1, events: [{seq: 1, timestamp: t, eventType: CapabilityRevoke, action: revoke, result: Denied, resource: py, detail: {reason: Suspended}}]}]}}")))
                .isEmpty();
    }

    /** Which program of a file that is many, and each time that it was tried. */
    @Test
    void countsEachTimeAndSaysWhatWasCalled() {
        String sleep =
                "{seq: 1, timestamp: t, eventType: ProcessExec, action: exec, result: Denied, resource: /bin/busybox, detail: {calledAs: sleep, count: '%d'}}";
        assertThat(
                        Denials.of(
                                status(
                                        "{audit: {sources: [{source: gateway/a, total: 5, denied: 5, events: ["
                                                + sleep.formatted(1)
                                                + "," + sleep.formatted(363) + "," + sleep.formatted(99)
                                                + ",{seq: 4, timestamp: t, eventType: ProcessExec, action: exec, result: Denied, resource: /bin/busybox, detail: {calledAs: vi, count: '1'}}"
                                                + ",{seq: 5, timestamp: t, eventType: NetworkAccess, action: resolve, result: Denied, resource: example.com, detail: {protocol: dns, count: '2'}}]}]}}")))
                .contains("the tool was denied 466 accesses: exec \"sleep\" of \"/bin/busybox\" 463 times, "
                        + "exec \"vi\" of \"/bin/busybox\", resolve \"example.com\" 2 times"
                        + "; status.audit has the newest, the audit log has all");
    }

    private static ToolRunStatus status(String yaml) {
        return Serialization.unmarshal("status: " + yaml, ToolRun.class).getStatus();
    }
}
