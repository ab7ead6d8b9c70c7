package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.gateway.http.EmptyAnswer;
import dev.cofferdam.record.Names;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** All channels of this gateway: one for each pod, ever. Thread-safe. */
public final class Channels {
    /** Whether an identified pod gets a channel. */
    sealed interface Admission {
        /** Its first. It must be opened or {@linkplain Channels#withdraw withdrawn}. */
        record First(Session session) implements Admission {}

        record Again(Session session) implements Admission {}

        record Refused(Refusal refusal) implements Admission {}

        record Later(Refusal refusal) implements Admission {}
    }

    /** Refused attempts in the record of one run; all are in the stream and counted. They must not push out what the tool did. */
    private static final int ATTEMPTS_RECORDED = 16;

    /** Runs of one namespace whose changes are kept and not decided about: each has its status in our memory, and in that of the controller. */
    static final int UNDECIDED_MOST = 50;

    /** The same, of all namespaces together; a namespace has at most half of what the others leave of it, so that four of them do not keep a fifth one out. */
    static final int UNDECIDED_OF_ALL_MOST = 200;

    private static final int FULL = 507;

    private final Object bringing = new Object();
    private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private final SessionSecrets secrets;
    private final Jobs jobs;
    private final Surroundings around;
    private final Egress egress;

    /** By address, for who asks for a tunnel. */
    private final Map<String, Session> byPeer = new ConcurrentHashMap<>();

    public Channels(SessionSecrets secrets, Jobs jobs, Surroundings around, Egress egress) {
        this.secrets = secrets;
        this.jobs = jobs;
        this.around = around;
        this.egress = egress;
    }

    /** @param secret what the request carries as its session; empty on a first one */
    Admission admit(Claim claim, Optional<String> secret) {
        if (secret.isPresent() && !secrets.verify(secret.get(), claim)) {
            return suspect(claim, "a request comes with a session that is not this pod's", Refusal.SessionInvalid);
        }
        if (secret.isPresent()) {
            Session session = sessions.computeIfAbsent(
                    claim.podUid(),
                    uid -> Session.taken(claim, around, egress, () -> jobs.stop(claim), () -> jobs.told(claim)));
            return session.isOffered() ? new Admission.Later(Refusal.Opening) : new Admission.Again(session);
        }
        if (claim.factsStored()) {
            return suspect(claim, "a pod asks for a second job", Refusal.RunOver);
        }
        Session offered = Session.offered(claim, around, egress, () -> jobs.told(claim));
        Session earlier = sessions.putIfAbsent(claim.podUid(), offered);
        if (earlier == null) {
            return new Admission.First(offered);
        }
        return earlier.isOffered()
                ? new Admission.Later(Refusal.Opening)
                : suspect(claim, "a pod asks for a second job", Refusal.SecondChannel);
    }

    /** No honest supervisor asks like this: a run whose channel is known here ends. */
    private Admission suspect(Claim claim, String rule, Refusal refusal) {
        Session session = sessions.get(claim.podUid());
        if (session != null && !session.isOffered()) {
            session.tampered(rule);
        } else {
            aimedAt(claim, refusal, "the pod itself");
        }
        return new Admission.Refused(refusal);
    }

    /**
     * Somebody asked for the channel of a run, with a token that says so, and was refused: it goes into the run's record, as long as there is not too much of
     * it.
     *
     * @param by an address, or what is known of who asked
     */
    void aimedAt(Claim claim, Refusal refusal, String by) {
        int before = attempts.merge(claim.runUid(), 1, Integer::sum);
        if (before <= ATTEMPTS_RECORDED) {
            around.note(
                    claim,
                    AuditEventType.PolicyViolation,
                    Refusals.RUN_CHANNEL,
                    Refusals.CONNECT,
                    AuditResult.Denied,
                    Map.of("reason", refusal.name(), "peer", by, "pod", claim.podName()));
        }
    }

    String secret(Session session) {
        return secrets.issue(session.claim());
    }

    /** The session has a connection from there now. */
    void connectedFrom(String peer, Session session) {
        byPeer.put(peer, session);
    }

    /**
     * Whoever is at that address asks for a tunnel.
     *
     * @param secret what the request carries as its session
     * @return false where that is not the session of a live run whose pod has that address
     */
    boolean tunnel(HttpServerRequest request, String peer, String secret) {
        Session session = byPeer.get(peer);
        if (session == null) {
            return false;
        }
        if (!secrets.verify(secret, session.claim())) {
            // Nobody else has that address, and no honest supervisor has another session.
            session.tampered("a tunnel is asked for with the session of another");
            return false;
        }
        return session.tunnel(request);
    }

    /**
     * Whoever is at that address brings what its run has changed.
     *
     * @param secret what the request carries as its session
     * @return false where that is not the session of a live run whose pod has that address, and that asks for a commit
     */
    boolean contents(HttpServerRequest request, String peer, String secret, Contents store) {
        Session session = byPeer.get(peer);
        if (session == null) {
            return false;
        }
        if (!secrets.verify(secret, session.claim())) {
            session.tampered("contents are brought with the session of another");
            return false;
        }
        // Counted and taken at once, or many that come together would all find the last place free.
        synchronized (bringing) {
            if (!isOneTooMany(session.claim())) {
                return session.contents(request, store);
            }
        }
        EmptyAnswer.send(request, FULL);
        return true;
    }

    /** Those whose facts are stored the API server has told of, also those of other replicas and of those that were here before; of the others their sessions tell. */
    private boolean isOneTooMany(Claim claim) {
        Set<Undecided> undecided = new HashSet<>(jobs.undecided());
        sessions.values().stream()
                .filter(Session::hasContents)
                .map(session -> Undecided.of(session.claim()))
                .forEach(undecided::add);
        undecided.remove(Undecided.of(claim));
        long mine = undecided.stream()
                .filter(other -> other.namespace().equals(claim.namespace()))
                .count();
        long left = UNDECIDED_OF_ALL_MOST - (undecided.size() - mine);
        return mine >= Math.min(UNDECIDED_MOST, Math.ceilDiv(left, 2));
    }

    /** Bytes of output that all sessions hold. */
    long held() {
        return sessions.values().stream().mapToLong(Session::held).sum();
    }

    /** The job never left, so the pod may ask again. */
    void withdraw(Session offered) {
        sessions.remove(offered.claim().podUid(), offered);
    }

    /** Looks again whether a running tool may go on. */
    void reconsider(Session session) {
        jobs.stop(session.claim()).ifPresentOrElse(session::stop, session::reconsider);
    }

    /** A policy has changed, or is gone. */
    public void policyChanged(String namespace, String policy) {
        each(claim -> claim.namespace().equals(namespace) && claim.policy().equals(policy));
    }

    /** A namespace was stopped, or is no longer; the system's own is all of them. */
    public void namespaceChanged(String namespace) {
        each(claim -> claim.namespace().equals(namespace) || namespace.equals(Names.SYSTEM_NAMESPACE));
    }

    /** A run has changed. */
    public void runChanged(String runUid) {
        each(claim -> claim.runUid().equals(runUid));
    }

    private void each(Predicate<Claim> which) {
        sessions.values().stream()
                .filter(session -> which.test(session.claim()))
                .forEach(this::reconsider);
    }

    /** A run is deleted, or over. */
    public void runGone(String runUid, String reason) {
        sessions.values().stream()
                .filter(session -> session.claim().runUid().equals(runUid))
                .forEach(session -> {
                    session.gone(reason);
                    sessions.remove(session.claim().podUid(), session);
                    byPeer.values().remove(session);
                });
        attempts.remove(runUid);
        around.audit().end(runUid);
    }

    /** How many channels have a connection. */
    public long connected() {
        return sessions.values().stream().filter(Session::isConnected).count();
    }

    /** How many runs have ended whose facts are on their way. */
    public long storing() {
        return sessions.values().stream().filter(Session::isStoring).count();
    }

    /** Stores what was denied to tools that are at work; to be asked every second or so. */
    public void flush() {
        sessions.values().forEach(Session::flush);
    }

    /** How many supervisors are not sent elsewhere yet, because what was denied to their tools is on its way. */
    public long leaving() {
        return sessions.values().stream().filter(Session::isLeaving).count();
    }

    /** Sends every supervisor elsewhere. */
    public void leave() {
        sessions.values().forEach(Session::leave);
    }
}
