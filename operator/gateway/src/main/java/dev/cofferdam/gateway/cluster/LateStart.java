package dev.cofferdam.gateway.cluster;

import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Whether a sandbox starts so late after its node was found that what a watch has told of its run may by now be old, and that the controller may be about to give it up: that goes by the
 * kubelet's word, which a busy node may give up to a minute late. Pure.
 */
final class LateStart {
    /** Of its supervisor's patience, which is a minute, or the time in which a container has to start where that is less: the rest is left for the kubelet to say that it has. */
    private static final int PART = 6;

    private static final String PATIENCE = "COFFERDAM_DEADLINE_SECONDS";

    private LateStart() {}

    /** True also where nobody can say. */
    static boolean is(Pod pod, Instant now) {
        return given(pod)
                .flatMap(at -> patience(pod).map(time -> at.plus(time.dividedBy(PART))))
                .map(late -> !now.isBefore(late))
                .orElse(true);
    }

    /** When a node was found for it. */
    private static Optional<Instant> given(Pod pod) {
        return pod.getStatus() == null
                ? Optional.empty()
                : pod.getStatus().getConditions().stream()
                        .filter(condition ->
                                "PodScheduled".equals(condition.getType()) && "True".equals(condition.getStatus()))
                        .findFirst()
                        .flatMap(condition -> time(condition.getLastTransitionTime()));
    }

    /** As the controller tells the supervisor. */
    private static Optional<Duration> patience(Pod pod) {
        return pod.getSpec().getContainers().stream()
                .filter(container -> Names.CONTAINER.equals(container.getName()))
                .map(Container::getEnv)
                .flatMap(variables -> variables.stream()
                        .filter(variable -> PATIENCE.equals(variable.getName()))
                        .map(EnvVar::getValue))
                .filter(value -> value != null && value.matches("[0-9]{1,6}"))
                .findFirst()
                .map(value -> Duration.ofSeconds(Long.parseLong(value)));
    }

    private static Optional<Instant> time(String text) {
        try {
            return Optional.ofNullable(text).map(Instant::parse);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
