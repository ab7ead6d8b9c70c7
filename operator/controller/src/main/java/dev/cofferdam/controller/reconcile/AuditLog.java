package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Journal;
import dev.cofferdam.record.AuditChain;
import dev.cofferdam.record.Newest;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The controller's lines of the audit stream. Each is written when the status that tells of it is stored; and where it may not have been, because the process before was
 * killed in between or nobody heard the API server's answer, once more, byte by byte the same, from what is stored. So a line may come twice, and none is missing of a
 * run that is there. Thread-safe.
 */
public final class AuditLog {
    private static final int KNOWN_MOST = 20_000;

    private final PrintStream out;

    /** How many events of each run this process has written, by its UID. May forget: then lines come twice. */
    private final Map<String, Long> written = new Newest<>(KNOWN_MOST);

    /** @param out one JSON object a line */
    public AuditLog(PrintStream out) {
        this.out = out;
    }

    /**
     * A status is stored.
     *
     * @param before as the run was before; what that has, and this process has not written, comes first
     * @param lines of what it adds
     */
    synchronized void stored(ToolRun before, List<String> lines) {
        seen(before);
        long already = Math.max(0, written(before) - total(before));
        lines.stream().skip(already).forEach(out::println);
        note(before, total(before) + lines.size());
    }

    /** A run as it is stored, of which the former process may have written the newest lines no more. */
    synchronized void seen(ToolRun run) {
        source(run).filter(source -> source.total() > written(run)).ifPresent(source -> {
            AuditChain.lines(run.getMetadata().getUid(), source).stream()
                    .skip(written(run))
                    .forEach(out::println);
            note(run, source.total());
        });
    }

    /** The same, where its newest event is of that time or later. */
    void seen(ToolRun run, Instant since) {
        boolean isRecent = source(run)
                .filter(source -> !source.events().isEmpty())
                .map(source -> Instant.parse(source.events().getLast().timestamp()))
                .filter(newest -> !newest.isBefore(since))
                .isPresent();
        if (isRecent) {
            seen(run);
        }
    }

    private long written(ToolRun run) {
        return written.getOrDefault(run.getMetadata().getUid(), 0L);
    }

    private void note(ToolRun run, long events) {
        written.merge(run.getMetadata().getUid(), events, Math::max);
    }

    private static long total(ToolRun run) {
        return source(run).map(AuditSource::total).orElse(0L);
    }

    private static Optional<AuditSource> source(ToolRun run) {
        return Journal.stored(run.getStatus()).filter(source -> source.total() != null);
    }
}
