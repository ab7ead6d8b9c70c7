package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.Golden;
import dev.cofferdam.controller.observe.Bounds;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.observe.Observer;
import dev.cofferdam.policy.Repetition;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A folder a case: a claimed run, its pod (or none: it is gone), the time and who wants it stopped; and the status that comes of it. */
class ReduceGoldenTest {
    private static final Observer OBSERVER = new Observer(new Bounds(
            Duration.ofSeconds(180),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofMinutes(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(15),
            Duration.ofSeconds(3),
            Duration.ofSeconds(3),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5)));

    /**
     * @param wish who wants the run stopped: absent, Cancelled, Deleted, Suspended, NamespaceSuspended, PolicyChanged, PolicyDeleted or PolicyNotReady
     * @param attempts how many its policy lets an idempotent run have; absent: no more than it has had
     * @param evicted whether its pod was, by the last that was seen of it
     */
    record Circumstances(String now, String wish, boolean idempotent, Integer attempts, boolean evicted) {}

    @TestFactory
    Stream<DynamicTest> reduces() {
        return Golden.cases("reduce").stream()
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> reduces(folder)));
    }

    private static Repetition repetition(int attempts) {
        return new Repetition(attempts, Duration.ofSeconds(10), 2, Duration.ofSeconds(15), 0);
    }

    private void reduces(Path folder) throws IOException {
        // Given
        Golden.hasOnly(folder, Set.of("in-run.yaml", "in-pod.yaml", "in-circumstances.yaml", "out-status.yaml"));
        ToolRun run = Golden.read(folder.resolve("in-run.yaml"), ToolRun.class);
        Path podFile = folder.resolve("in-pod.yaml");
        Optional<Pod> pod = Files.exists(podFile) ? Optional.of(Golden.read(podFile, Pod.class)) : Optional.empty();
        Circumstances circumstances = Golden.read(folder.resolve("in-circumstances.yaml"), Circumstances.class);
        Instant now = Instant.parse(circumstances.now());

        // When
        Observation observation = OBSERVER.observe(
                run.getStatus(),
                pod,
                circumstances.evicted(),
                Optional.ofNullable(circumstances.wish()).map(Reason::valueOf),
                now);
        if (circumstances.idempotent() && circumstances.wish() == null && circumstances.attempts() != null) {
            observation = Retrial.of(run, observation, repetition(circumstances.attempts()), now)
                    .<Observation>map(again -> again)
                    .orElse(observation);
        }
        Reduction reduction = Reducer.reduce(run, observation, circumstances.idempotent(), now);

        // Then
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("changed", !reduction.status().equals(Reducer.own(run.getStatus())));
        Observation.due(observation, now).ifPresent(wait -> shown.put("lookAgainAfterMillis", wait.toMillis()));
        shown.put("status", reduction.status());
        Golden.check(folder.resolve("out-status.yaml"), shown);
        assertThat(reduction.status().result()).as("facts are the gateway's").isNull();
        assertThat(reduction.status().execution()).as("facts are the gateway's").isNull();
    }
}
