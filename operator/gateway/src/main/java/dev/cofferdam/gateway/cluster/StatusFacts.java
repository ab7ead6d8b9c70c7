package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.Api;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.Facts;
import dev.cofferdam.gateway.channel.FactsStore;
import dev.cofferdam.gateway.channel.Interim;
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
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Stores facts in the run's status: one server-side apply under our field manager, never with force, against the object that it was reduced from. */
public final class StatusFacts implements FactsStore {
    private static final Logger LOG = Logger.getLogger(StatusFacts.class);
    private static final Duration FIRST_DELAY = Duration.ofMillis(50);

    /** Less than the controller waits for facts (cofferdam.sandbox.facts-timeout): both may begin as the API server comes back. */
    private static final Duration LAST_DELAY = Duration.ofMillis(1600);

    private static final long ANSWER_SECONDS_MOST = 15;
    private static final int MESSAGE_SHOWN_MOST = 400;
    private static final int INTERIM_TRIES = 3;

    /** What is written while tools are at work must not keep the API server from taking what ends runs. */
    private static final int INTERIMS_AT_ONCE = 4;

    private final KubernetesClient client;
    private final ClusterView view;
    private final ApiObjects objects;
    private final Executor threads;
    private final Runnable retried;
    private final Semaphore interims = new Semaphore(INTERIMS_AT_ONCE, true);

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

        /** @param changed whether the object has changed; else the API server did not answer, or not with what it can do */
        record Again(String detail, boolean changed) implements Attempt {
            Again(String detail) {
                this(detail, false);
            }
        }
    }

    @Override
    public CompletionStage<Stored> store(Facts facts) {
        return CompletableFuture.supplyAsync(() -> untilCertain(facts), threads);
    }

    @Override
    public CompletionStage<Boolean> store(Interim interim) {
        return CompletableFuture.supplyAsync(() -> inTurn(interim), threads).exceptionally(failure -> false);
    }

    private boolean inTurn(Interim interim) {
        try {
            interims.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        try {
            return soon(interim);
        } finally {
            interims.release();
        }
    }

    private boolean soon(Interim interim) {
        // What is remembered of a run that has facts, those of an attempt before, lacks what its tool said, and that
        // would be taken away.
        Optional<ToolRun> seen = view.run(interim.claim().runUid())
                .filter(run -> run.getStatus() == null || run.getStatus().result() == null);
        for (int tries = 0; tries < INTERIM_TRIES; tries++) {
            switch (attempt(interim.claim(), seen, run -> FactsReduction.reduce(run, interim))) {
                case Attempt.Done done -> {
                    return done.stored() instanceof Stored.Kept;
                }
                case Attempt.Again again -> {
                    LOG.debugf(
                            "not stored yet what was denied: run=%s: %s",
                            interim.claim().runUid(), again.detail());
                    // There is more later; whoever cannot answer now is not asked twice.
                    if (!again.changed()) {
                        return false;
                    }
                }
            }
            seen = Optional.empty();
        }
        return false;
    }

    /**
     * Puts on record that a job is about to leave. Asks once: whoever wants the job asks again.
     *
     * @param read the run, as the API server has it; where it has changed since, nothing is stored
     */
    Attempt handingOut(Claim claim, ToolRun read) {
        return apply(read, FactsReduction.handingOut(read, claim));
    }

    private Stored untilCertain(Facts facts) {
        Optional<ToolRun> seen = view.run(facts.claim().runUid());
        // The controller writes at the same time as often as not: the first time, at once again.
        Duration delay = Duration.ZERO;
        while (true) {
            switch (attempt(facts.claim(), seen, run -> FactsReduction.reduce(run, facts))) {
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

    static Duration longer(Duration delay) {
        Duration twice = delay.multipliedBy(2);
        return delay.isZero() ? FIRST_DELAY : twice.compareTo(LAST_DELAY) < 0 ? twice : LAST_DELAY;
    }

    private Attempt attempt(Claim claim, Optional<ToolRun> seen, Function<ToolRun, Reduced> reduction) {
        try {
            Optional<ToolRun> run = seen.isPresent() ? seen : objects.run(client, claim.namespace(), claim.run());
            return run.isEmpty()
                    ? new Attempt.Done(new Stored.Refused("the run is deleted"))
                    : apply(run.get(), reduction.apply(run.get()));
        } catch (KubernetesClientException e) {
            return new Attempt.Again(String.valueOf(e.getMessage()));
        }
    }

    private Attempt apply(ToolRun run, Reduced reduced) {
        return switch (reduced) {
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
            case 409 -> new Attempt.Again(detail, true);
            case 400, 413, 422 -> new Attempt.Done(new Stored.TooLarge(detail));
            case 500 ->
                answer.contains("too large")
                        ? new Attempt.Done(new Stored.TooLarge(detail))
                        : new Attempt.Again(detail);
            default -> new Attempt.Again(detail);
        };
    }
}
