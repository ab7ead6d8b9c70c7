package dev.cofferdam.controller.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Quoted;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The pod that writes a run's changes, as the API server shows it. */
final class CommitterView {
    /** From its creation: longer than its own deadline, for one that no node takes. */
    static final Duration PATIENCE = Duration.ofMinutes(12);

    /** Beyond the moment at which it was to be gone: where its node is lost, nobody takes it away. */
    static final Duration VANISHING = Duration.ofMinutes(10);

    private static final Set<Reason> OUTCOMES = EnumSet.of(
            Reason.Committed, Reason.Conflict, Reason.NotWritable, Reason.ContentsInvalid, Reason.ContentsLost);
    private static final int PATHS_MOST = dev.cofferdam.api.v1alpha1.Bounds.NAMED_PATHS;
    private static final int PATH_MOST = 256;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Pod pod;

    CommitterView(Pod pod) {
        this.pod = pod;
    }

    /** What the committer said when it was done. */
    record Word(Reason outcome, List<String> paths) {}

    /** When it is to be gone, where somebody has deleted it. */
    Optional<Instant> deleted() {
        return PodView.time(pod.getMetadata().getDeletionTimestamp());
    }

    /** When it has taken too long. */
    Instant until() {
        return Instant.parse(pod.getMetadata().getCreationTimestamp()).plus(PATIENCE);
    }

    boolean hasEnded() {
        return Observer.hasEnded(pod);
    }

    /** Whether its program has run, for however long; false where nothing is known of it. */
    boolean hasStarted() {
        return states().anyMatch(status -> Boolean.TRUE.equals(status.getStarted())
                || status.getRestartCount() != null && status.getRestartCount() > 0
                || status.getState() != null
                        && (status.getState().getRunning() != null
                                || status.getState().getTerminated() != null));
    }

    /**
     * Empty where it said nothing that is known here: then it is not known to be done. A word counts whatever becomes of the pod: whoever has said it and ended with 0 is
     * not started again.
     */
    Optional<Word> word() {
        return states().map(ContainerStatus::getState)
                .filter(state -> state != null && state.getTerminated() != null)
                .filter(state -> Integer.valueOf(0).equals(state.getTerminated().getExitCode()))
                .flatMap(state -> Optional.ofNullable(state.getTerminated().getMessage()).stream())
                .findFirst()
                .flatMap(CommitterView::read);
    }

    private Stream<ContainerStatus> states() {
        return pod.getStatus() == null
                ? Stream.empty()
                : pod.getStatus().getContainerStatuses().stream()
                        .filter(status -> Names.COMMITTER.equals(status.getName()));
    }

    private static Optional<Word> read(String message) {
        try {
            JsonNode said = JSON.readTree(message);
            String outcome = said.path("outcome").asText("");
            List<String> paths = new ArrayList<>();
            for (JsonNode path : said.path("paths")) {
                if (paths.size() < PATHS_MOST
                        && path.isTextual()
                        && !path.textValue().isEmpty()) {
                    paths.add(Quoted.bounded(path.textValue(), PATH_MOST));
                }
            }
            return OUTCOMES.stream()
                    .filter(known -> known.name().equals(outcome))
                    .findFirst()
                    .map(known -> new Word(known, paths));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
