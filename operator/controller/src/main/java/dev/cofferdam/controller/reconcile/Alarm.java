package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.controller.notify.Webhook;
import dev.cofferdam.controller.telemetry.AlertMeters;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Tells of what fired: an Event of the policy, and the webhook where there is one, and neither waits for the other. What is to be told is in a stored status; who is
 * told says so there, when both are. So nothing is lost here that does not come again, and what comes again has the same identifier. Thread-safe.
 */
public final class Alarm {
    private static final Logger LOG = Logger.getLogger(Alarm.class);
    private static final int UNPROCESSABLE = 422;

    /** Answers after which nobody can have the Event. */
    private static final Set<Integer> NEVER =
            Set.of(HttpURLConnection.HTTP_FORBIDDEN, HttpURLConnection.HTTP_NOT_FOUND, UNPROCESSABLE);

    private final Events events;
    private final Alerts alerts;
    private final AlertMeters meters;
    private final List<Telling> places;

    /**
     * @param eventThread does one thing at a time: makes Events
     * @param webhookThread does one thing at a time: calls the webhook
     */
    public Alarm(
            KubernetesClient client,
            Alerts alerts,
            Optional<Webhook> webhook,
            AlertMeters meters,
            String instance,
            ScheduledExecutorService eventThread,
            ScheduledExecutorService webhookThread,
            Clock clock) {
        this.events = new Events(client, instance);
        this.alerts = alerts;
        this.meters = meters;
        this.places = Stream.concat(
                        Stream.of(new Telling(firing -> tell(firing, this::event), eventThread, clock, this::told)),
                        webhook.stream()
                                .map(there -> new Telling(
                                        firing -> tell(firing, there::tell), webhookThread, clock, this::told)))
                .toList();
        meters.watch(this::waiting);
    }

    private long waiting() {
        return places.stream()
                .flatMap(place -> place.waiting().stream())
                .distinct()
                .count();
    }

    /** Has somebody told, who was not. */
    void raise(Firing firing) {
        places.forEach(place -> place.raise(firing));
    }

    /** One of the places has taken it. */
    private synchronized void told(Firing firing) {
        if (places.stream().allMatch(place -> place.hasTold(firing))) {
            meters.told(true);
            try {
                alerts.notified(firing);
            } finally {
                places.forEach(place -> place.forget(firing));
            }
        }
    }

    private interface Teller {
        /** @return why it is not told; empty where it is */
        Optional<String> tell(Firing firing) throws InterruptedException;
    }

    private boolean tell(Firing firing, Teller teller) {
        Optional<String> failure = failure(firing, teller);
        failure.ifPresent(why -> {
            meters.told(false);
            LOG.warnf(
                    "the alert %s of the policy %s/%s fired (%s), and not everybody is told yet: %s",
                    firing.alert(),
                    firing.namespace(),
                    firing.policy(),
                    firing.firing().id(),
                    why);
        });
        return failure.isEmpty();
    }

    private static Optional<String> failure(Firing firing, Teller teller) {
        try {
            return teller.tell(firing);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        } catch (RuntimeException e) {
            LOG.warn("not everybody is told of an alert yet", e);
            return Optional.of(e.getClass().getSimpleName());
        }
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
