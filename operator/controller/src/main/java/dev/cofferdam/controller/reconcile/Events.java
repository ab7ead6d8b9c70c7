package dev.cofferdam.controller.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.OptionalInt;

/** Makes Kubernetes Events, for who does {@code kubectl describe}. Their names are fixed by what they tell, so whoever tells it again makes no other one. */
final class Events {
    private static final String REPORTER = "cofferdam.dev/controller";

    /** In bytes of UTF-8, of which the API server takes 1024. */
    private static final int NOTE_MOST = 1000;

    private static final String CUT = "…";

    /** What the API server takes for a MicroTime: always six digits. */
    private static final DateTimeFormatter MICROS = new DateTimeFormatterBuilder()
            .appendPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
            .toFormatter(Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final KubernetesClient client;
    private final String instance;

    Events(KubernetesClient client, String instance) {
        this.client = client;
        this.instance = instance;
    }

    /**
     * What an Event tells.
     *
     * @param well whether nobody has to look
     * @param reason a word, by which Events are selected
     * @param action what was done
     * @param note for people
     */
    record Told(boolean well, String reason, String action, String note) {}

    /** A sandbox has words in it, too, and the API server refuses all of what is too long. */
    static String note(String text) {
        String bounded = Quoted.bounded(text, NOTE_MOST);
        if (bounded.getBytes(UTF_8).length <= NOTE_MOST) {
            return bounded;
        }
        // Takes whole characters only.
        ByteBuffer room = ByteBuffer.allocate(NOTE_MOST - CUT.getBytes(UTF_8).length);
        UTF_8.newEncoder().encode(CharBuffer.wrap(bounded), room, true);
        return UTF_8.decode(room.flip()) + CUT;
    }

    static ObjectReference about(HasMetadata object) {
        return new ObjectReferenceBuilder()
                .withApiVersion(object.getApiVersion())
                .withKind(object.getKind())
                .withNamespace(object.getMetadata().getNamespace())
                .withName(object.getMetadata().getName())
                .withUid(object.getMetadata().getUid())
                .build();
    }

    /**
     * Makes one, where it is not there yet.
     *
     * @param name of its own
     * @return the API server's answer, where it did not take it; empty where it is there
     */
    OptionalInt make(ObjectReference about, String name, Told told, Instant at) {
        try {
            client.resource(new EventBuilder()
                            .withNewMetadata()
                            .withNamespace(about.getNamespace())
                            .withName(name)
                            .addToLabels(Names.PART_OF_LABEL, Names.PART_OF)
                            .endMetadata()
                            .withRegarding(about)
                            .withEventTime(new MicroTime(MICROS.format(at)))
                            .withType(told.well() ? "Normal" : "Warning")
                            .withReason(told.reason())
                            .withAction(told.action())
                            .withNote(note(told.note()))
                            .withReportingController(REPORTER)
                            .withReportingInstance(instance)
                            .build())
                    .create();
            return OptionalInt.empty();
        } catch (KubernetesClientException e) {
            return e.getCode() == HttpURLConnection.HTTP_CONFLICT ? OptionalInt.empty() : OptionalInt.of(e.getCode());
        }
    }
}
