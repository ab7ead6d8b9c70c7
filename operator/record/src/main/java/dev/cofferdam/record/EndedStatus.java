package dev.cofferdam.record;

import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.api.v1alpha1.Changes;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ReturnedFile;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import java.util.List;

/**
 * What is remembered of a run that has ended. It may wait a day for somebody to approve its changes, and there may be many such: what their tools said is in the API server, and
 * nobody here reads it again. A status that lacks something must never be written back with what it lacks.
 */
public final class EndedStatus {
    private EndedStatus() {}

    /** Without what the tool wrote: its output, and the files that come back. */
    public static ToolRunStatus withoutOutput(ToolRunStatus status) {
        return with(
                status,
                status.result() == null ? null : silent(status.result()),
                status.changes() == null
                        ? null
                        : with(status.changes(), status.changes().items(), List.of()));
    }

    /** Without that, and without the list of what it changed. */
    public static ToolRunStatus withoutOutputAndItems(ToolRunStatus status) {
        return with(
                status,
                status.result() == null ? null : silent(status.result()),
                status.changes() == null ? null : with(status.changes(), List.of(), List.of()));
    }

    private static ToolRunStatus with(ToolRunStatus status, Result result, Changes changes) {
        return new ToolRunStatus(
                status.observedGeneration(),
                status.phase(),
                status.exitCode(),
                status.conditions(),
                status.decision(),
                status.effective(),
                status.sandbox(),
                status.plan(),
                status.attempts(),
                status.replayOf(),
                status.execution(),
                result,
                changes,
                status.commit(),
                status.error(),
                status.audit(),
                status.settled());
    }

    private static Changes with(Changes changes, List<ChangedFile> items, List<ReturnedFile> outputs) {
        return new Changes(
                changes.added(),
                changes.modified(),
                changes.deleted(),
                changes.denied(),
                changes.digest(),
                items,
                changes.truncated(),
                changes.complete(),
                outputs,
                changes.contents());
    }

    private static Result silent(Result result) {
        return new Result(
                result.podUID(),
                result.exitCode(),
                result.signal(),
                result.outcome(),
                null,
                null,
                result.stdoutEncoding(),
                result.stderrEncoding(),
                result.stdoutBytes(),
                result.stderrBytes(),
                result.stdoutTruncated(),
                result.stderrTruncated(),
                result.durationMillis(),
                result.cpuMillis(),
                result.peakMemoryBytes(),
                result.step(),
                result.open(),
                result.program(),
                result.secrets(),
                result.paths(),
                result.stopReason(),
                result.finishedAt());
    }
}
