package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.gateway.channel.ChannelState.Step;
import dev.cofferdam.policy.Job;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The one channel of one pod, over however many connections: who may speak when, and what becomes of the end. What is told is its {@link Story}. Thread-safe; nothing in it
 * waits. Its lock is that of its parts, too: they are touched under no other one.
 */
final class Session {
    private static final Logger LOG = Logger.getLogger(Session.class);
    private static final int RULE_SHOWN_MOST = 256;

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

    /** Whether another process handed out the job: it may have ordered what is not known here. */
    private final boolean taken;

    private final Supplier<Optional<Reason>> stops;
    private final Story story;
    private final Bringing bringing = new Bringing();
    private final StopOrder order = new StopOrder();
    private final Interims interims;
    private final Line line = new Line();

    private Stage stage;

    /** That it was tampered with is in the log and counted: whoever goes on with it would fill that. */
    private boolean suspected;

    /** This replica is going down, and what was denied is on its way. */
    private boolean leaving;

    /** Whether it has begun to store that, which it does once: it leaves however that ends. */
    private boolean lastBegun;

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
        this.claim = claim;
        this.around = around;
        this.egress = egress;
        this.taken = taken;
        this.stage = stage;
        this.stops = stops;
        this.story = new Story(claim, around, taken, told);
        this.interims = new Interims(claim, around, story);
    }

    Claim claim() {
        return claim;
    }

    synchronized boolean isOffered() {
        return stage == Stage.Offered;
    }

    synchronized boolean isConnected() {
        return line.isUp();
    }

    /** Hands out the job. Every key is on record before it leaves. */
    synchronized void open(Connection to, Job job, String secret) {
        stage = Stage.Open;
        line.become(to);
        story.begin(job);
        around.counters().opened(false);
        LOG.infof("channel opened: run=%s/%s pod=%s", claim.namespace(), claim.run(), claim.podName());
        String authority = job.network().isInspected() ? egress.authority(claim) : "";
        line.send(new GatewayFrame.Job(secret, job, claim.gate(), Network.of(job, to.gateway()), authority));
    }

    /** Goes on over another connection; the supervisor tells its whole story again. */
    synchronized void resume(Connection to) {
        line.become(to);
        around.counters().opened(true);
        LOG.infof("channel resumed: run=%s/%s pod=%s", claim.namespace(), claim.run(), claim.podName());
        if (stage == Stage.Kept) {
            line.send(new GatewayFrame.Stored());
            return;
        }
        story.again();
        line.send(new GatewayFrame.Resumed(claim.needsGateway() ? to.gateway() : ""));
        order.frame().ifPresent(line::send);
    }

    synchronized void receive(Connection from, Decoded decoded) {
        if (!line.is(from) || stage == Stage.Kept || stage == Stage.Lost) {
            return;
        }
        switch (decoded) {
            case Decoded.Malformed malformed -> violated(malformed.rule());
            case Decoded.Frame frame
            when frame.frame() instanceof SupervisorFrame.Changes told && !bringing.isAsTold(told) ->
                violated("contents are those that this gateway keeps of the run");
            case Decoded.Frame frame -> {
                switch (story.receive(frame.frame())) {
                    case Step.Advanced ignored -> {}
                    case Step.ToolStarted ignored -> {}
                    case Step.Happened ignored -> {}
                    case Step.ToolEnded ended -> ended(ended);
                    case Step.Violation violation -> violated(violation.rule());
                }
            }
        }
    }

    private void ended(Step.ToolEnded end) {
        boolean unordered = end.result().outcome() == Outcome.Frozen && !isOrderedToFreeze();
        if (unordered && !taken) {
            violated("what stands still was ordered to");
        } else if (stage == Stage.Open) {
            // Another replica may have ordered it; but then nothing says so, and a pod is not kept by its own word.
            boolean stopped = unordered || order.hindered() && end.result().isItsOwn();
            egress.close(claim);
            store(story.end(stopped ? end.stopped() : end, order.reason(), bringing.kept()));
        }
    }

    /** Of what another process began, the order may not be known here yet. */
    private boolean isOrderedToFreeze() {
        if (taken && !order.isToFreeze()) {
            stops.get().ifPresent(this::stop);
        }
        return order.isToFreeze();
    }

    /** The connection said what no honest supervisor says. */
    private void violated(String rule) {
        tampered(rule);
        line.refuse();
    }

    /** Ends the run as tampered with, unless its end is known. The open connection, if there is one, is ordered to stop. */
    synchronized void tampered(String rule) {
        if (!suspected) {
            suspected = true;
            around.counters().tampered();
            LOG.warnf(
                    "tampering: run=%s/%s pod=%s rule=%s",
                    claim.namespace(), claim.run(), claim.podName(), Quoted.of(rule, RULE_SHOWN_MOST));
        }
        if (stage == Stage.Open) {
            order(Reason.Tampered.name());
            store(story.tampered(rule, order.reason()));
        }
    }

    /** Stores what was denied so far, if it is time to; to be asked every second or so. Whoever has no connection may have been taken over, and keeps silent. */
    synchronized void flush() {
        if (stage == Stage.Open && line.isUp() && interims.mayBegin()) {
            egress.tally(claim);
            interims.store(this::flushed);
        }
    }

    private synchronized void flushed(boolean kept) {
        interims.over(kept);
        if (leaving) {
            flushAndLeave();
        }
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
                story.release();
                around.counters().stored(true);
                line.send(new GatewayFrame.Stored());
            }
            case FactsStore.Stored.TooLarge tooLarge
            when facts.hasStreams() -> {
                LOG.warnf("facts without output: run=%s/%s: %s", claim.namespace(), claim.run(), tooLarge.detail());
                store(facts.withoutStreams(story.withoutStreams()));
            }
            case FactsStore.Stored.TooLarge tooLarge -> refused(tooLarge.detail());
            case FactsStore.Stored.Refused refused -> refused(refused.detail());
        }
    }

    private void refused(String detail) {
        stage = Stage.Lost;
        story.release();
        around.counters().stored(false);
        LOG.errorf("facts refused: run=%s/%s pod=%s: %s", claim.namespace(), claim.run(), claim.podName(), detail);
        line.refuse();
    }

    /** Bytes of the tool's output that it holds. */
    synchronized int held() {
        return story.held();
    }

    /** Whether what its run has changed is kept, for as long as nothing is decided about it, or is on its way to that. */
    synchronized boolean hasContents() {
        return bringing.isAny();
    }

    /** Orders the tool killed, once. */
    synchronized void stop(Reason reason) {
        if (stage == Stage.Open && !order.isGiven()) {
            if (!StopOrder.isWish(reason)) {
                story.revoked(reason);
            }
            order(reason.name());
        }
    }

    private void order(String reason) {
        if (!order.isGiven()) {
            order.give(reason);
            LOG.infof("stop: run=%s/%s pod=%s reason=%s", claim.namespace(), claim.run(), claim.podName(), reason);
            order.frame().ifPresent(line::send);
            // Only then, so that who takes the cut for an answer is stopped all the same.
            if (egress.close(claim)) {
                order.hinders();
            }
        }
    }

    /** The run is gone or over. Where its end is not on record yet, it is now. */
    synchronized void gone(String reason) {
        egress.close(claim);
        if (stage == Stage.Open) {
            order(reason);
            story.gone(reason);
        }
        if (stage != Stage.Kept) {
            stage = Stage.Lost;
        }
    }

    /** A tunnel for the tool; false where it may not have one any longer. */
    synchronized boolean tunnel(HttpServerRequest request) {
        boolean live = stage == Stage.Open && line.isUp() && !order.isGiven();
        if (live) {
            egress.open(request, claim);
        }
        if (order.isGiven()) {
            order.hinders();
        }
        return live;
    }

    /**
     * Takes what the tool has changed, before the frame that tells of it. It may come before the frame that tells of the tool's start, too: that is on another
     * connection, and on another event loop.
     *
     * @return false where the run asks for no commit, or another such request is under way, or there were too many
     */
    synchronized boolean contents(HttpServerRequest request, Contents store) {
        boolean live = stage == Stage.Open && line.isUp() && claim.contentsBytes() > 0;
        if (!live || !bringing.begin()) {
            return false;
        }
        store.take(
                request, new ContentsOwner(claim.namespace(), claim.podName()), claim.contentsBytes(), this::brought);
        return true;
    }

    private synchronized void brought(Optional<KeptContents> kept) {
        bringing.over(kept);
    }

    /** What the run was granted may be less now. */
    synchronized void reconsider() {
        if (stage == Stage.Open) {
            egress.reconsider(claim);
        }
    }

    synchronized void lost(Connection which) {
        line.lost(which);
    }

    /** This replica is going down; the supervisor goes on elsewhere. */
    synchronized void leave() {
        if (!line.isToBeSentOn()) {
            return;
        }
        if (stage == Stage.Open) {
            egress.leave(claim);
            story.leave();
        }
        leaving = stage == Stage.Open && line.isUp();
        if (!leaving) {
            line.goOnElsewhere();
        } else if (!interims.isUnderWay()) {
            flushAndLeave();
        }
    }

    /** Only then: whoever takes it over goes on after what is stored. */
    private void flushAndLeave() {
        boolean last = lastBegun || stage != Stage.Open || !line.isUp();
        lastBegun = true;
        if (!last) {
            interims.storeAtOnce(this::flushed);
        }
        if (leaving && !interims.isUnderWay()) {
            leaving = false;
            line.goOnElsewhere();
        }
    }

    /** Whether what was denied is stored yet before the supervisor goes elsewhere. */
    synchronized boolean isLeaving() {
        return leaving;
    }

    synchronized boolean isStoring() {
        return stage == Stage.Storing;
    }
}
