package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.controller.notify.Webhook;
import dev.cofferdam.controller.telemetry.AlertMeters;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Tells of what fired: an Event of the policy, and the webhook where there is one. What is to be told is in a stored status; who is told says so there. So nothing
 * is lost here that does not come again, and what comes again has the same identifier. Thread-safe; one at a time is told.
 */
public final class Alarm {
    private static final Logger LOG = Logger.getLogger(Alarm.class);
    private static final int WAITING_MOST = 1000;
    private static final int NOTE_MOST = 1000;
    private static final int UNPROCESSABLE = 422;
    private static final int DOUBLINGS_MOST = 6;
    private static final Duration FIRST = Duration.ofSeconds(1);

    private final KubernetesClient client;
    private final Alerts alerts;
    private final Optional<Webhook> webhook;
    private final AlertMeters meters;
    private final String instance;
    private final ScheduledExecutorService executor;
    private final Deque<Firing> waiting = new ArrayDeque<>();
    /** Policies' alerts of which one firing waits. The others come again when that one is told, so that one policy does not fill the queue of all. */
    private final Set<Key> known = new HashSet<>();

    private record Key(String policyUid, String alert) {
        static Key of(Firing firing) {
            return new Key(firing.policyUid(), firing.rule().name());
        }
    }

    /** Firings that the webhook has taken, and that have no Event yet. */
    private final Set<String> taken = ConcurrentHashMap.newKeySet();

    private boolean busy;
    private int failures;

    public Alarm(
            KubernetesClient client,
            Alerts alerts,
            Optional<Webhook> webhook,
            AlertMeters meters,
            String instance,
            ScheduledExecutorService executor) {
        this.client = client;
        this.alerts = alerts;
        this.webhook = webhook;
        this.meters = meters;
        this.instance = instance;
        this.executor = executor;
        meters.watch(this::waiting);
    }

    private synchronized int waiting() {
        return waiting.size();
    }

    /** Has somebody told. What finds no room comes again: its policy is looked at every few seconds. */
    synchronized void raise(Firing firing) {
        if (waiting.size() >= WAITING_MOST || !known.add(Key.of(firing))) {
            return;
        }
        waiting.add(firing);
        if (!busy) {
            busy = true;
            executor.execute(this::next);
        }
    }

    private void next() {
        Firing firing;
        synchronized (this) {
            firing = waiting.peek();
        }
        Optional<String> failure = tell(firing);
        synchronized (this) {
            waiting.poll();
            if (failure.isEmpty()) {
                failures = 0;
                known.remove(Key.of(firing));
            } else {
                // Behind all others: it may be this one alone that is not taken.
                waiting.add(firing);
                failures = Math.min(failures + 1, DOUBLINGS_MOST);
            }
            busy = !waiting.isEmpty();
            if (busy) {
                executor.schedule(
                        this::next, failures == 0 ? 0 : FIRST.toMillis() << (failures - 1), TimeUnit.MILLISECONDS);
            }
        }
    }

    private Optional<String> tell(Firing firing) {
        try {
            Optional<String> event = event(firing);
            Optional<String> failure = webhook(firing).or(() -> event);
            failure.ifPresent(why -> LOG.warnf(
                    "the alert %s of the policy %s/%s fired (%s), and nobody is told yet: %s",
                    firing.rule().name(),
                    firing.namespace(),
                    firing.policy(),
                    firing.firing().id(),
                    why));
            if (failure.isEmpty()) {
                taken.remove(firing.firing().id());
                alerts.notified(firing);
            }
            meters.told(failure.isEmpty());
            return failure;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        } catch (RuntimeException e) {
            LOG.warn("nobody is told of an alert yet", e);
            meters.told(false);
            return Optional.of(e.getClass().getSimpleName());
        }
    }

    /** It is told once, also where its Event is made only later. */
    private Optional<String> webhook(Firing firing) throws InterruptedException {
        if (webhook.isEmpty() || taken.contains(firing.firing().id())) {
            return Optional.empty();
        }
        Optional<String> failure = webhook.get().tell(firing);
        if (failure.isEmpty()) {
            taken.add(firing.firing().id());
        }
        return failure;
    }

    /** @return why there is none; empty where there is one, and where nobody could have one */
    private Optional<String> event(Firing firing) {
        Event event = new EventBuilder()
                .withNewMetadata()
                .withNamespace(firing.namespace())
                .withName(firing.policy() + "." + firing.firing().id())
                .addToLabels(Names.PART_OF_LABEL, Names.PART_OF)
                .endMetadata()
                .withRegarding(new ObjectReferenceBuilder()
                        .withApiVersion(HasMetadata.getApiVersion(SandboxPolicy.class))
                        .withKind(HasMetadata.getKind(SandboxPolicy.class))
                        .withNamespace(firing.namespace())
                        .withName(firing.policy())
                        .withUid(firing.policyUid())
                        .build())
                .withEventTime(new MicroTime(
                        Announcer.MICROS.format(Instant.parse(firing.firing().at()))))
                .withType("Warning")
                .withReason(Reason.AlertFired.name())
                .withAction(firing.rule().disables() ? "Disable" : "Notify")
                .withNote(Quoted.bounded(note(firing), NOTE_MOST))
                .withReportingController(Announcer.REPORTER)
                .withReportingInstance(instance)
                .build();
        try {
            client.resource(event).create();
            return Optional.empty();
        } catch (KubernetesClientException e) {
            boolean isSettled = e.getCode() == HttpURLConnection.HTTP_CONFLICT
                    || e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
                    || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
                    || e.getCode() == UNPROCESSABLE;
            return isSettled ? Optional.empty() : Optional.of("no Event: answer " + e.getCode());
        }
    }

    private static String note(Firing firing) {
        return "the alert " + firing.rule().name() + " ("
                + firing.rule().severity().text() + ") fired: "
                + firing.rule().condition()
                + (firing.firing().counts().isEmpty()
                        ? ""
                        : "; " + String.join(", ", firing.firing().counts()))
                + (firing.firing().tool() == null
                        ? ""
                        : "; the tool " + firing.firing().tool() + " is stopped");
    }
}
