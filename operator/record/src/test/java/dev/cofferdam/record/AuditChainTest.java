package dev.cofferdam.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class AuditChainTest {
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final AuditEvent EVENT = new AuditEvent(
            1L,
            TIME.toString(),
            "p/t",
            AuditEventType.ProcessExec,
            "sh",
            "start",
            AuditResult.Allowed,
            "1@sha256:0",
            Map.of("k", "v"));

    @Test
    void numbersAreGaplessAndCountsExactWhenOnlyTheNewestAreKept() {
        AuditChain chain = chain(0);
        for (int i = 0; i < 250; i++) {
            AuditResult result = i % 5 == 0 ? AuditResult.Denied : i % 5 == 1 ? AuditResult.Error : AuditResult.Allowed;
            chain = chain.append(TIME, AuditEventType.NetworkAccess, "host", "connect", result, Map.of());
        }
        assertThat(chain.state().events()).hasSize(AuditChain.KEPT_EVENTS);
        assertThat(chain.state().events().stream().map(AuditEvent::seq))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(151, 250).boxed().toList());
        assertThat(chain.state().total()).isEqualTo(250);
        assertThat(chain.state().allowed()).isEqualTo(150);
        assertThat(chain.state().denied()).isEqualTo(50);
        assertThat(chain.state().dropped()).isEqualTo(150);
    }

    @Test
    void aResumedChainIsTheSameAsOneThatNeverStopped() {
        AuditChain stored = chain(7);
        AuditChain resumed = AuditChain.resume("run", "p/t", "1@sha256:0", stored.state());
        assertThat(resumed.append(TIME, AuditEventType.ProcessExec, "sh", "exit", AuditResult.Error, Map.of()))
                .isEqualTo(stored.append(TIME, AuditEventType.ProcessExec, "sh", "exit", AuditResult.Error, Map.of()));
    }

    @Test
    void theHeadCoversEveryFieldTheRunAndTheHeadBefore() {
        String head = AuditChain.hash("before", EVENT, "run", "s");
        List<AuditEvent> others = List.of(
                new AuditEvent(
                        2L,
                        EVENT.timestamp(),
                        "p/t",
                        EVENT.eventType(),
                        "sh",
                        "start",
                        EVENT.result(),
                        "1@sha256:0",
                        EVENT.detail()),
                new AuditEvent(
                        1L,
                        "2026-01-02T03:04:05.679Z",
                        "p/t",
                        EVENT.eventType(),
                        "sh",
                        "start",
                        EVENT.result(),
                        "1@sha256:0",
                        EVENT.detail()),
                new AuditEvent(
                        1L,
                        EVENT.timestamp(),
                        "p/u",
                        EVENT.eventType(),
                        "sh",
                        "start",
                        EVENT.result(),
                        "1@sha256:0",
                        EVENT.detail()),
                new AuditEvent(
                        1L,
                        EVENT.timestamp(),
                        "p/t",
                        AuditEventType.NetworkAccess,
                        "sh",
                        "start",
                        EVENT.result(),
                        "1@sha256:0",
                        EVENT.detail()),
                new AuditEvent(
                        1L,
                        EVENT.timestamp(),
                        "p/t",
                        EVENT.eventType(),
                        "sg",
                        "start",
                        EVENT.result(),
                        "1@sha256:0",
                        EVENT.detail()),
                new AuditEvent(
                        1L,
                        EVENT.timestamp(),
                        "p/t",
                        EVENT.eventType(),
                        "sh",
                        "stars",
                        EVENT.result(),
                        "1@sha256:0",
                        EVENT.detail()),
                new AuditEvent(
                        1L,
                        EVENT.timestamp(),
                        "p/t",
                        EVENT.eventType(),
                        "sh",
                        "start",
                        AuditResult.Denied,
                        "1@sha256:0",
                        EVENT.detail()),
                new AuditEvent(
                        1L,
                        EVENT.timestamp(),
                        "p/t",
                        EVENT.eventType(),
                        "sh",
                        "start",
                        EVENT.result(),
                        "2@sha256:0",
                        EVENT.detail()),
                new AuditEvent(
                        1L,
                        EVENT.timestamp(),
                        "p/t",
                        EVENT.eventType(),
                        "sh",
                        "start",
                        EVENT.result(),
                        "1@sha256:0",
                        Map.of("k", "w")));
        assertThat(others).hasSize(AuditEvent.class.getRecordComponents().length);
        assertThat(others.stream().map(e -> AuditChain.hash("before", e, "run", "s")))
                .doesNotContain(head)
                .doesNotHaveDuplicates();
        assertThat(AuditChain.hash("other", EVENT, "run", "s")).isNotEqualTo(head);
        assertThat(AuditChain.hash("before", EVENT, "other", "s")).isNotEqualTo(head);
        assertThat(AuditChain.hash("before", EVENT, "run", "t")).isNotEqualTo(head);
    }

    @Test
    void aBudgetDropsTheOldestEventsAndNothingElse() {
        AuditChain chain = chain(100);
        AuditChain less = chain.within(10_000);
        assertThat(Budgets.bytes(less.state())).isLessThanOrEqualTo(10_000);
        assertThat(less.state().events()).isNotEmpty().hasSizeLessThan(100);
        assertThat(less.last()).isEqualTo(chain.last());
        assertThat(less.state().total()).isEqualTo(100);
        assertThat(less.state().dropped()).isEqualTo(100 - less.state().events().size());
        assertThat(less.state().head()).isEqualTo(chain.state().head());
        assertThat(chain.within(Budgets.AUDIT_BYTES)).isEqualTo(chain);
    }

    @Test
    void whatSomebodyElseWroteIsBoundedAndEscaped() {
        AuditChain chain = chain(0).append(
                        TIME,
                        AuditEventType.ProcessExec,
                        "a\n\u202e" + "x".repeat(5000),
                        "start",
                        AuditResult.Allowed,
                        Map.of("d", "\u0007"));
        AuditEvent event = chain.last();
        assertThat(event.resource())
                .startsWith("a\\u000a\\u202ex")
                .hasSize(AuditChain.TEXT_MOST)
                .endsWith("…");
        assertThat(event.detail()).containsEntry("d", "\\u0007");
        assertThat(chain.lastLine()).matches("[ -~]+");
    }

    private static AuditChain chain(int events) {
        AuditChain chain = AuditChain.start("gateway/g", "run", "p/t", "1@sha256:0");
        for (int i = 0; i < events; i++) {
            chain = chain.append(
                    TIME, AuditEventType.EnvironmentAccess, "LANG" + i, "provide", AuditResult.Allowed, Map.of());
        }
        return chain;
    }
}
