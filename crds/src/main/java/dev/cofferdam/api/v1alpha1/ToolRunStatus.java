package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** The story of a run. Two writers with disjoint fields: the gateway writes facts (execution, result, changes, its audit source), the controller all else. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(value = Rules.DECISION_STAYS, message = "status.decision is decided once and stays")
@ValidationRule(value = Rules.PHASE_STAYS, message = "status.phase is terminal and stays")
@ValidationRule(value = Rules.SETTLED_STAYS, message = "status.settled stays true")
@ValidationRule(
        value = Rules.RESULT_STAYS,
        message = "status.result is written once and stays, until a later attempt has one")
@ValidationRule(
        value = Rules.CHANGES_STAY,
        message = "status.changes is written once and stays, until a later attempt has a result")
@ValidationRule(
        value = Rules.COMMIT_STAYS_DECIDED,
        message = "status.commit says what was approved once and stays; another pod for it has no lower number")
@ValidationRule(value = Rules.CHANGES_OF_RESULT, message = "status.changes comes with status.result")
@ValidationRule(
        value = Rules.RESULT_OF_ATTEMPT,
        message = "status.result.podUID must be the podUID of an attempt: claim the pod in status.attempts first")
@ValidationRule(
        value = Rules.EXECUTION_OF_ATTEMPT,
        message = "status.execution.podUID must be the podUID of an attempt: claim the pod in status.attempts first")
@ValidationRule(
        value = Rules.REPLAY_WITHOUT_ATTEMPTS,
        message = "status.replayOf says that this run executed nothing, so it has no attempts")
@ValidationRule(value = Rules.REPLAY_STAYS, message = "status.replayOf is written once and stays")
@ValidationRule(value = Rules.ATTEMPTS_GROW, message = "status.attempts may only grow: an attempt once claimed stays")
public record ToolRunStatus(
        @JsonPropertyDescription(
                "metadata.generation that this status speaks of, with all its conditions; of a settled run the newest, unless its spec was written again in another spelling, or it is being deleted.")
        @Min(0)
        Long observedGeneration,

        @JsonPropertyDescription(
                "Where the run is, for people: Pending, Queued, Starting, Running, then one of Denied, Succeeded, Failed, TimedOut, Cancelled, "
                        + "Unknown, which stay. Programs use the conditions.")
        Phase phase,

        @JsonPropertyDescription(
                "What a shell would see, 0 to 255: the exit code of the error where there is one, else of the result (a program that is not in its "
                        + "image: 3, where result has 127). Absent until the end, and where there is none.")
        @Min(0)
        @Max(255)
        Integer exitCode,

        @JsonPropertyDescription(
                "Admitted: what the policy said. SandboxReady: the sandbox stands; False with the reason Unschedulable, and the scheduler's "
                        + "words, where no node was found for its pod within some seconds: it says so until the tool runs, or ended. Finished: True at every end, whatever it was (kubectl wait "
                        + "--for=condition=Finished). Succeeded: Unknown until the end, then True for exit code 0, else False with the reason. "
                        + "Committed, where the run asks for a commit and has ended: Unknown until that is decided, then True where all changes are in the "
                        + "volume, else False with the reason.")
        @Size(max = Bounds.CONDITIONS)
        List<Condition> conditions,

        @JsonPropertyDescription("What the policy said, before anything was made. Once set it stays.")
        Decision decision,

        @JsonPropertyDescription("Exactly what the run was granted. Absent where it was denied.")
        Effective effective,

        @JsonPropertyDescription("The pod of the newest attempt, and the layers that were really in force.")
        Sandbox sandbox,

        @JsonPropertyDescription("What would have been made, where spec.mode is DecideOnly and the run was allowed.")
        Plan plan,

        @JsonPropertyDescription("The pods that were claimed for this run, at most 16. An attempt once there stays.")
        @Size(max = Bounds.ATTEMPTS)
        List<Attempt> attempts,

        @JsonPropertyDescription(
                "The run of the same spec.idempotencyKey whose outcome this is, copied: phase, exitCode, error, execution, result and changes are that "
                        + "run's. This one executed nothing. Absent where it is a run of its own.")
        ReplayOf replayOf,

        @JsonPropertyDescription(
                "Fact, written by the gateway: the tool was started, in the attempt of that pod, or its job was handed out there late. Absent: nobody saw it start.")
        Execution execution,

        @JsonPropertyDescription(
                "Fact, written by the gateway: how the tool ended and what it said, in the newest attempt of which something is known. Once set it "
                        + "stays, until a later attempt has one. Absent where nothing came from the sandbox; then error says why.")
        Result result,

        @JsonPropertyDescription(
                "Fact, written by the gateway with the result: what the tool changed in its workspace. Absent where that was scratch space, or the "
                        + "tool never ran.")
        Changes changes,

        @JsonPropertyDescription(
                "The writing of the changes into the volume. Absent until it was decided that they are to be written.")
        Commitment commit,

        @JsonPropertyDescription(
                "Why the run did not succeed, for programs. Absent where it did, where somebody cancelled or deleted it, and until the end.")
        RunError error,

        @JsonPropertyDescription(
                "The newest audit events of every part that saw something of this run, with exact counts of all.")
        Audit audit,

        @JsonPropertyDescription(
                "true: the run has ended and nothing is left to do for it; nothing more is written. It stays true. Field selector "
                        + "status.settled.")
        Boolean settled) {
    public ToolRunStatus {
        conditions = Stored.list(conditions);
        attempts = Stored.list(attempts);
    }
}
