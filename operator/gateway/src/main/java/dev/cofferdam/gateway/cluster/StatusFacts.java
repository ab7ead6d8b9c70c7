package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.Api;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Facts;
import dev.cofferdam.gateway.channel.FactsStore;
import dev.cofferdam.gateway.cluster.FactsReduction.Reduced;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/** Stores facts in the run's status: one server-side apply under our field manager, never with force, against the object that it was reduced from. */
public final class StatusFacts implements FactsStore {
    private static final Logger LOG = Logger.getLogger(StatusFacts.class);
    private static final Duration FIRST_DELAY = Duration.ofMillis(50);
    private static final Duration LAST_DELAY = Duration.ofSeconds(10);
    private static final long ANSWER_SECONDS_MOST = 15;
    private static final int MESSAGE_SHOWN_MOST = 400;

    private final KubernetesClient client;
    private final ClusterView view;
    private final ApiObjects objects;
    private final Executor threads;
    private final Runnable retried;

    /**
     * @param threads may block, for as long as the API server is away
     * @param retried is called for every repeated attempt
     */
    public StatusFacts(
            KubernetesClient client, ClusterView view, ApiObjects objects, Executor threads, Runnable retried) {
        this.client = client;
        this.view = view;
        this.objects = objects;
        this.threads = threads;
        this.retried = retried;
    }

    /** What one attempt came to. */
    sealed interface Attempt {
        record Done(Stored stored) implements Attempt {}

        /** The object has changed, or the API server did not answer. */
        record Again(String detail) implements Attempt {}
    }

    @Override
    public CompletionStage<Stored> store(Facts facts) {
        return CompletableFuture.supplyAsync(() -> untilCertain(facts), threads);
    }

    private Stored untilCertain(Facts facts) {
        Optional<ToolRun> seen = view.run(facts.claim().runUid());
        // The controller writes at the same time as often as not: the first time, at once again.
        Duration delay = Duration.ZERO;
        while (true) {
            switch (attempt(facts, seen)) {
                case Attempt.Done done -> {
                    return done.stored();
                }
                case Attempt.Again again ->
                    LOG.logf(
                            delay.isZero() ? Logger.Level.DEBUG : Logger.Level.WARN,
                            "facts not stored yet: run=%s/%s: %s",
                            facts.claim().namespace(),
                            facts.claim().run(),
                            Quoted.of(again.detail(), MESSAGE_SHOWN_MOST));
            }
            retried.run();
            seen = Optional.empty();
            try {
                Thread.sleep(delay);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Stored.Refused("this replica is going down");
            }
            delay = longer(delay);
        }
    }

    private static Duration longer(Duration delay) {
        Duration twice = delay.multipliedBy(2);
        return delay.isZero() ? FIRST_DELAY : twice.compareTo(LAST_DELAY) < 0 ? twice : LAST_DELAY;
    }

    private Attempt attempt(Facts facts, Optional<ToolRun> seen) {
        try {
            Optional<ToolRun> run = seen.isPresent()
                    ? seen
                    : objects.run(
                            client, facts.claim().namespace(), facts.claim().run());
            return run.isEmpty() ? new Attempt.Done(new Stored.Refused("the run is deleted")) : apply(run.get(), facts);
        } catch (KubernetesClientException e) {
            return new Attempt.Again(String.valueOf(e.getMessage()));
        }
    }

    private Attempt apply(ToolRun run, Facts facts) {
        return switch (FactsReduction.reduce(run, facts)) {
            case Reduced.AlreadyThere ignored -> new Attempt.Done(new Stored.Kept());
            case Reduced.Refused refused -> new Attempt.Done(new Stored.Refused(refused.detail()));
            case Reduced.Apply apply -> patch(run, apply);
        };
    }

    private Attempt patch(ToolRun run, Reduced.Apply apply) {
        String body = StatusJson.write(Map.of(
                "apiVersion", HasMetadata.getApiVersion(ToolRun.class),
                "kind", HasMetadata.getKind(ToolRun.class),
                "metadata",
                        Map.of(
                                "namespace", run.getMetadata().getNamespace(),
                                "name", run.getMetadata().getName(),
                                "uid", run.getMetadata().getUid(),
                                "resourceVersion", run.getMetadata().getResourceVersion()),
                "status", apply.status()));
        String uri = client.getMasterUrl() + "apis/" + Api.GROUP + "/" + Api.VERSION + "/namespaces/"
                + run.getMetadata().getNamespace() + "/" + HasMetadata.getPlural(ToolRun.class) + "/"
                + run.getMetadata().getName() + "/status?fieldValidation=Strict&fieldManager="
                + Names.GATEWAY_FIELD_MANAGER;
        try {
            HttpResponse<String> answer = client.getHttpClient()
                    .sendAsync(
                            client.getHttpClient()
                                    .newHttpRequestBuilder()
                                    .uri(uri)
                                    .method("PATCH", "application/apply-patch+yaml", body)
                                    .build(),
                            String.class)
                    .get(ANSWER_SECONDS_MOST, TimeUnit.SECONDS);
            return judge(answer.code(), answer.bodyString(), body.length());
        } catch (TimeoutException | ExecutionException | java.io.IOException e) {
            return new Attempt.Again(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Attempt.Again("interrupted");
        }
    }

    /** 400, 413 and 422 are the API server's last word about a body; and etcd's word about one that is too large arrives as 500. */
    static Attempt judge(int code, String answer, int bodyLength) {
        String detail =
                "HTTP " + code + " for " + bodyLength + " characters: " + Quoted.bounded(answer, MESSAGE_SHOWN_MOST);
        return switch (code) {
            case 200, 201 -> new Attempt.Done(new Stored.Kept());
            case 404 -> new Attempt.Done(new Stored.Refused("the run is deleted"));
            case 400, 413, 422 -> new Attempt.Done(new Stored.TooLarge(detail));
            case 500 ->
                answer.contains("too large")
                        ? new Attempt.Done(new Stored.TooLarge(detail))
                        : new Attempt.Again(detail);
            default -> new Attempt.Again(detail);
        };
    }
}
