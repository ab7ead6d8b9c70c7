package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.api.v1alpha1.FileKind;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.ReturnedState;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.gateway.channel.ChannelState.Step;
import dev.cofferdam.gateway.channel.SupervisorFrame.Changes;
import dev.cofferdam.gateway.channel.SupervisorFrame.Event;
import dev.cofferdam.gateway.channel.SupervisorFrame.Output;
import dev.cofferdam.gateway.channel.SupervisorFrame.Result;
import dev.cofferdam.gateway.channel.SupervisorFrame.Started;
import dev.cofferdam.gateway.channel.SupervisorFrame.Stream;
import dev.cofferdam.policy.Job;
import dev.cofferdam.policy.Origin;
import dev.cofferdam.record.ChangedFiles;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ChannelStateTest {
    private static final int BOUND = 10;
    private static final String CLOSED = "tcp/:8444";
    private static final ChannelState WAITING =
            ChannelState.fresh(BOUND, Set.of(CLOSED), Set.of("token"), Job.Files.NONE);
    private static final ChannelState RUNNING = ((Step.ToolStarted) WAITING.receive(new Started())).state();

    @Test
    void aWholeStoryKeepsBothStreamsInOrder() {
        ChannelState state = RUNNING;
        for (String piece : new String[] {"ab", "c", "def"}) {
            state = ((Step.Advanced) state.receive(output(Stream.stdout, piece))).state();
        }
        state = ((Step.Advanced) state.receive(output(Stream.stderr, "x"))).state();
        Step end = state.receive(exited(6, 1));
        assertThat(end).isInstanceOfSatisfying(Step.ToolEnded.class, ended -> {
            assertThat(ended.stdout()).asString().isEqualTo("abcdef");
            assertThat(ended.stderr()).asString().isEqualTo("x");
        });
    }

    @Test
    void totalsBeyondTheBoundAreExactAndTheBoundIsFull() {
        ChannelState full = ((Step.Advanced) RUNNING.receive(output(Stream.stdout, "0123456789"))).state();
        assertThat(full.receive(exited(10_000_000, 0))).isInstanceOf(Step.ToolEnded.class);
        assertThat(full.receive(exited(9, 0))).isInstanceOf(Step.Violation.class);
        assertThat(full.receive(output(Stream.stdout, "x"))).isInstanceOf(Step.Violation.class);
        assertThat(full.receive(output(Stream.stderr, "x"))).isInstanceOf(Step.Advanced.class);
    }

    @Test
    void totalsThatDoNotMatchWhatTravelledAreViolations() {
        ChannelState three = ((Step.Advanced) RUNNING.receive(output(Stream.stdout, "abc"))).state();
        assertThat(three.receive(exited(2, 0))).isInstanceOf(Step.Violation.class);
        assertThat(three.receive(exited(4, 0))).isInstanceOf(Step.Violation.class);
        assertThat(three.receive(exited(3, 1))).isInstanceOf(Step.Violation.class);
        assertThat(three.receive(exited(3, 0))).isInstanceOf(Step.ToolEnded.class);
    }

    private static final Job.Files VIEW = new Job.Files(
            List.of(new GrantedFiles("fs:///workspace/**", List.of(StorageAccess.Read, StorageAccess.Write))),
            List.of(new GrantedFiles("fs:///workspace/**/*.key", List.of(StorageAccess.Write))),
            new Origin.Nothing(),
            List.of("report.md", "out/b"));
    private static final ChannelState VIEWING = ((Step.ToolStarted)
                    ChannelState.fresh(BOUND, Set.of(), Set.of(), VIEW).receive(new Started()))
            .state();

    @Test
    void outputsAreThoseThatTheJobAsksForAndToldOnceAfterTheChanges() {
        SupervisorFrame.OutputFile file = new SupervisorFrame.OutputFile(ReturnedState.Missing, new byte[0]);
        SupervisorFrame.Outputs told = new SupervisorFrame.Outputs(List.of(file, file));
        assertThat(VIEWING.receive(told)).isInstanceOf(Step.Violation.class);
        ChannelState changed = ((Step.Advanced) VIEWING.receive(changes(1, 0, item("a", Change.Added)))).state();
        assertThat(changed.receive(new SupervisorFrame.Outputs(List.of(file)))).isInstanceOf(Step.Violation.class);
        ChannelState returned = ((Step.Advanced) changed.receive(told)).state();
        assertThat(returned.receive(told)).isInstanceOf(Step.Violation.class);
        assertThat(((Step.ToolEnded) returned.receive(exited(0, 0))).outputs()).contains(told);
        assertThat(RUNNING.receive(told)).isInstanceOf(Step.Violation.class);
    }

    @Test
    void whatWasChangedIsToldOnceBetweenOutputAndResult() {
        Changes told = changes(1, 1, item("a", Change.Added), item("b/\uD83D\uDE42", Change.Deleted));

        ChannelState after = ((Step.Advanced) VIEWING.receive(told)).state();

        assertThat(after.receive(exited(0, 0)))
                .isInstanceOfSatisfying(
                        Step.ToolEnded.class,
                        ended -> assertThat(ended.changes()).contains(told));
        assertThat(after.receive(told)).isInstanceOf(Step.Violation.class);
        assertThat(after.receive(output(Stream.stdout, "x"))).isInstanceOf(Step.Violation.class);
        assertThat(RUNNING.receive(told)).isInstanceOf(Step.Violation.class);
        assertThat(ChannelState.fresh(BOUND, Set.of(), Set.of(), VIEW).receive(told))
                .isInstanceOf(Step.Violation.class);
    }

    @Test
    void aSetThatNoHonestSupervisorTellsIsAViolation() {
        ChangedFile a = item("a", Change.Added);
        assertThat(VIEWING.receive(changes(1, 0, a))).isInstanceOf(Step.Advanced.class);
        assertThat(VIEWING.receive(changes(5, 0, a))).as("more than fits").isInstanceOf(Step.Advanced.class);
        assertThat(VIEWING.receive(changes(0, 0, a))).as("more than is counted").isInstanceOf(Step.Violation.class);
        assertThat(VIEWING.receive(changes(2, 0, a, a))).as("twice").isInstanceOf(Step.Violation.class);
        assertThat(VIEWING.receive(changes(2, 0, item("b", Change.Added), a)))
                .as("out of order")
                .isInstanceOf(Step.Violation.class);
        for (String path : List.of(
                "x.key", "d/x.key", "../a", "/a", "a//b", "a/.", "a\nb", ".cofferdam-commit/a", "d/.cofferdam-x")) {
            assertThat(VIEWING.receive(changes(1, 0, item(path, Change.Added))))
                    .as(path)
                    .isInstanceOf(Step.Violation.class);
        }
        assertThat(VIEWING.receive(new Changes(
                        true, 1, 0, 0, "sha256:" + "0".repeat(64), List.of(a), List.of(), 0, Optional.empty())))
                .as("another digest")
                .isInstanceOf(Step.Violation.class);
    }

    private static Changes changes(int added, int deleted, ChangedFile... items) {
        List<ChangedFile> all = List.of(items);
        return new Changes(true, added, 0, deleted, ChangedFiles.digest(all), all, List.of(), 0, Optional.empty());
    }

    private static ChangedFile item(String path, Change change) {
        return change == Change.Deleted
                ? new ChangedFile(path, change, null, null, null, null)
                : new ChangedFile(path, change, FileKind.File, "0644", "ab".repeat(32), 1L);
    }

    /** The same as sandbox-image/changes computes: its test has the same digest. */
    @Test
    void theDigestIsTheSupervisors() {
        assertThat(ChangedFiles.digest(List.of(
                        item("a", Change.Added),
                        item("b/\uD83D\uDE42", Change.Deleted),
                        new ChangedFile("c", Change.Modified, FileKind.Symlink, "0777", "cd".repeat(32), 2L))))
                .isEqualTo("sha256:b0a2dc2260cc4f19d6147ffc7159d0337f08877992bd81305f41957bf35aa422");
    }

    @Test
    void orderHolds() {
        assertThat(WAITING.receive(output(Stream.stdout, "a"))).isInstanceOf(Step.Violation.class);
        assertThat(WAITING.receive(exited(0, 0))).isInstanceOf(Step.Violation.class);
        assertThat(RUNNING.receive(new Started())).isInstanceOf(Step.Violation.class);
        assertThat(RUNNING.receive(output(Stream.stdout, ""))).isInstanceOf(Step.Violation.class);
        ChannelState ended = ((Step.ToolEnded) RUNNING.receive(exited(0, 0))).state();
        assertThat(ended.receive(exited(0, 0))).isInstanceOf(Step.Violation.class);
        assertThat(ended.receive(new Started())).isInstanceOf(Step.Violation.class);
    }

    @Test
    void eventsAreNumberedAndBoundedAndComeWhileTheToolRuns() {
        Event event =
                new Event(AuditEventType.ProcessExec, "/usr/bin/git", "exec", AuditResult.Denied, Map.of("count", "1"));
        assertThat(WAITING.receive(event)).isInstanceOf(Step.Violation.class);
        ChannelState state = RUNNING;
        for (int number = 1; number <= ChannelState.EVENTS_MOST; number++) {
            Step.Happened happened = (Step.Happened) state.receive(event);
            assertThat(happened.number()).isEqualTo(number);
            assertThat(happened.event()).isEqualTo(event);
            state = happened.state();
        }
        assertThat(state.receive(event)).isInstanceOf(Step.Violation.class);
        assertThat(state.receive(exited(0, 0))).isInstanceOf(Step.ToolEnded.class);
        ChannelState ended = ((Step.ToolEnded) RUNNING.receive(exited(0, 0))).state();
        assertThat(ended.receive(event)).isInstanceOf(Step.Violation.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = Outcome.class,
            names = {"ToolNotFound", "ToolNotExecutable", "BoxFailed", "SecretMissing", "SecretTooLarge"})
    void whatNeverRanHasNotStarted(Outcome outcome) {
        assertThat(WAITING.receive(result(outcome, 0, 0, 0))).isInstanceOf(Step.ToolEnded.class);
        assertThat(RUNNING.receive(result(outcome, 0, 0, 0))).isInstanceOf(Step.Violation.class);
        assertThat(WAITING.receive(result(outcome, 0, 0, 1))).isInstanceOf(Step.Violation.class);
        assertThat(WAITING.receive(result(outcome, 1, 0, 0))).isInstanceOf(Step.Violation.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = Outcome.class,
            names = {"Exited", "Signaled", "TimedOut", "CpuTimeExceeded", "Frozen", "ProgramNotAllowed"})
    void whatEndedHasStarted(Outcome outcome) {
        assertThat(WAITING.receive(result(outcome, 0, 0, 0))).isInstanceOf(Step.Violation.class);
        assertThat(RUNNING.receive(result(outcome, 0, 0, 5))).isInstanceOf(Step.ToolEnded.class);
    }

    @Test
    void anOrderToStopCanComeBeforeTheStart() {
        assertThat(WAITING.receive(result(Outcome.Stopped, 0, 0, 0))).isInstanceOf(Step.ToolEnded.class);
        assertThat(RUNNING.receive(result(Outcome.Stopped, 0, 0, 5))).isInstanceOf(Step.ToolEnded.class);
    }

    @Test
    void anOpenNetworkEndsWhatHasBegunAndWhatHasNotAndIsOneOfTheJobs() {
        assertThat(WAITING.receive(open(CLOSED, 0))).isInstanceOf(Step.ToolEnded.class);
        assertThat(RUNNING.receive(open(CLOSED, 5))).isInstanceOf(Step.ToolEnded.class);
        assertThat(WAITING.receive(open(CLOSED, 5))).isInstanceOf(Step.Violation.class);
        assertThat(RUNNING.receive(open("tcp/10.0.0.1:22", 5))).isInstanceOf(Step.Violation.class);
    }

    @Test
    void secretsThatAreMissingAreOfTheJobs() {
        assertThat(WAITING.receive(missing("token"))).isInstanceOf(Step.ToolEnded.class);
        assertThat(RUNNING.receive(missing("token"))).isInstanceOf(Step.Violation.class);
        assertThat(WAITING.receive(missing("another"))).isInstanceOf(Step.Violation.class);
    }

    @Test
    void smallPiecesAddUpToTheSameBytes() {
        byte[] all = new byte[100_000];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i * 31);
        }
        Kept kept = Kept.NOTHING;
        int at = 0;
        for (int size = 1; at < all.length; size = size * 7 % 9001 + 1) {
            int end = Math.min(all.length, at + size);
            kept = kept.add(Arrays.copyOfRange(all, at, end));
            at = end;
        }
        assertThat(kept.size()).isEqualTo(all.length);
        assertThat(kept.bytes()).isEqualTo(all);
    }

    private static Output output(Stream stream, String text) {
        return new Output(stream, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Result open(String address, long duration) {
        return Results.of(Outcome.NetworkNotIsolated)
                .open(address)
                .took(duration, 0, 0)
                .result();
    }

    private static Result missing(String name) {
        return Results.of(Outcome.SecretMissing).secrets(name).result();
    }

    private static Result exited(long stdout, long stderr) {
        return Results.exited(0).wrote(stdout, stderr).took(1, 1, 1).result();
    }

    private static Result result(Outcome outcome, long stdout, long stderr, long duration) {
        return Results.of(outcome).wrote(stdout, stderr).took(duration, 0, 0).result();
    }
}
