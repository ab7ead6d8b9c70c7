package dev.cofferdam.controller.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.record.AuditChain;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which lines are written by a process that goes on, and by one that goes on where another was killed. */
class AuditLogTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final AuditLog log = new AuditLog(new PrintStream(out, true, UTF_8));

    /** All lines of the run, as whoever stored them would have written them. */
    private final List<String> lines = new ArrayList<>();

    private AuditChain chain = AuditChain.start("controller", "r", "p/sh", "1@sha256:0");

    @Test
    void eachLineIsWrittenOnceByWhoStoresIt() {
        ToolRun created = stored();
        append("decide", "claim");
        log.stored(created, lines);
        ToolRun claimed = stored();
        append("end");
        log.stored(claimed, lines.subList(2, 3));
        log.seen(stored());

        assertThat(written()).isEqualTo(lines);
    }

    @Test
    void whoGoesOnWritesFirstWhatTheKilledOneMayNotHave() {
        append("decide", "claim");
        ToolRun claimed = stored();
        append("end");

        log.stored(claimed, lines.subList(2, 3));

        assertThat(written()).as("byte by byte, with their hashes").isEqualTo(lines);
    }

    /** The API server's answer was lost, and somebody else saw what was stored before it was asked again. */
    @Test
    void whatWasSeenIsNotWrittenAgain() {
        ToolRun created = stored();
        append("decide", "claim");
        log.seen(stored());
        log.stored(created, lines);

        assertThat(written()).isEqualTo(lines);
    }

    @Test
    void ofRunsThatAreOverOnlyTheLatestAreWrittenAgain() {
        append("decide", "end");
        log.seen(stored(), NOW.plusMillis(1));
        assertThat(written()).isEmpty();

        log.seen(stored(), NOW);
        log.seen(stored(), NOW);
        assertThat(written()).isEqualTo(lines);
    }

    /** The status keeps the newest hundred; the hashes of what is left cannot be told. */
    @Test
    void ofAChainThatIsNotKeptWholeNothingIsMadeUp() {
        for (int event = 0; event <= AuditChain.KEPT_EVENTS; event++) {
            append("set");
        }
        log.seen(stored());

        assertThat(written()).isEmpty();
    }

    @Test
    void aRunWithoutARecordHasNoLines() {
        log.seen(stored());
        log.seen(stored(), NOW);

        assertThat(written()).isEmpty();
    }

    private void append(String... actions) {
        for (String action : actions) {
            chain = chain.append(
                    NOW, AuditEventType.ProcessExec, "sh ж", action, AuditResult.Allowed, Map.of("k", "v", "a", "b"));
            lines.add(chain.lastLine());
        }
    }

    /** The run as the API server has it. */
    private ToolRun stored() {
        String audit = lines.isEmpty()
                ? "{}"
                : "{audit: {sources: [{source: gateway/a, total: 1}, " + Serialization.asJson(chain.state()) + "]}}";
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: r, uid: r, namespace: n}
                spec: {policyRef: {name: p}, tool: sh}
                status: %s
                """.formatted(audit), ToolRun.class);
    }

    private List<String> written() {
        return out.toString(UTF_8).lines().toList();
    }
}
