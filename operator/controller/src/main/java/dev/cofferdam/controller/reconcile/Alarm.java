package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.controller.alert.Turns;
import dev.cofferdam.controller.notify.Webhook;
import dev.cofferdam.controller.telemetry.AlertMeters;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Tells of what fired: an Event of the policy, and the webhook where there is one. What is to be told is in a stored status; who is told says so there. So nothing
 * is lost here that does not come again, and what comes again has the same identifier. Thread-safe; one at a time is told, of each namespace in turn.
 */
public final class Alarm {
    private static final Logger LOG = Logger.getLogger(Alarm.class);
    private static final int UNPROCESSABLE = 422;

    /** Answers after which nobody can have the Event. */
    private static final Set<Integer> NEVER =
            Set.of(HttpURLConnection.HTTP_FORBIDDEN, HttpURLConnection.HTTP_NOT_FOUND, UNPROCESSABLE);

    private final Events events;
    private final Alerts alerts;
    private final Optional<Webhook> webhook;
    private final AlertMeters meters;
    private final ScheduledExecutorService executor;
    private final Clock clock;
    private final Turns turns = new Turns();

    /** Firings that the webhook has taken, and that have no Event yet. */
    private final Set<String> taken = ConcurrentHashMap.newKeySet();

    public Alarm(
            KubernetesClient client,
            Alerts alerts,
            Optional<Webhook> webhook,
            AlertMeters meters,
            String instance,
            ScheduledExecutorService executor,
            Clock clock) {
        this.events = new Events(client, instance);
        this.alerts = alerts;
        this.webhook = webhook;
        this.meters = meters;
        this.executor = executor;
        this.clock = clock;
        meters.watch(this::waiting);
    }

    private synchronized int waiting() {
        return turns.size();
    }

    /** Has somebody told. What finds no room comes again: its policy is looked at every few seconds. */
    synchronized void raise(Firing firing) {
        turns.offer(firing);
        // Also where it waits already: the look that was to come may have come too soon, by a clock that was set back.
        executor.execute(this::next);
    }

    /** Tells of one. Of each namespace where somebody waits there is another look to come: for whoever has just come, or behind the one before. */
    private void next() {
        Optional<Firing> firing;
        synchronized (this) {
            firing = turns.next(clock.instant());
        }
        if (firing.isEmpty()) {
            return;
        }
        boolean told = tell(firing.get()).isEmpty();
        synchronized (this) {
            if (told) {
                turns.told(firing.get());
                taken.remove(firing.get().firing().id());
                executor.execute(this::next);
            } else {
                Duration pause = turns.failed(firing.get(), clock.instant());
                executor.schedule(this::next, pause.toMillis() + 1, TimeUnit.MILLISECONDS);
            }
        }
        if (told) {
            // Last: it has the next one of the alert come, which must find the place free.
            alerts.notified(firing.get());
        }
    }

    private Optional<String> tell(Firing firing) {
        try {
            Optional<String> event = event(firing);
            Optional<String> failure = webhook(firing).or(() -> event);
            failure.ifPresent(why -> LOG.warnf(
                    "the alert %s of the policy %s/%s fired (%s), and nobody is told yet: %s",
                    firing.alert(),
                    firing.namespace(),
                    firing.policy(),
                    firing.firing().id(),
                    why));
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
        ObjectReference policy = new ObjectReferenceBuilder()
                .withApiVersion(HasMetadata.getApiVersion(SandboxPolicy.class))
                .withKind(HasMetadata.getKind(SandboxPolicy.class))
                .withNamespace(firing.namespace())
                .withName(firing.policy())
                .withUid(firing.policyUid())
                .build();
        Events.Told told = new Events.Told(false, Reason.AlertFired.name(), action(firing), note(firing));
        String name = firing.policy() + "." + firing.firing().id();
        OptionalInt refused =
                events.make(policy, name, told, Instant.parse(firing.firing().at()));
        return refused.isEmpty() || NEVER.contains(refused.getAsInt())
                ? Optional.empty()
                : Optional.of("no Event: answer " + refused.getAsInt());
    }

    private static String action(Firing firing) {
        return switch (firing.action()) {
            case DisableComponent -> "Disable";
            case Quarantine -> "Quarantine";
            case Notify, NotifySecurityTeam, Unrecognized -> "Notify";
        };
    }

    private static String note(Firing firing) {
        return "the alert " + firing.alert() + " ("
                + firing.severity().text() + ") fired: "
                + firing.condition()
                + (firing.firing().counts().isEmpty()
                        ? ""
                        : "; " + String.join(", ", firing.firing().counts()))
                + (firing.firing().tool() == null
                        ? ""
                        : "; the tool " + firing.firing().tool() + " is stopped")
                + (firing.quarantines() ? "; the policy is quarantined, what runs of it is frozen and kept" : "");
    }
}
