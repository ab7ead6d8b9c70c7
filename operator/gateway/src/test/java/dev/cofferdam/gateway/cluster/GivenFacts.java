package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.gateway.channel.Facts;
import dev.cofferdam.gateway.channel.Interim;
import dev.cofferdam.gateway.channel.Results;
import dev.cofferdam.gateway.channel.SupervisorFrame;
import dev.cofferdam.record.AuditChain;
import dev.cofferdam.record.OutputRecord;
import dev.cofferdam.record.StreamRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What this gateway has learnt of the run of {@link Given#CLAIM}. */
final class GivenFacts {
    static final Instant STARTED = Instant.parse("2026-01-01T00:00:00Z");
    static final Instant FINISHED = Instant.parse("2026-01-01T00:00:01Z");
    static final AuditChain CHAIN = AuditChain.start("gateway/g", Given.RUN_UID, "p/t", "v")
            .append(FINISHED, AuditEventType.ProcessExec, "sh", "exit", AuditResult.Allowed, Map.of());

    private GivenFacts() {}

    static Facts of(Results end) {
        return of(result(end));
    }

    /** @param result empty of a supervisor that lied */
    static Facts of(Optional<SupervisorFrame.Result> result) {
        return new Facts(
                Given.CLAIM,
                Optional.of(STARTED),
                FINISHED,
                result,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("PolicyChanged"),
                output(),
                CHAIN.state());
    }

    static Optional<SupervisorFrame.Result> result(Results end) {
        return Optional.of(end.wrote(3, 0).took(1, 1, 1).result());
    }

    static OutputRecord output() {
        return OutputRecord.of(StreamRecord.of("out".getBytes(StandardCharsets.UTF_8), 3), StreamRecord.omitted(0));
    }

    /** So far: three of its supervisor's events. */
    static Interim interim() {
        return new Interim(Given.CLAIM, Optional.of(STARTED), 3, CHAIN.state());
    }
}
