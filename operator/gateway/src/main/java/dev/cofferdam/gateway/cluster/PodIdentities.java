package dev.cofferdam.gateway.cluster;

import dev.cofferdam.gateway.channel.Identification;
import dev.cofferdam.gateway.channel.Identification.Refused;
import dev.cofferdam.gateway.channel.Identification.Undecided;
import dev.cofferdam.gateway.channel.Identities;
import dev.cofferdam.gateway.channel.Refusal;
import dev.cofferdam.gateway.cluster.TokenReviews.Reviewed;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Identifies peers by their token, which the API server reviews, and by what it has told of pods and runs. */
public final class PodIdentities implements Identities {
    /** How many requests may be looked at at one time. */
    private static final int AT_ONCE_MOST = 512;

    private final Semaphore places = new Semaphore(AT_ONCE_MOST);
    private final TokenReviews reviews;
    private final ClusterView view;
    private final IdentityRule rule;
    private final Duration patience;
    private final InstantSource clock;
    private final Executor threads;

    /**
     * @param patience how long to wait for the claim, and for the pod's address to be known
     * @param threads may block
     */
    public PodIdentities(
            KubernetesClient client,
            ClusterView view,
            String source,
            Enclosure enclosure,
            Duration patience,
            InstantSource clock,
            Executor threads) {
        this.reviews = new TokenReviews(client);
        this.view = view;
        this.rule = new IdentityRule(source, enclosure);
        this.patience = patience;
        this.clock = clock;
        this.threads = threads;
    }

    @Override
    public CompletionStage<Identification> identify(String token, String peer) {
        if (!TokenReviews.isToken(token)) {
            return CompletableFuture.completedStage(new Refused(Refusal.TokenRejected, "not the form of a token"));
        }
        if (!places.tryAcquire()) {
            return CompletableFuture.completedStage(
                    new Undecided(Refusal.TooManyConnections, "too many requests are being looked at"));
        }
        return CompletableFuture.supplyAsync(() -> review(token, peer), threads)
                .exceptionally(failure -> new Undecided(Refusal.ApiUnavailable, String.valueOf(failure.getMessage())))
                .whenComplete((identification, failure) -> places.release());
    }

    private Identification review(String token, String peer) {
        return switch (reviews.review(token)) {
            case Reviewed.Known known -> patiently(known.subject(), peer);
            case Reviewed.Unknown unknown ->
                new Refused(Refusal.TokenRejected, "the API server does not know the token for our audience");
            case Reviewed.Foreign foreign ->
                new Refused(Refusal.NotASandboxPod, "the token is not bound to a pod of ours");
            case Reviewed.Undecided undecided -> new Undecided(Refusal.ApiUnavailable, undecided.detail());
        };
    }

    /** Judges again at every change, until there is an answer or the patience is over. */
    private Identification patiently(TokenSubject subject, String peer) {
        Instant until = clock.instant().plus(patience);
        while (true) {
            CompletableFuture<Void> change = view.change(subject.podUid());
            Identification now = rule.judge(subject, peer, view);
            if (!(now instanceof Undecided undecided)) {
                view.forget(subject.podUid(), change);
                return now;
            }
            try {
                change.get(Math.max(0, Duration.between(clock.instant(), until).toMillis()), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                view.forget(subject.podUid(), change);
                // A watch is never so far behind: the run is settled or deleted.
                return undecided.refusal() == Refusal.RunOver
                        ? new Refused(Refusal.RunOver, undecided.detail())
                        : undecided;
            } catch (ExecutionException e) {
                throw new AssertionError("changes only complete", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Undecided(Refusal.ShuttingDown, "");
            }
        }
    }
}
