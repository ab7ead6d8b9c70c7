package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.Audit;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Changes;
import dev.cofferdam.api.v1alpha1.Contents;
import dev.cofferdam.api.v1alpha1.Execution;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.Facts;
import dev.cofferdam.gateway.channel.Interim;
import dev.cofferdam.gateway.channel.SupervisorFrame;
import dev.cofferdam.record.AuditChain;
import dev.cofferdam.record.Budgets;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.StreamRecord;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What facts, or what is on record before there are any, add to a run as it is now. Pure. */
final class FactsReduction {
    private static final String GATEWAYS = "gateway/";
    private static final int SIGNALLED = 128;
    private static final int TIMED_OUT = 124;
    private static final int NOT_EXECUTABLE = 126;
    private static final int NOT_FOUND = 127;

    /** An end is on record even where others have used the budget. */
    private static final int OWN_AUDIT_LEAST = 8 << 10;

    private FactsReduction() {}

    /** What is to be done with facts. */
    sealed interface Reduced {
        /** The complete set of the gateway's fields. */
        record Apply(ToolRunStatus status) implements Reduced {}

        /** These facts are there already. */
        record AlreadyThere() implements Reduced {}

        /** This run takes no facts of this pod. */
        record Refused(String detail) implements Reduced {}
    }

    static Reduced reduce(ToolRun run, Facts facts) {
        ToolRunStatus now = run.getStatus();
        return refusal(run, facts.claim())
                .orElseGet(() -> apply(
                        facts.startedAt()
                                .map(at -> execution(now, facts.claim(), at, null))
                                .orElse(null),
                        result(facts),
                        facts.changes().map(told -> changes(told, facts)).orElse(null),
                        audit(now, facts.claim(), facts.audit())));
    }

    /** What is on record so far, beside the facts of an attempt before. Whoever was taken over takes nothing back that is stored since. */
    static Reduced reduce(ToolRun run, Interim interim) {
        ToolRunStatus now = run.getStatus();
        return refusal(run, interim.claim())
                .or(() -> stored(now, interim.claim())
                        .filter(there -> there.events() != null && there.events() > interim.told())
                        .flatMap(there -> refused("more is stored, by a gateway that has the run since")))
                .orElseGet(() -> apply(
                        interim.startedAt()
                                .map(at -> execution(now, interim.claim(), at, interim.told()))
                                .orElse(now.execution()),
                        now.result(),
                        now.changes(),
                        audit(now, interim.claim(), interim.audit())));
    }

    /** That its job is about to leave: from then on nobody says that nothing ran. All that gateways have stored stays. */
    static Reduced handingOut(ToolRun run, Claim claim) {
        ToolRunStatus now = run.getStatus();
        return refusal(run, claim)
                .map(why -> why instanceof Reduced.AlreadyThere
                        ? new Reduced.Refused("the pod has told how its tool ended, and asks for a job")
                        : why)
                .orElseGet(() -> apply(
                        stored(now, claim).orElseGet(() -> new Execution(claim.podUid(), null, null)),
                        now.result(),
                        now.changes(),
                        gateways(now)));
    }

    /** Null where no gateway has stored a chain: an empty list would be one. */
    private static Audit gateways(ToolRunStatus now) {
        List<AuditSource> stored = now.audit() == null
                ? List.of()
                : now.audit().sources().stream()
                        .filter(FactsReduction::isOfGateway)
                        .toList();
        return stored.isEmpty() ? null : new Audit(stored);
    }

    private static boolean isOfGateway(AuditSource chain) {
        return chain.source() != null && chain.source().startsWith(GATEWAYS);
    }

    /** Since the earlier of what we know and what is stored: to whoever takes a run over its start is told again, later. */
    private static Execution execution(ToolRunStatus now, Claim claim, Instant startedAt, Integer told) {
        return new Execution(
                claim.podUid(),
                stored(now, claim)
                        .flatMap(FactsReduction::startedAt)
                        .filter(startedAt::isAfter)
                        .orElse(startedAt)
                        .toString(),
                told);
    }

    private static Optional<Execution> stored(ToolRunStatus now, Claim claim) {
        return Optional.ofNullable(now.execution())
                .filter(there -> claim.podUid().equals(there.podUID()));
    }

    private static Optional<Instant> startedAt(Execution there) {
        try {
            return Optional.ofNullable(there.startedAt()).map(Instant::parse);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Reduced apply(Execution execution, Result result, Changes changes, Audit audit) {
        return new Reduced.Apply(new ToolRunStatus(
                null, null, null, List.of(), null, null, null, null, List.of(), null, execution, result, changes, null,
                null, audit, null));
    }

    /** Why the run takes nothing of this pod. */
    private static Optional<Reduced> refusal(ToolRun run, Claim claim) {
        String podUid = claim.podUid();
        if (!run.getMetadata().getUid().equals(claim.runUid())) {
            return refused("the run was deleted; another one has its name");
        }
        ToolRunStatus now = run.getStatus();
        if (now != null && now.result() != null && podUid.equals(now.result().podUID())) {
            return Optional.of(new Reduced.AlreadyThere());
        }
        if (now == null || now.attempts().stream().noneMatch(attempt -> podUid.equals(attempt.podUID()))) {
            return refused("the run has not claimed this pod");
        }
        if (IdentityRule.newest(now)
                .filter(attempt -> podUid.equals(attempt.podUID()))
                .isEmpty()) {
            return refused("the run was tried again meanwhile, in another pod");
        }
        if (IdentityRule.isOver(now)) {
            return refused("the run has ended otherwise");
        }
        return Optional.empty();
    }

    private static Optional<Reduced> refused(String detail) {
        return Optional.of(new Reduced.Refused(detail));
    }

    private static Changes changes(SupervisorFrame.Changes told, Facts facts) {
        return new Changes(
                told.added(),
                told.modified(),
                told.deleted(),
                told.violationsTotal(),
                told.digest(),
                told.items(),
                told.total() > told.items().size(),
                told.complete(),
                facts.outputs()
                        .map(outputs -> ReturnedFiles.of(facts.claim().files().outputs(), outputs))
                        .orElse(List.of()),
                facts.contents()
                        .map(kept -> new Contents(
                                kept.sha256(), kept.bytes(), kept.until().toString()))
                        .orElse(null));
    }

    private static Result result(Facts facts) {
        StreamRecord stdout = facts.output().stdout();
        StreamRecord stderr = facts.output().stderr();
        OptionalInt exitCode = facts.result().map(FactsReduction::exitCode).orElse(OptionalInt.empty());
        OptionalInt signal = facts.result().map(SupervisorFrame.Result::signal).orElse(OptionalInt.empty());
        return new Result(
                facts.claim().podUid(),
                boxed(exitCode),
                boxed(signal),
                facts.outcome(),
                stdout.text(),
                stderr.text(),
                stdout.encoding(),
                stderr.encoding(),
                stdout.total(),
                stderr.total(),
                stdout.truncated(),
                stderr.truncated(),
                facts.result().map(SupervisorFrame.Result::durationMillis).orElse(null),
                facts.result().map(SupervisorFrame.Result::cpuMillis).orElse(null),
                facts.result().map(SupervisorFrame.Result::peakMemoryBytes).orElse(null),
                facts.result().flatMap(SupervisorFrame.Result::step).orElse(null),
                facts.result().flatMap(SupervisorFrame.Result::open).orElse(null),
                facts.result()
                        .flatMap(SupervisorFrame.Result::program)
                        .map(program -> Quoted.bounded(program, AuditChain.TEXT_MOST))
                        .orElse(null),
                facts.result().map(SupervisorFrame.Result::secrets).orElse(List.of()),
                facts.result().map(FactsReduction::paths).orElse(List.of()),
                facts.stop()
                        .filter(stop -> facts.outcome() == Outcome.Stopped || facts.outcome() == Outcome.Frozen)
                        .orElse(null),
                facts.finishedAt().toString());
    }

    private static List<String> paths(SupervisorFrame.Result result) {
        return result.paths().stream()
                .map(path -> Quoted.bounded(path, Bounds.NAMED_PATH))
                .toList();
    }

    /** What a shell would see; empty where no tool came to an end of its own. */
    private static OptionalInt exitCode(SupervisorFrame.Result result) {
        return switch (result.outcome()) {
            case Exited -> result.exitCode();
            case Signaled -> OptionalInt.of(SIGNALLED + result.signal().orElse(0));
            case TimedOut, CpuTimeExceeded -> OptionalInt.of(TIMED_OUT);
            case ToolNotExecutable -> OptionalInt.of(NOT_EXECUTABLE);
            case ToolNotFound -> OptionalInt.of(NOT_FOUND);
            case Stopped,
                    Frozen,
                    BoxFailed,
                    SecretMissing,
                    SecretTooLarge,
                    WorkspaceMissing,
                    WorkspaceNotReadable,
                    WorkspaceTooLarge,
                    NetworkNotIsolated,
                    ProgramNotAllowed,
                    Tampered,
                    Unrecognized -> OptionalInt.empty();
        };
    }

    /** Our own chain, and those that other gateways stored, the newest where they are too many: an apply takes away what it leaves out. */
    private static Audit audit(ToolRunStatus now, Claim claim, AuditSource own) {
        List<AuditSource> all = now.audit() == null ? List.of() : now.audit().sources();
        List<AuditSource> others =
                all.stream().filter(s -> !own.source().equals(s.source())).toList();
        long used = others.stream().mapToLong(Budgets::bytes).sum();
        int left = (int) Math.max(OWN_AUDIT_LEAST, Budgets.AUDIT_BYTES - used);
        List<AuditSource> written = new ArrayList<>(
                others.stream().filter(FactsReduction::isOfGateway).toList());
        written.subList(0, Math.max(0, others.size() - (Bounds.AUDIT_SOURCES - 1)))
                .clear();
        written.add(new AuditChain(claim.runUid(), claim.componentId(), claim.policyVersion(), own)
                .within(left)
                .state());
        return new Audit(written);
    }

    private static Integer boxed(OptionalInt value) {
        return value.isPresent() ? value.getAsInt() : null;
    }
}
