package dev.cofferdam.gateway.cluster;

import dev.cofferdam.gateway.channel.Committers;
import dev.cofferdam.gateway.channel.Contents.Committing;
import dev.cofferdam.gateway.channel.Contents.Committing.Later;
import dev.cofferdam.gateway.channel.Contents.Committing.Refused;
import dev.cofferdam.gateway.channel.Refusal;
import dev.cofferdam.gateway.cluster.TokenReviews.Reviewed;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Served;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/** Identifies committers by their token, which the API server reviews, and by what it has told of pods and runs. */
public final class CommitterPods implements Committers {
    /** How many requests may be looked at at one time. */
    private static final int AT_ONCE_MOST = 64;

    private final Semaphore places = new Semaphore(AT_ONCE_MOST);
    private final TokenReviews reviews;
    private final ClusterView view;
    private final Executor threads;
    private final CommitterRule rule = new CommitterRule(new Compilations(Served.NOW));

    /** @param threads may block */
    public CommitterPods(KubernetesClient client, ClusterView view, Executor threads) {
        this.reviews = new TokenReviews(client);
        this.view = view;
        this.threads = threads;
    }

    @Override
    public CompletionStage<Committing> identify(String token, String peer) {
        if (!TokenReviews.isToken(token)) {
            return CompletableFuture.completedStage(new Refused(Refusal.TokenRejected, "not the form of a token"));
        }
        if (!places.tryAcquire()) {
            return CompletableFuture.completedStage(new Later("too many requests are being looked at"));
        }
        return CompletableFuture.supplyAsync(() -> review(token, peer), threads)
                .exceptionally(failure -> new Later(String.valueOf(failure.getMessage())))
                .whenComplete((committing, failure) -> places.release());
    }

    private Committing review(String token, String peer) {
        return switch (reviews.review(token)) {
            case Reviewed.Known known -> rule.judge(known.subject(), peer, view);
            case Reviewed.Unknown unknown ->
                new Refused(Refusal.TokenRejected, "the API server does not know the token for our audience");
            case Reviewed.Foreign foreign ->
                new Refused(Refusal.NotASandboxPod, "the token is not bound to a pod of ours");
            case Reviewed.Undecided undecided -> new Later(undecided.detail());
        };
    }
}
