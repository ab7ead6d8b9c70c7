package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.record.OutputRecord;
import dev.cofferdam.record.StreamRecord;
import java.time.Instant;
import java.util.Optional;

/**
 * How a run ended, to be stored once.
 *
 * @param startedAt when {@code started} arrived, by our clock
 * @param finishedAt when the end was known, by our clock
 * @param result what the supervisor said; empty where it was caught lying: the outcome is then Tampered, and nothing else of it is believed
 * @param changes what the tool changed; empty where it had no view of a workspace, and where it was caught lying
 * @param outputs the files that the run asked for; empty where it asked for none, and where nobody could tell of them
 * @param contents what of the changes is kept for their commit
 * @param stop why it was ordered to stop; empty where it was not
 * @param audit this gateway's chain, with the end in it
 */
public record Facts(
        Claim claim,
        Optional<Instant> startedAt,
        Instant finishedAt,
        Optional<SupervisorFrame.Result> result,
        Optional<SupervisorFrame.Changes> changes,
        Optional<SupervisorFrame.Outputs> outputs,
        Optional<KeptContents> contents,
        Optional<String> stop,
        OutputRecord output,
        AuditSource audit) {

    public Outcome outcome() {
        return result.map(SupervisorFrame.Result::outcome).orElse(Outcome.Tampered);
    }

    /** Whether anything of what the tool said is in them. */
    boolean hasStreams() {
        return outputs.isPresent()
                || !output.stdout().text().isEmpty()
                || !output.stderr().text().isEmpty();
    }

    /** The same without what the tool said, for an API server that refused them as too large. */
    public Facts withoutStreams(AuditSource chain) {
        OutputRecord omitted = new OutputRecord(
                StreamRecord.omitted(output.stdout().total()),
                StreamRecord.omitted(output.stderr().total()));
        return new Facts(
                claim, startedAt, finishedAt, result, changes, Optional.empty(), contents, stop, omitted, chain);
    }
}
