package dev.cofferdam.controller.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.observe.CommitStep.Begin;
import dev.cofferdam.controller.observe.CommitStep.Decided;
import dev.cofferdam.controller.observe.CommitStep.Follow;
import dev.cofferdam.controller.observe.CommitStep.Hold;
import dev.cofferdam.controller.observe.CommitStep.Replace;
import dev.cofferdam.controller.observe.CommitStep.Result;
import dev.cofferdam.policy.CommitGrant;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is next for the changes of a run, from what the API server has of it alone. */
class CommitCourseTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");
    private static final String DIGEST = "sha256:00";
    private static final String APPROVED = ", approvedDigest: '" + DIGEST + "', approvedBy: alice";
    private static final CommitGrant GRANT = new CommitGrant.Granted(
            List.of(new GrantedFiles("fs:///workspace/**", List.of(StorageAccess.Write))), List.of());
    private static final CommitGrant SUSPENDED =
            new CommitGrant.Refused(new DecisionReason("PolicySuspended", "tools", "suspended on purpose"));
    private static final String CHANGES =
            "changes: {added: 1, modified: 1, deleted: 1, digest: 'sha256:00', complete: true, contents: {sha256: '67', bytes: 9, expiresAt: '2026-01-02T00:00:00Z'}}";
    private static final String ENDED =
            "phase: Succeeded, result: {podUID: p1, outcome: Exited, exitCode: 0}, " + CHANGES;

    @Test
    void manualWaitsForSomebody() {
        Hold hold = (Hold) next(run("Manual", "", ENDED), GRANT);

        assertThat(hold.reason()).isEqualTo(Reason.AwaitingApproval);
        assertThat(hold.again()).isEqualTo(Instant.parse("2026-01-02T00:00:00Z"));
        assertThat(hold.message())
                .contains("kubectl patch toolrun -n agents call")
                .contains("its changes to the claim repo, below team/src before")
                .contains(
                        "'{\"metadata\":{\"uid\":\"u\"},\"spec\":{\"workspace\":{\"approvedDigest\":\"sha256:00\"}}}'");
    }

    @Test
    void whatIsApprovedBegins() {
        Begin begin = (Begin) next(run("Manual", APPROVED, ENDED), GRANT);

        assertThat(begin.commit().digest()).isEqualTo(DIGEST);
        assertThat(begin.commit().approvedBy()).isEqualTo("alice");
        assertThat(begin.commit().number()).isEqualTo(1);
        assertThat(begin.commit().podUID()).isNull();
        assertThat(begin.commit().storage()).isEqualTo(((CommitGrant.Granted) GRANT).allow());
        assertThat(begin.commit().startedAt()).isEqualTo(NOW.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    audit: {sources: [{source: controller, denied: 0}, {source: gateway/a, denied: 0}]} | Begin
                    audit: {sources: [{source: controller, denied: 0}, {source: gateway/a, denied: 1}]} | Hold
                    audit: {sources: [{source: gateway/a}]}                                           | Hold
                    audit: {sources: [{source: gateway/a, denied: 0}, {source: gateway/b, denied: 0}]} | Hold
                    audit: {sources: [{source: gateway/a, denied: 0, dropped: 1}]}                     | Hold
                    audit: {sources: [{source: gateway/a, denied: 0, events: [{action: resume}]}]}     | Hold
                    phase: Failed                                                                      | Hold
                    phase: Unknown                                                                     | Hold
                    """)
    void anEndApprovesByItselfOnlyWhereNothingWasDenied(String more, String step) {
        ToolRun run = run(
                "OnSuccess",
                "",
                ENDED.replace(more.startsWith("phase") ? "phase: Succeeded" : "@", more)
                        + (more.startsWith("audit") ? ", " + more : ""));

        assertThat(next(run, GRANT).getClass().getSimpleName()).isEqualTo(step);
    }

    @Test
    void aSetWithViolationsIsNotApprovedByItself() {
        CommitStep step = next(run("OnSuccess", "", ENDED.replace("added: 1", "denied: 2, added: 1")), GRANT);

        assertThat(((Hold) step).message()).startsWith("something was denied to the tool");
        // But by somebody who has looked.
        assertThat(next(run("OnSuccess", APPROVED, ENDED.replace("added: 1", "denied: 2, added: 1")), GRANT))
                .isInstanceOf(Begin.class);
    }

    @Test
    void anEndThatApprovesByItselfNamesNobody() {
        Begin begin = (Begin) next(run("OnSuccess", "", ENDED), GRANT);

        assertThat(begin.commit().approvedBy()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    contents: {sha256: '67', bytes: 9, expiresAt: '2026-01-02T00:00:00Z'} | contents: null   | ContentsNotKept
                    expiresAt: '2026-01-02T00:00:00Z'                 | expiresAt: '2026-01-01T00:10:00Z'    | ApprovalExpired
                    complete: true                                    | complete: false                      | ChangesIncomplete
                    added: 1, modified: 1, deleted: 1                 | added: 0, modified: 0, deleted: 0    | NothingToCommit
                    podUID: p1                                        | podUID: p0                           | NothingToCommit
                    changes:                                          | ignored:                             | NothingToCommit
                    """)
    void whatCannotBeWrittenIsDecidedAtOnce(String part, String other, Reason reason) {
        CommitStep step = next(run("Manual", APPROVED, ENDED.replace(part, other)), GRANT);

        assertThat(((Decided) step).reason()).isEqualTo(reason);
        assertThat(((Decided) step).result()).isEqualTo(Result.False);
    }

    @Test
    void aCancelledRunGivesItsChangesUpWhileNothingIsWritten() {
        ToolRun run = cancelled(run("Manual", APPROVED, ENDED));
        assertThat(((Decided) next(run, GRANT)).reason()).isEqualTo(Reason.Cancelled);

        ToolRun deleted = run("Manual", APPROVED, ENDED);
        deleted.getMetadata().setDeletionTimestamp("2026-01-01T00:09:00Z");
        assertThat(((Decided) next(deleted, GRANT)).reason()).isEqualTo(Reason.Cancelled);

        ToolRun begun = cancelled(run("Manual", APPROVED, ENDED + ", " + commit(1)));
        assertThat(next(begun, GRANT, pod("c1", "Running", ""))).isInstanceOf(Follow.class);
    }

    @Test
    void whatThePolicyDoesNotLetIsHeldBackAndNotLost() {
        Hold hold = (Hold) next(run("Manual", APPROVED, ENDED), SUSPENDED);

        assertThat(hold.reason()).isEqualTo(Reason.PolicySuspended);
        assertThat(hold.message()).contains("held back").contains("suspended on purpose");
    }

    /** The gateway gives it nothing meanwhile; five pods that wait in vain would be the end of the approval. */
    @Test
    void noPodIsUsedUpWhileThePolicyDoesNotLetItWrite() {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(1));

        assertThat(next(run, SUSPENDED, pod("c1", "Running", ""))).isInstanceOf(Follow.class);
        assertThat(next(run, SUSPENDED, pod("c1", "Failed", ""))).isInstanceOf(Hold.class);
        assertThat(next(run, GRANT, pod("c1", "Failed", ""))).isInstanceOf(Replace.class);
        assertThat(((Hold) next(run, SUSPENDED)).reason()).isEqualTo(Reason.PolicySuspended);
        assertThat(next(run, GRANT)).isInstanceOf(Begin.class);
    }

    @Test
    void noPodIsUsedUpWhileThePolicyLetsLessBeWritten() {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(1));
        CommitGrant less = new CommitGrant.Granted(
                List.of(new GrantedFiles("fs:///workspace/other", List.of(StorageAccess.Write))), List.of());

        assertThat(((Hold) next(run, less)).reason()).isEqualTo(Reason.PathNotAllowed);
    }

    @Test
    void podsAreNotUsedUpInAMoment() {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(3));

        assertThat(next(run, GRANT)).isEqualTo(new Follow(Instant.parse("2026-01-01T00:10:10Z")));
    }

    @Test
    void aPodThatNeverStartedIsWaitedForAsLongAsThereIsAnythingToWrite() {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(1));
        Pod pod = pod("c1", "Pending", "");
        pod.getMetadata().setCreationTimestamp("2025-12-31T20:00:00Z");
        pod.getStatus().setContainerStatuses(List.of());

        assertThat(next(run, GRANT, pod)).isEqualTo(new Follow(Instant.parse("2026-01-02T00:00:00Z")));
    }

    @Test
    void nothingIsBegunAgainWhenTheContentsAreGone() {
        ToolRun run = run(
                "Manual", APPROVED, ENDED.replace("2026-01-02T00:00:00Z", "2026-01-01T00:10:00Z") + ", " + commit(1));

        Decided decided = (Decided) next(run, GRANT);

        assertThat(decided.result()).isEqualTo(Result.Unknown);
        assertThat(decided.reason()).isEqualTo(Reason.CommitterLost);
        assertThat(next(run, SUSPENDED, pod("c1", "Failed", ""))).isInstanceOf(Replace.class);
    }

    /** A deadline or an eviction that comes after it takes no word back. */
    @Test
    void aWordCountsWhateverBecomesOfThePod() {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(1));
        Pod pod = pod("c1", "Failed", "{\"outcome\":\"Committed\",\"paths\":[]}");

        assertThat(((Decided) next(run, GRANT, pod)).reason()).isEqualTo(Reason.Committed);
        pod.getStatus()
                .getContainerStatuses()
                .getFirst()
                .getState()
                .getTerminated()
                .setExitCode(1);
        assertThat(next(run, GRANT, pod)).isInstanceOf(Replace.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"outcome":"Committed","paths":[]}                        | True  | Committed
                    {"outcome":"Conflict","paths":["src/a.py"]}               | False | Conflict
                    {"outcome":"NotWritable","paths":["b"]}                   | False | NotWritable
                    {"outcome":"ContentsLost","paths":[]}                     | False | ContentsLost
                    {"outcome":"ContentsInvalid","paths":[]}                  | False | ContentsInvalid
                    """)
    void theCommittersWordDecides(String word, Result result, Reason reason) {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(1));

        Decided decided = (Decided) next(run, GRANT, pod("c1", "Succeeded", word));

        assertThat(decided.result()).isEqualTo(result);
        assertThat(decided.reason()).isEqualTo(reason);
    }

    @Test
    void pathsAreNamedAndEscaped() {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(1));

        Decided decided = (Decided)
                next(run, GRANT, pod("c1", "Succeeded", "{\"outcome\":\"Conflict\",\"paths\":[\"a\\n\",\"b\"]}"));

        assertThat(decided.paths()).containsExactly("a\\u000a", "b");
        assertThat(decided.message()).contains("a\\u000a, b");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    Succeeded | {"outcome":"Done"}
                    Succeeded | not JSON
                    Succeeded | ``
                    Failed    | ``
                    """)
    void aPodThatSaysNothingIsReplaced(String phase, String word) {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(1));

        assertThat(next(run, GRANT, pod("c1", phase, word))).isInstanceOf(Replace.class);
    }

    @Test
    void aPodThatTakesTooLongIsReplacedAndOneThatGoesIsWaitedFor() {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(1));
        Pod pod = pod("c1", "Running", "");

        assertThat(next(run, GRANT, pod)).isEqualTo(new Follow(Instant.parse("2026-01-01T00:13:00Z")));
        pod.getMetadata().setCreationTimestamp("2025-12-31T23:58:00Z");
        assertThat(next(run, GRANT, pod)).isInstanceOf(Replace.class);
        pod.getMetadata().setDeletionTimestamp("2026-01-01T00:09:59Z");
        assertThat(next(run, GRANT, pod)).isInstanceOf(Follow.class);
    }

    /** Nobody takes it away where its node is lost, and whoever waits for it would count among the undecided for ever. */
    @ParameterizedTest
    @CsvSource({
        "2026-01-02T00:00:00Z, 2026-01-01T00:00:01Z, Follow",
        "2026-01-01T00:10:00Z, 2026-01-01T00:00:01Z, Follow",
        "2026-01-01T00:10:00Z, 2026-01-01T00:00:00Z, Decided",
        "2026-01-01T00:10:01Z, 2026-01-01T00:00:00Z, Follow"
    })
    void aPodThatDoesNotGoIsGivenUpWhenItsContentsAreGoneToo(String expiry, String deletion, String step) {
        ToolRun run = run("Manual", APPROVED, ENDED.replace("2026-01-02T00:00:00Z", expiry) + ", " + commit(1));
        Pod pod = pod("c1", "Running", "");
        pod.getMetadata().setDeletionTimestamp(deletion);

        CommitStep next = next(run, GRANT, pod);

        assertThat(next.getClass().getSimpleName()).isEqualTo(step);
        if (next instanceof Decided decided) {
            assertThat(decided.result()).isEqualTo(Result.Unknown);
            assertThat(decided.reason()).isEqualTo(Reason.CommitterLost);
        }
    }

    /** With the same order, so that it goes on where the one before it stopped. */
    @Test
    void aLostPodIsMadeAgainAsOftenAsIsBounded() {
        Begin again = (Begin) next(run("Manual", APPROVED, ENDED + ", " + commit(1)), GRANT);
        assertThat(again.commit())
                .isEqualTo(new Commitment(
                        DIGEST,
                        "alice",
                        "2026-01-01T00:09:00Z",
                        2,
                        null,
                        null,
                        List.of(new GrantedFiles("fs:///workspace/src", List.of(StorageAccess.Write))),
                        List.of(),
                        List.of()));

        CommitStep last = next(run("Manual", APPROVED, ENDED + ", " + commit(Bounds.COMMITTERS)), GRANT);
        assertThat(((Decided) last).result()).isEqualTo(Result.Unknown);
        assertThat(((Decided) last).reason()).isEqualTo(Reason.CommitterLost);
    }

    /** Somebody deletes it while it waits for a node: it is made again, at a pace, and is none of the five. */
    @ParameterizedTest
    @CsvSource({
        "2026-01-01T00:09:00Z, 2026-01-01T00:09:55Z, 2026-01-01T00:10:08.750Z",
        "2026-01-01T00:09:55Z, 2026-01-01T00:09:55Z, 2026-01-01T00:10:05Z",
        "2025-12-31T12:00:00Z, 2026-01-01T00:00:01Z, 2026-01-01T00:10:01Z",
        "2026-01-01T00:09:00Z, 2026-01-01T00:09:48Z, ''"
    })
    void aPodThatWentBeforeItStartedIsNotCounted(String begun, String seen, String again) {
        ToolRun run = run(
                "Manual", APPROVED, ENDED + ", " + commit(Bounds.COMMITTERS).replace("2026-01-01T00:09:00Z", begun));

        CommitStep step = CommitCourse.next(run, () -> GRANT, Optional.empty(), Optional.of(Instant.parse(seen)), NOW);

        if (again.isEmpty()) {
            assertThat(((Begin) step).commit().number()).isEqualTo(Bounds.COMMITTERS);
        } else {
            assertThat(step).isEqualTo(new Follow(Instant.parse(again)));
        }
    }

    @Test
    void aPodOfAnotherUidIsNotItsOwn() {
        ToolRun run = run("Manual", APPROVED, ENDED + ", " + commit(1));

        assertThat(next(run, GRANT, pod("c2", "Succeeded", "{\"outcome\":\"Committed\",\"paths\":[]}")))
                .isInstanceOf(Begin.class);
    }

    @Test
    void onlyARunThatAsksAndRanHasAnythingToBeDecided() {
        assertThat(CommitCourse.isAsked(
                        run("Manual", "", ENDED), run("Manual", "", ENDED).getStatus()))
                .isTrue();
        assertThat(CommitCourse.isAsked(
                        run("Never", "", ENDED), run("Never", "", ENDED).getStatus()))
                .isFalse();
    }

    private static String commit(int number) {
        return "commit: {digest: 'sha256:00', approvedBy: alice, startedAt: '2026-01-01T00:09:00Z', number: " + number
                + ", podName: n, podUID: c1, storage: [{uri: 'fs:///workspace/src', access: [write]}]}";
    }

    private static ToolRun cancelled(ToolRun run) {
        String yaml = Serialization.asYaml(run).replace("spec:\n", "spec:\n  cancel: true\n");
        return Serialization.unmarshal(yaml, ToolRun.class);
    }

    private static ToolRun run(String commit, String approval, String status) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: call, namespace: agents, uid: u}
                spec:
                  policyRef: {name: p}
                  tool: t
                  workspace: {source: {persistentVolumeClaim: {claimName: repo, subPath: team/src}}, commit: %s%s}
                status: {attempts: [{number: 1, podName: a, podUID: p1}], %s}
                """.formatted(commit, approval, status), ToolRun.class);
    }

    private static Pod pod(String uid, String phase, String message) {
        Pod pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: {name: cofferdam-u-commit, uid: %s, creationTimestamp: "2026-01-01T00:01:00Z"}
                status:
                  phase: %s
                  containerStatuses: [{name: committer, state: {terminated: {exitCode: 0}}}]
                """.formatted(uid, phase), Pod.class);
        pod.getStatus()
                .getContainerStatuses()
                .getFirst()
                .getState()
                .getTerminated()
                .setMessage(message);
        return pod;
    }

    private static CommitStep next(ToolRun run, CommitGrant grant) {
        return CommitCourse.next(run, () -> grant, Optional.empty(), Optional.empty(), NOW);
    }

    private static CommitStep next(ToolRun run, CommitGrant grant, Pod pod) {
        return CommitCourse.next(run, () -> grant, Optional.of(pod), Optional.empty(), NOW);
    }
}
