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
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** The one channel of one pod, over however many connections. Thread-safe; nothing in it waits. */
final class Session {
    private static final Logger LOG = Logger.getLogger(Session.class);
    private static final short POLICY_VIOLATION = 1008;
    private static final short GOING_AWAY = 1001;
    private static final String WORKSPACE = "/workspace/";
    private static final int PATH_SHOWN_MOST = 512;
    private static final int PROGRAM_SHOWN_MOST = 256;
    private static final int BROUGHT_MOST = 4;
    private static final String INTERRUPTED = "Interrupted";

    /** Stops that somebody asked for; all others take away what a policy had granted. */
    private static final Set<Reason> WISHES = EnumSet.of(Reason.Cancelled, Reason.Deleted);

    /** Longer than any policy allows. */
    private static final long DURATION_BELIEVED_MOST = Duration.ofDays(1).toMillis();

    private enum Stage {
        /** Identified; the job has not left. */
        Offered,
        /** The supervisor has its job. */
        Open,
        /** The end is known; its facts are on their way. */
        Storing,
        /** The facts are stored. */
        Kept,
        /** The run is over without facts of this session. */
        Lost
    }

    private final Claim claim;
    private final Surroundings around;
    private final Egress egress;

    /** Whether another process handed out the job: what is told again here may have happened long ago. */
    private final boolean taken;

    private final Supplier<Optional<Reason>> stops;
    private final IntSupplier told;
    private final Flushing flushing;

    private Stage stage;
    private ChannelState state;
    private Connection connection;
    private String program;

    /** How many of the supervisor's events are on record: a supervisor that resumes tells them again. */
    private int noted;

    /** Whether what another process had under way has yet to be told of. */
    private boolean interrupted;

    /** What of the run's changes is kept; a supervisor that resumes brings it again. */
    private Optional<KeptContents> contents = Optional.empty();

    private boolean taking;

    /** How often it has begun to bring them: once for each connection, and few connections break. */
    private int brought;

    /** This replica is going down, and what was denied is on its way. */
    private boolean leaving;

    private boolean lastBegun;

    /** The one that was told so, or is about to be. */
    private Connection sentOn;

    private Optional<Instant> startedAt = Optional.empty();
    private Optional<String> stop = Optional.empty();

    /** Whether the tool may have seen that its connections were stopped before it was: how it ended then is not its own. */
    private boolean hindered;

    /**
     * A session whose job has yet to be handed out.
     *
     * @param told how many of the supervisor's events are stored, by whomever
     */
    static Session offered(Claim claim, Surroundings around, Egress egress, IntSupplier told) {
        return new Session(claim, around, egress, false, Stage.Offered, Optional::empty, told);
    }

    /**
     * A session that another process opened.
     *
     * @param stops why the run is to stop now; empty where it may go on
     * @param told how many of the supervisor's events are stored, by whomever
     */
    static Session taken(
            Claim claim, Surroundings around, Egress egress, Supplier<Optional<Reason>> stops, IntSupplier told) {
        return new Session(claim, around, egress, true, claim.factsStored() ? Stage.Kept : Stage.Open, stops, told);
    }

    private Session(
            Claim claim,
            Surroundings around,
            Egress egress,
            boolean taken,
            Stage stage,
            Supplier<Optional<Reason>> stops,
            IntSupplier told) {
        this.stops = stops;
        this.told = told;
        this.interrupted = taken;
        this.flushing = new Flushing(claim.audit().map(Session::denied).orElse(0L));
        this.claim = claim;
        this.around = around;
        this.egress = egress;
        this.taken = taken;
        this.stage = stage;
        this.state = ChannelState.fresh(claim.outputBytes(), claim.gate().names(), claim.secrets(), claim.files());
        this.program = claim.tool();
    }

    Claim claim() {
        return claim;
    }

    synchronized boolean isOffered() {
        return stage == Stage.Offered;
    }

    synchronized boolean isConnected() {
        return connection != null;
    }

    /** Hands out the job. Every key is on record before it leaves. */
    synchronized void open(Connection to, Job job, String secret) {
        stage = Stage.Open;
        connection = to;
        state = ChannelState.fresh(
                job.limits().outputBytes(), claim.gate().names(), Set.copyOf(job.secrets()), job.workspace());
        program = Quoted.bounded(job.argv().getFirst(), PROGRAM_SHOWN_MOST);
        job.environment()
                .forEach(variable -> note(
                        AuditEventType.EnvironmentAccess, variable.name(), "provide", AuditResult.Allowed, Map.of()));
        job.secrets()
                .forEach(name -> note(AuditEventType.SecretAccess, name, "provide", AuditResult.Allowed, Map.of()));
        around.counters().opened(false);
        LOG.infof("channel opened: run=%s/%s pod=%s", claim.namespace(), claim.run(), claim.podName());
        String authority = job.network().isInspected() ? egress.authority(claim) : "";
        to.send(new GatewayFrame.Job(secret, job, claim.gate(), Network.of(job, to.gateway()), authority));
    }

    /** Goes on over another connection; the supervisor tells its whole story again. */
    synchronized void resume(Connection to) {
        if (connection != null) {
            connection.close(GOING_AWAY);
        }
        connection = to;
        around.counters().opened(true);
        LOG.infof("channel resumed: run=%s/%s pod=%s", claim.namespace(), claim.run(), claim.podName());
        if (stage == Stage.Kept) {
            to.send(new GatewayFrame.Stored());
            return;
        }
        state = state.again();
        note(
                AuditEventType.ProcessExec,
                program,
                "resume",
                AuditResult.Allowed,
                // What another process had under way is on no record but its own, which has no end.
                interrupted ? Map.of("before", INTERRUPTED) : Map.of());
        interrupted = false;
        to.send(new GatewayFrame.Resumed(claim.needsGateway() ? to.gateway() : ""));
        stop.ifPresent(reason -> to.send(halting(reason)));
    }

    synchronized void receive(Connection from, Decoded decoded) {
        if (from != connection || stage == Stage.Kept || stage == Stage.Lost) {
            return;
        }
        switch (decoded) {
            case Decoded.Malformed malformed -> violated(malformed.rule());
            case Decoded.Frame frame
            when frame.frame() instanceof SupervisorFrame.Changes told && !isKept(told) ->
                violated("contents are those that this gateway keeps of the run");
            case Decoded.Frame frame -> advance(state.receive(frame.frame()));
        }
    }

    private boolean isKept(SupervisorFrame.Changes told) {
        return told.contents()
                .map(said -> contents.filter(
                                kept -> kept.sha256().equals(said.sha256()) && kept.bytes() == said.bytes())
                        .isPresent())
                .orElse(true);
    }

    private void advance(Step step) {
        switch (step) {
            case Step.Advanced advanced -> state = advanced.state();
            case Step.ToolStarted started -> {
                state = started.state();
                if (startedAt.isEmpty()) {
                    startedAt = Optional.of(around.clock().instant());
                    note(AuditEventType.ProcessExec, program, "start", AuditResult.Allowed, Map.of());
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
            case Step.ToolEnded ended -> {
                state = ended.state();
                boolean unordered = ended.result().outcome() == Outcome.Frozen && !isOrderedToFreeze();
                if (unordered && !taken) {
                    violated("what stands still was ordered to");
                } else if (stage == Stage.Open) {
                    // Another replica may have ordered it; but then nothing says so, and a pod is not kept by its own
                    // word.
                    ended(unordered || hindered && ended.result().isItsOwn() ? ended.stopped() : ended);
                }
            }
            case Step.Violation violation -> violated(violation.rule());
        }
    }

    private void ended(Step.ToolEnded end) {
        egress.close(claim);
        SupervisorFrame.Result result = end.result();
        OutputRecord output = OutputRecord.of(
                StreamRecord.of(end.stdout(), result.stdoutBytes()),
                StreamRecord.of(end.stderr(), result.stderrBytes()));
        Map<String, String> detail =
                new TreeMap<>(Map.of("outcome", result.outcome().name()));
        result.exitCode().ifPresent(code -> detail.put("exitCode", Integer.toString(code)));
        result.signal().ifPresent(signal -> detail.put("signal", Integer.toString(signal)));
        result.step().ifPresent(step -> detail.put("step", step));
        result.open().ifPresent(open -> detail.put("open", open));
        result.program().ifPresent(denied -> detail.put("program", denied));
        stop.ifPresent(reason -> detail.put("stop", reason));
        result.secrets()
                .forEach(name -> note(
                        AuditEventType.SecretAccess,
                        name,
                        "provide",
                        AuditResult.Error,
                        Map.of("reason", result.outcome().name())));
        end.changes().ifPresent(this::noteChanges);
        AuditResult how = result.outcome() == Outcome.Exited ? AuditResult.Allowed : AuditResult.Error;
        AuditSource audit = note(AuditEventType.ProcessExec, program, "exit", how, detail);
        Instant now = around.clock().instant();
        store(new Facts(
                claim,
                startedAt.map(seen -> began(seen, now, result)),
                now,
                Optional.of(result),
                end.changes(),
                end.outputs(),
                end.changes().flatMap(SupervisorFrame.Changes::contents).flatMap(told -> contents),
                stop,
                output,
                audit));
    }

    private void noteChanges(SupervisorFrame.Changes told) {
        for (SupervisorFrame.Violation violation : told.violations()) {
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
                told.complete() ? AuditResult.Allowed : AuditResult.Error,
                Map.of(
                        "added", Integer.toString(told.added()),
                        "modified", Integer.toString(told.modified()),
                        "deleted", Integer.toString(told.deleted()),
                        "denied", Integer.toString(told.violationsTotal()),
                        "digest", told.digest()));
    }

    /** When the tool started: when we saw it, or, where another process did, by how long it ran. */
    private Instant began(Instant seen, Instant now, SupervisorFrame.Result result) {
        Instant told = now.minusMillis(Math.min(result.durationMillis(), DURATION_BELIEVED_MOST));
        return taken && told.isBefore(seen) ? told : seen;
    }

    /** The connection said what no honest supervisor says. */
    private void violated(String rule) {
        Connection culprit = connection;
        tampered(rule);
        culprit.close(POLICY_VIOLATION);
    }

    /** Ends the run as tampered with, unless its end is known. The open connection, if there is one, is ordered to stop. */
    synchronized void tampered(String rule) {
        around.counters().tampered();
        LOG.warnf(
                "tampering: run=%s/%s pod=%s rule=%s",
                claim.namespace(), claim.run(), claim.podName(), Quoted.of(rule, PROGRAM_SHOWN_MOST));
        if (stage != Stage.Open) {
            return;
        }
        order(Reason.Tampered.name());
        note(AuditEventType.PolicyViolation, "run channel", "tamper", AuditResult.Denied, Map.of("rule", rule));
        AuditSource audit = note(
                AuditEventType.ProcessExec,
                program,
                "exit",
                AuditResult.Error,
                Map.of("outcome", Outcome.Tampered.name()));
        OutputRecord nothing = new OutputRecord(StreamRecord.omitted(0), StreamRecord.omitted(0));
        store(new Facts(
                claim,
                startedAt,
                around.clock().instant(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                stop,
                nothing,
                audit));
    }

    /** Stores what was denied so far, if it is time to; to be asked every second or so. Whoever has no connection may have been taken over, and keeps silent. */
    synchronized void flush() {
        if (stage != Stage.Open
                || connection == null
                || !flushing.mayBegin(around.clock().instant())) {
            return;
        }
        egress.tally(claim);
        flush(flushing::begins);
    }

    private void flush(LongPredicate begins) {
        around.audit()
                .of(claim.runUid())
                .filter(chain -> begins.test(denied(chain)))
                .ifPresent(chain -> around.store()
                        .store(new Interim(claim, startedAt, noted, chain))
                        .thenAccept(this::flushed));
    }

    private synchronized void flushed(boolean kept) {
        flushing.over(kept, around.clock().instant());
        if (leaving) {
            flushAndLeave();
        }
    }

    private static long denied(AuditSource chain) {
        return chain.denied() == null ? 0 : chain.denied();
    }

    private void store(Facts facts) {
        stage = Stage.Storing;
        around.store().store(facts).thenAccept(stored -> stored(facts, stored));
    }

    private synchronized void stored(Facts facts, FactsStore.Stored stored) {
        if (stage == Stage.Lost) {
            return;
        }
        switch (stored) {
            case FactsStore.Stored.Kept ignored -> {
                stage = Stage.Kept;
                release();
                around.counters().stored(true);
                if (connection != null) {
                    connection.send(new GatewayFrame.Stored());
                }
            }
            case FactsStore.Stored.TooLarge tooLarge
            when facts.hasStreams() -> {
                LOG.warnf("facts without output: run=%s/%s: %s", claim.namespace(), claim.run(), tooLarge.detail());
                store(facts.withoutStreams(note(
                        AuditEventType.ProcessExec,
                        program,
                        "store",
                        AuditResult.Error,
                        Map.of("reason", Reason.OutputNotStored.name()))));
            }
            case FactsStore.Stored.TooLarge tooLarge -> refused(tooLarge.detail());
            case FactsStore.Stored.Refused refused -> refused(refused.detail());
        }
    }

    /** What the tool wrote is on record, or is lost; the session may be there for as long as somebody takes to approve its changes. */
    private void release() {
        state = ChannelState.fresh(0, Set.of(), Set.of(), claim.files());
    }

    /** Bytes of the tool's output that it holds. */
    synchronized int held() {
        return state.stdout().size() + state.stderr().size();
    }

    /** Whether what its run has changed is kept, for as long as nothing is decided about it, or is on its way to that. */
    synchronized boolean hasContents() {
        return taking || contents.isPresent();
    }

    private void refused(String detail) {
        stage = Stage.Lost;
        release();
        around.counters().stored(false);
        LOG.errorf("facts refused: run=%s/%s pod=%s: %s", claim.namespace(), claim.run(), claim.podName(), detail);
        if (connection != null) {
            connection.close(POLICY_VIOLATION);
        }
    }

    /** Orders the tool killed, once. */
    synchronized void stop(Reason reason) {
        if (stage == Stage.Open && stop.isEmpty()) {
            if (!WISHES.contains(reason)) {
                note(
                        AuditEventType.CapabilityRevoke,
                        claim.tool(),
                        "revoke",
                        AuditResult.Denied,
                        Map.of("reason", reason.name()));
            }
            order(reason.name());
        }
    }

    /** Of what another process began, the order may not be known here yet. */
    private boolean isOrderedToFreeze() {
        if (taken && !isToFreeze()) {
            stops.get().ifPresent(this::stop);
        }
        return isToFreeze();
    }

    private boolean isToFreeze() {
        return stop.filter(Reason.Quarantined.name()::equals).isPresent();
    }

    private static GatewayFrame halting(String reason) {
        return reason.equals(Reason.Quarantined.name())
                ? new GatewayFrame.Freeze(reason)
                : new GatewayFrame.Stop(reason);
    }

    private void order(String reason) {
        if (stop.isEmpty()) {
            stop = Optional.of(reason);
            LOG.infof("stop: run=%s/%s pod=%s reason=%s", claim.namespace(), claim.run(), claim.podName(), reason);
            if (connection != null) {
                connection.send(halting(reason));
            }
            hindered = egress.close(claim);
        }
    }

    /** The run is gone or over. Where its end is not on record yet, it is now. */
    synchronized void gone(String reason) {
        egress.close(claim);
        if (stage == Stage.Open) {
            order(reason);
            note(AuditEventType.ProcessExec, program, "exit", AuditResult.Error, Map.of("reason", reason));
        }
        if (stage != Stage.Kept) {
            stage = Stage.Lost;
        }
    }

    /** A tunnel for the tool; false where it may not have one any longer. */
    synchronized boolean tunnel(HttpServerRequest request) {
        boolean live = stage == Stage.Open && connection != null && stop.isEmpty();
        if (live) {
            egress.open(request, claim);
        }
        hindered |= stop.isPresent();
        return live;
    }

    /**
     * Takes what the tool has changed, before the frame that tells of it. It may come before the frame that tells of the tool's start, too: that is on another
     * connection, and on another event loop.
     *
     * @return false where the run asks for no commit, or another such request is under way, or there were too many
     */
    synchronized boolean contents(HttpServerRequest request, Contents store) {
        boolean live = stage == Stage.Open && connection != null && claim.contentsBytes() > 0;
        if (!live || taking || brought == BROUGHT_MOST) {
            return false;
        }
        taking = true;
        brought++;
        contents = Optional.empty();
        store.take(request, new ContentsOwner(claim.namespace(), claim.podName()), claim.contentsBytes(), this::taken);
        return true;
    }

    private synchronized void taken(Optional<KeptContents> kept) {
        taking = false;
        contents = kept;
    }

    /** What the run was granted may be less now. */
    synchronized void reconsider() {
        if (stage == Stage.Open) {
            egress.reconsider(claim);
        }
    }

    synchronized void lost(Connection which) {
        if (which == connection) {
            connection = null;
        }
    }

    /** This replica is going down; the supervisor goes on elsewhere. */
    synchronized void leave() {
        if (connection != null && connection == sentOn) {
            return;
        }
        sentOn = connection;
        if (stage == Stage.Open) {
            egress.leave(claim);
        }
        if (stage == Stage.Open && startedAt.isPresent()) {
            note(AuditEventType.ProcessExec, program, "leave", AuditResult.Allowed, Map.of());
        }
        leaving = stage == Stage.Open && connection != null;
        if (!leaving) {
            closeForLeave();
        } else if (!flushing.isUnderWay()) {
            flushAndLeave();
        }
    }

    /** Only then: whoever takes it over goes on after what is stored. */
    private void flushAndLeave() {
        boolean last = lastBegun || stage != Stage.Open || connection == null;
        lastBegun = true;
        if (!last) {
            flush(flushing::beginsAtOnce);
        }
        if (leaving && !flushing.isUnderWay()) {
            leaving = false;
            closeForLeave();
        }
    }

    private void closeForLeave() {
        if (connection != null) {
            connection.close(GOING_AWAY);
        }
    }

    /** Whether what was denied is stored yet before the supervisor goes elsewhere. */
    synchronized boolean isLeaving() {
        return leaving;
    }

    synchronized boolean isStoring() {
        return stage == Stage.Storing;
    }

    private AuditSource note(
            AuditEventType type, String resource, String action, AuditResult result, Map<String, String> detail) {
        return around.note(claim, type, resource, action, result, detail);
    }
}
