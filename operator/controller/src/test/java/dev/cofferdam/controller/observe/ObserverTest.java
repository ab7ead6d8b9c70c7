package dev.cofferdam.controller.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.Golden;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObserverTest {
    private static final Path CASES = Path.of("src/test/resources/reduce");

    /** Else a quick run would end without its image's digest, and be written once more for it; or one would end as not executed that has a node since. */
    @ParameterizedTest
    @CsvSource({
        "told-exited-zero,false",
        "told-exited-zero-image-known,true",
        "starting-container-creating,true",
        "facts-of-another-pod,true",
        "starting-unscheduled-too-long,false"
    })
    void whatIsSeenLiveBeforeItIsBelieved(String folder, boolean suffices) throws IOException {
        ToolRun run = Golden.read(CASES.resolve(folder).resolve("in-run.yaml"), ToolRun.class);
        Pod pod = Golden.read(CASES.resolve(folder).resolve("in-pod.yaml"), Pod.class);

        assertThat(Observer.suffices(run.getStatus(), pod)).isEqualTo(suffices);
    }

    /** Its pod may be there for an hour more, so it is deleted by us when its time is over; by then it may be gone for good. */
    @Test
    void aPodThatWeDeletedBecauseItsTimeWasOverWasNotDeletedBySomebody() throws IOException {
        ToolRun run = Golden.read(CASES.resolve("running-nothing-new/in-run.yaml"), ToolRun.class);
        Pod pod = Golden.read(CASES.resolve("running-nothing-new/in-pod.yaml"), Pod.class);
        ToolRunStatus before = kept(run.getStatus());
        run.setStatus(before);
        Instant usual = Instant.parse(pod.getStatus().getStartTime());
        pod.getSpec().setActiveDeadlineSeconds(3600L + 60);
        Observer observer = new Observer(BOUNDS);

        assertThat(Observer.overdue(before, Optional.of(pod), usual.plusSeconds(59)))
                .isEmpty();
        Instant over = usual.plusSeconds(60);
        assertThat(Observer.overdue(before, Optional.of(pod), over)).contains(Reason.DeadlineExceeded);
        assertThat(Observer.overdue(before, Optional.empty(), over))
                .as("nobody knows")
                .isEmpty();
        Observation.Underway underway = (Observation.Underway)
                observer.observe(before, Optional.of(pod), false, Optional.of(Reason.DeadlineExceeded), over);
        run.setStatus(Reducer.reduce(run, underway.losing(Reason.DeadlineExceeded, over), false, over)
                .status());
        Optional<Reason> stop = Observer.overdue(run.getStatus(), Optional.empty(), over.plusSeconds(1));
        Observation gone = observer.observe(run.getStatus(), Optional.empty(), false, stop, over.plusSeconds(1));

        assertThat(gone)
                .isInstanceOfSatisfying(
                        Observation.Lost.class,
                        lost -> assertThat(lost.reason()).isEqualTo(Reason.DeadlineExceeded));
        assertThat(Reducer.reduce(run, gone, false, over.plusSeconds(1))
                        .status()
                        .phase())
                .isEqualTo(Phase.TimedOut);
    }

    /** Nobody could have waited for facts, or for a better word, before there was any: a busy node tells of an end long after it. */
    @Test
    void whatEndsWithoutFactsIsWaitedForFromWhenItWasTold() throws IOException {
        ToolRun run = Golden.read(CASES.resolve("lost-sandbox-crashed/in-run.yaml"), ToolRun.class);
        Pod pod = Golden.read(CASES.resolve("lost-sandbox-crashed/in-pod.yaml"), Pod.class);
        Instant told = Instant.parse("2026-01-01T00:00:30Z");
        pod.getMetadata()
                .setManagedFields(List.of(
                        new ManagedFieldsEntryBuilder()
                                .withSubresource("status")
                                .withTime(told.toString())
                                .build(),
                        new ManagedFieldsEntryBuilder()
                                .withTime(told.plusSeconds(60).toString())
                                .build()));
        Observer observer = new Observer(BOUNDS);

        assertThat(observer.observe(run.getStatus(), Optional.of(pod), false, Optional.empty(), told.plusSeconds(2)))
                .isInstanceOfSatisfying(
                        Observation.Underway.class,
                        underway -> assertThat(underway.again()).isEqualTo(told.plusSeconds(3)));
        assertThat(observer.observe(run.getStatus(), Optional.of(pod), false, Optional.empty(), told.plusSeconds(3)))
                .isInstanceOfSatisfying(
                        Observation.Lost.class,
                        lost -> assertThat(lost.reason()).isEqualTo(Reason.SandboxCrashed));
    }

    /** The API server was away, and with it the one that led before; the gateway has what the tool said, and is about to try again. */
    @Test
    void whoHasJustBegunToLookWaitsForFactsBeforeALossIsBelieved() throws IOException {
        ToolRun run = Golden.read(CASES.resolve("lost-supervisor/in-run.yaml"), ToolRun.class);
        Pod pod = Golden.read(CASES.resolve("lost-supervisor/in-pod.yaml"), Pod.class);
        Instant looking = Instant.parse("2026-01-01T00:05:00Z");
        Observation lost =
                new Observer(BOUNDS).observe(run.getStatus(), Optional.of(pod), false, Optional.empty(), looking);
        assertThat(lost).isInstanceOf(Observation.Lost.class);

        assertThat(Observer.patient(lost, looking, looking.plusSeconds(19)))
                .isInstanceOfSatisfying(Observation.Underway.class, underway -> {
                    assertThat(underway.again()).isEqualTo(looking.plusSeconds(20));
                    assertThat(Reducer.reduce(run, underway, false, looking).status())
                            .as("worth no write")
                            .isEqualTo(Reducer.own(run.getStatus()));
                });
        assertThat(Observer.patient(lost, looking, looking.plusSeconds(20))).isSameAs(lost);
    }

    /** Its run would keep its place for as long as the node's clock is ahead. */
    @Test
    void anEndByAClockThatIsAheadIsWaitedForFromWhenItWasTold() throws IOException {
        ToolRun run = Golden.read(CASES.resolve("lost-sandbox-crashed/in-run.yaml"), ToolRun.class);
        Pod pod = Golden.read(CASES.resolve("lost-sandbox-crashed/in-pod.yaml"), Pod.class);
        Instant told = Instant.parse(pod.getMetadata().getCreationTimestamp()).plusSeconds(5);
        pod.getMetadata()
                .setManagedFields(List.of(new ManagedFieldsEntryBuilder()
                        .withSubresource("status")
                        .withTime(told.toString())
                        .build()));
        pod.getStatus()
                .getContainerStatuses()
                .getFirst()
                .getState()
                .getTerminated()
                .setFinishedAt(told.plusSeconds(7200).toString());
        Observer observer = new Observer(BOUNDS);

        assertThat(observer.observe(run.getStatus(), Optional.of(pod), false, Optional.empty(), told.plusSeconds(2)))
                .isInstanceOf(Observation.Underway.class);
        assertThat(observer.observe(run.getStatus(), Optional.of(pod), false, Optional.empty(), told.plusSeconds(3)))
                .isInstanceOf(Observation.Lost.class);
    }

    /** A healthy tool's pod would be deleted for a deadline that has not come, or its node be called lost. */
    @Test
    void aPodsTimeBeginsNoSoonerThanItWasGivenToItsNode() throws IOException {
        ToolRun run = Golden.read(CASES.resolve("running-nothing-new/in-run.yaml"), ToolRun.class);
        Pod pod = Golden.read(CASES.resolve("running-nothing-new/in-pod.yaml"), Pod.class);
        ToolRunStatus before = kept(run.getStatus());
        Instant accepted = Instant.parse(pod.getStatus().getStartTime());
        pod.getSpec().setActiveDeadlineSeconds(3600L + 60);
        pod.getStatus()
                .setConditions(List.of(new PodConditionBuilder()
                        .withType("PodScheduled")
                        .withStatus("True")
                        .withLastTransitionTime(accepted.plusSeconds(150).toString())
                        .build()));

        assertThat(Observer.overdue(before, Optional.of(pod), accepted.plusSeconds(209)))
                .isEmpty();
        assertThat(Observer.overdue(before, Optional.of(pod), accepted.plusSeconds(210)))
                .contains(Reason.DeadlineExceeded);
    }

    /** Whether memory ran out, the kubelet alone knows, and on a busy node it speaks late. */
    @Test
    void theKubeletsWordOnAToolThatWasKilledHasTime() throws IOException {
        ToolRun run = Golden.read(CASES.resolve("told-signaled-kubelet-may-speak/in-run.yaml"), ToolRun.class);
        Pod pod = Golden.read(CASES.resolve("told-signaled-kubelet-may-speak/in-pod.yaml"), Pod.class);
        Instant finished = Instant.parse(run.getStatus().result().finishedAt());
        Observer observer = new Observer(BOUNDS);

        assertThat(observer.observe(
                        run.getStatus(), Optional.of(pod), false, Optional.empty(), finished.plusSeconds(14)))
                .isInstanceOf(Observation.Underway.class);
        assertThat(observer.observe(
                        run.getStatus(), Optional.of(pod), false, Optional.empty(), finished.plusSeconds(15)))
                .isInstanceOf(Observation.Told.class);
    }

    /** @param deletion in which second it is to be gone; -1: nobody has deleted it */
    @ParameterizedTest
    @CsvSource({
        "starting-unscheduled, -1, 200, Fresh",
        "starting-container-creating, -1, 50, Fresh",
        "pull-first-failure, -1, 50, Fresh",
        "starting-just-started, -1, 30, Fresh",
        "starting-just-started, -1, 31, Spent",
        "starting-just-started, 5, 4, Spent",
        "starting-just-started, 5, 64, Spent",
        "starting-just-started, 5, 65, Stuck",
        "lost-supervisor, -1, 10, Spent",
        "lost-supervisor, 5, 10, Spent",
        "lost-sandbox-crashed, -1, 10, Spent",
        "lost-refused-by-kubelet, -1, 2, Spent",
        "start-error-terminated, -1, 10, Spent"
    })
    void whatNobodyHasClaimedIsClaimedOnlyWhereItIsOfUse(String folder, int deletion, int second, Unclaimed unclaimed)
            throws IOException {
        Pod pod = Golden.read(CASES.resolve(folder).resolve("in-pod.yaml"), Pod.class);
        Instant made = Instant.parse(pod.getMetadata().getCreationTimestamp());
        if (deletion >= 0) {
            pod.getMetadata().setDeletionTimestamp(made.plusSeconds(deletion).toString());
        }

        assertThat(new Observer(BOUNDS).unclaimed(pod, made.plusSeconds(second)))
                .isEqualTo(unclaimed);
    }

    /** What is pulled is counted in, and a claim that nobody made is not waited for that long: each wait has a bound of its own. */
    @ParameterizedTest
    @CsvSource({
        "starting-container-creating-too-long, 179, ",
        "starting-container-creating-too-long, 180, StartTimedOut",
        "starting-volume-missing-too-long, 59, ",
        "starting-volume-missing-too-long, 60, WorkspaceMissing"
    })
    void whatHasNotStartedIsWaitedForToItsBound(String folder, int second, Reason reason) throws IOException {
        ToolRun run = Golden.read(CASES.resolve(folder).resolve("in-run.yaml"), ToolRun.class);
        Pod pod = Golden.read(CASES.resolve(folder).resolve("in-pod.yaml"), Pod.class);
        Instant made = Instant.parse(pod.getMetadata().getCreationTimestamp());

        Observation seen = new Observer(BOUNDS)
                .observe(run.getStatus(), Optional.of(pod), false, Optional.empty(), made.plusSeconds(second));

        assertThat(Optional.of(seen)
                        .filter(Observation.Lost.class::isInstance)
                        .map(Observation.Lost.class::cast)
                        .map(Observation.Lost::reason))
                .isEqualTo(Optional.ofNullable(reason));
    }

    private static final Bounds BOUNDS = new Bounds(
            Duration.ofSeconds(180),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofMinutes(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(15),
            Duration.ofSeconds(3),
            Duration.ofSeconds(15),
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Duration.ofSeconds(10));

    private static ToolRunStatus kept(ToolRunStatus status) {
        return Serialization.unmarshal(
                Serialization.asYaml(status)
                        .replaceFirst("(?m)^effective:$", "effective:\n  quarantineKeepMillis: 3600000"),
                ToolRunStatus.class);
    }
}
