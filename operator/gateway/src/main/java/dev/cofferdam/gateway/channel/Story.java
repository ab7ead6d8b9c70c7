package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.gateway.channel.ChannelState.Step;
import dev.cofferdam.policy.Job;
import dev.cofferdam.record.OutputRecord;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import dev.cofferdam.record.StreamRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/**
 * What the supervisor of one session has told so far, what of it is on record, and the facts that its end comes to. A supervisor that resumes tells all of it again; once
 * on record is enough. Not thread-safe.
 */
final class Story {
    private static final String WORKSPACE = "/workspace/";
    private static final int PATH_SHOWN_MOST = 512;
    private static final int PROGRAM_SHOWN_MOST = 256;
    private static final String INTERRUPTED = "Interrupted";

    /** Longer than any policy allows. */
    private static final long DURATION_BELIEVED_MOST = Duration.ofDays(1).toMillis();

    private final Claim claim;
    private final Surroundings around;

    /** Whether another process handed out the job: what is told again here may have happened long ago. */
    private final boolean taken;

    private final IntSupplier told;
    private ChannelState state;
    private String program;
    private Optional<Instant> startedAt = Optional.empty();

    /** How many of the supervisor's events are on record. */
    private int noted;

    /** Whether what another process had under way has yet to be told of. */
    private boolean interrupted;

    /** @param told how many of the supervisor's events are stored, by whomever */
    Story(Claim claim, Surroundings around, boolean taken, IntSupplier told) {
        this.claim = claim;
        this.around = around;
        this.taken = taken;
        this.told = told;
        this.interrupted = taken;
        this.state = ChannelState.fresh(claim.outputBytes(), claim.gate().names(), claim.secrets(), claim.files());
        this.program = claim.tool();
    }

    /** It begins with the job that is about to leave: every key of it is on record before that. */
    void begin(Job job) {
        state = ChannelState.fresh(
                job.limits().outputBytes(), claim.gate().names(), Set.copyOf(job.secrets()), job.workspace());
        program = Quoted.bounded(job.argv().getFirst(), PROGRAM_SHOWN_MOST);
        job.environment()
                .forEach(variable -> note(
                        AuditEventType.EnvironmentAccess, variable.name(), "provide", AuditResult.Allowed, Map.of()));
        job.secrets()
                .forEach(name -> note(AuditEventType.SecretAccess, name, "provide", AuditResult.Allowed, Map.of()));
    }

    /** It is told again, from its beginning. */
    void again() {
        state = state.again();
        // What another process had under way is on no record but its own, which has no end.
        noteOfProcess("resume", AuditResult.Allowed, interrupted ? Map.of("before", INTERRUPTED) : Map.of());
        interrupted = false;
    }

    /** It goes on. What ends it, or breaks its rules, is the caller's business. */
    Step receive(SupervisorFrame frame) {
        Step step = state.receive(frame);
        switch (step) {
            case Step.Advanced advanced -> state = advanced.state();
            case Step.ToolStarted started -> {
                state = started.state();
                if (startedAt.isEmpty()) {
                    startedAt = Optional.of(around.clock().instant());
                    noteOfProcess("start", AuditResult.Allowed, Map.of());
                }
            }
            case Step.Happened happened -> {
                state = happened.state();
                // It may have been at another replica meanwhile, which has them on record.
                noted = Math.max(noted, told.getAsInt());
                if (happened.number() > noted) {
                    noted = happened.number();
                    SupervisorFrame.Event event = happened.event();
                    note(event.type(), event.resource(), event.action(), event.result(), BoxRefusal.detail(event));
                }
            }
            case Step.ToolEnded ended -> state = ended.state();
            case Step.Violation ignored -> {}
        }
        return step;
    }

    /**
     * Its end, on record.
     *
     * @param stop why the tool was ordered to stop, if it was
     * @param contents what is kept of what it changed
     */
    Facts end(Step.ToolEnded end, Optional<String> stop, Optional<KeptContents> contents) {
        SupervisorFrame.Result result = end.result();
        OutputRecord output = OutputRecord.of(
                StreamRecord.of(end.stdout(), result.stdoutBytes()),
                StreamRecord.of(end.stderr(), result.stderrBytes()));
        result.secrets()
                .forEach(name -> note(
                        AuditEventType.SecretAccess,
                        name,
                        "provide",
                        AuditResult.Error,
                        Map.of("reason", result.outcome().name())));
        end.changes().ifPresent(this::noteChanges);
        AuditResult how = result.outcome() == Outcome.Exited ? AuditResult.Allowed : AuditResult.Error;
        AuditSource audit = noteOfProcess("exit", how, detail(result, stop));
        Instant now = around.clock().instant();
        return new Facts(
                claim,
                startedAt.map(seen -> began(seen, now, result)),
                now,
                Optional.of(result),
                end.changes(),
                end.outputs(),
                end.changes().flatMap(SupervisorFrame.Changes::contents).flatMap(said -> contents),
                stop,
                output,
                audit);
    }

    private static Map<String, String> detail(SupervisorFrame.Result result, Optional<String> stop) {
        Map<String, String> detail =
                new TreeMap<>(Map.of("outcome", result.outcome().name()));
        result.exitCode().ifPresent(code -> detail.put("exitCode", Integer.toString(code)));
        result.signal().ifPresent(signal -> detail.put("signal", Integer.toString(signal)));
        result.step().ifPresent(step -> detail.put("step", step));
        result.open().ifPresent(open -> detail.put("open", open));
        result.program().ifPresent(denied -> detail.put("program", denied));
        stop.ifPresent(reason -> detail.put("stop", reason));
        return detail;
    }

    private void noteChanges(SupervisorFrame.Changes changes) {
        for (SupervisorFrame.Violation violation : changes.violations()) {
            note(
                    AuditEventType.FilesystemAccess,
                    Quoted.bounded(WORKSPACE + violation.path(), PATH_SHOWN_MOST),
                    "write",
                    AuditResult.Denied,
                    Map.of("reason", violation.reason()));
        }
        note(
                AuditEventType.FilesystemAccess,
                WORKSPACE,
                "change",
                changes.complete() ? AuditResult.Allowed : AuditResult.Error,
                Map.of(
                        "added", Integer.toString(changes.added()),
                        "modified", Integer.toString(changes.modified()),
                        "deleted", Integer.toString(changes.deleted()),
                        "denied", Integer.toString(changes.violationsTotal()),
                        "digest", changes.digest()));
    }

    /** When the tool started: when we saw it, or, where another process did, by how long it ran. */
    private Instant began(Instant seen, Instant now, SupervisorFrame.Result result) {
        Instant said = now.minusMillis(Math.min(result.durationMillis(), DURATION_BELIEVED_MOST));
        return taken && said.isBefore(seen) ? said : seen;
    }

    /**
     * Its end, on record, where nothing that was told is believed any more.
     *
     * @param rule that no honest supervisor breaks
     */
    Facts tampered(String rule, Optional<String> stop) {
        note(AuditEventType.PolicyViolation, Refusals.RUN_CHANNEL, "tamper", AuditResult.Denied, Map.of("rule", rule));
        AuditSource audit = noteOfProcess("exit", AuditResult.Error, Map.of("outcome", Outcome.Tampered.name()));
        OutputRecord nothing = new OutputRecord(StreamRecord.omitted(0), StreamRecord.omitted(0));
        return new Facts(
                claim,
                startedAt,
                around.clock().instant(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                stop,
                nothing,
                audit);
    }

    /** The run is gone, and its end is on record. */
    void gone(String reason) {
        noteOfProcess("exit", AuditResult.Error, Map.of("reason", reason));
    }

    /** What a policy had granted is taken away. */
    void revoked(Reason reason) {
        note(
                AuditEventType.CapabilityRevoke,
                claim.tool(),
                "revoke",
                AuditResult.Denied,
                Map.of("reason", reason.name()));
    }

    /** It goes on at another replica. */
    void leave() {
        if (startedAt.isPresent()) {
            noteOfProcess("leave", AuditResult.Allowed, Map.of());
        }
    }

    /** What the tool said is not stored with its end: it is too large. */
    AuditSource withoutStreams() {
        return noteOfProcess("store", AuditResult.Error, Map.of("reason", Reason.OutputNotStored.name()));
    }

    /** What is on record so far. */
    Interim soFar(AuditSource chain) {
        return new Interim(claim, startedAt, noted, chain);
    }

    /** What the tool wrote is on record, or is lost; the session may be there for as long as somebody takes to approve its changes. */
    void release() {
        state = ChannelState.fresh(0, Set.of(), Set.of(), claim.files());
    }

    /** Bytes of the tool's output that it holds. */
    int held() {
        return state.stdout().size() + state.stderr().size();
    }

    private AuditSource noteOfProcess(String action, AuditResult result, Map<String, String> detail) {
        return note(AuditEventType.ProcessExec, program, action, result, detail);
    }

    private AuditSource note(
            AuditEventType type, String resource, String action, AuditResult result, Map<String, String> detail) {
        return around.note(claim, type, resource, action, result, detail);
    }
}
