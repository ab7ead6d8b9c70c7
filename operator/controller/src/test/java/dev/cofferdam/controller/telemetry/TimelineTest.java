package dev.cofferdam.controller.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.Golden;
import dev.cofferdam.controller.telemetry.Timeline.Stage;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TimelineTest {
    static final Path CASES = Path.of("src/test/resources/reduce");
    private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void theStagesOfARunFollowOneAnother() throws IOException {
        ToolRun run = run("told-exited-42");

        Timeline timeline = Timeline.of(run, run.getStatus(), CREATED.plusSeconds(2));

        assertThat(timeline.parts())
                .extracting(Timeline.Part::stage)
                .containsExactly(Stage.Decide, Stage.Start, Stage.Execute, Stage.Record);
        assertThat(timeline.parts())
                .extracting(Timeline.Part::length)
                .containsExactly(Duration.ZERO, Duration.ofSeconds(1), Duration.ofMillis(41), Duration.ofMillis(959));
    }

    @Test
    void whatNeverStartedHasNoStagesAfterTheDecision() throws IOException {
        ToolRun run = run("lost-refused-by-kubelet");

        assertThat(Timeline.of(run, run.getStatus(), CREATED.plusSeconds(2)).parts())
                .extracting(Timeline.Part::stage)
                .containsExactly(Stage.Decide);
    }

    @Test
    void anEndBeforeTheStartByAnotherClockTakesNoTime() throws IOException {
        ToolRun run = run("told-exited-42");

        assertThat(Timeline.of(run, run.getStatus(), CREATED).parts())
                .extracting(Timeline.Part::length)
                .noneMatch(Duration::isNegative);
    }

    @Test
    void aToolThatWasAtWorkForAgesByItsSandboxsWordWasSoUntilTheEnd() throws IOException {
        ToolRun run = Serialization.unmarshal(
                Files.readString(CASES.resolve("told-exited-42/in-run.yaml"))
                        .replace("durationMillis: 41", "durationMillis: 9007199254740992"),
                ToolRun.class);

        assertThat(Timeline.of(run, run.getStatus(), CREATED.plusSeconds(2)).parts())
                .filteredOn(part -> part.stage() == Stage.Execute)
                .extracting(Timeline.Part::length)
                .containsExactly(Duration.ofSeconds(1));
    }

    @Test
    void theFactsOfAnEarlierAttemptAreNotTheLastOnes() throws IOException {
        ToolRun run = run("facts-of-another-pod");

        assertThat(Timeline.of(run, run.getStatus(), CREATED.plusSeconds(2)).parts())
                .extracting(Timeline.Part::stage)
                .containsExactly(Stage.Decide);
    }

    static ToolRun run(String name) throws IOException {
        return Golden.read(CASES.resolve(name).resolve("in-run.yaml"), ToolRun.class);
    }
}
