package dev.cofferdam.record;

/** Every reason that a condition, a decision or an attempt may carry: when it is used, and what a user does then. */
public enum Reason {
    // The decision
    /** The policy grants all that the run asks for. */
    Allowed,
    /** The run names a policy that is not in its namespace. Create it, or correct policyRef. */
    PolicyNotFound,
    /** The policy cannot be enforced as it is written; its Ready condition says why. Correct the policy. New runs are denied, active ones stopped. */
    PolicyNotReady,
    /** The policy is suspended. Somebody stopped its tools on purpose; ask them. */
    PolicySuspended,
    /**
     * The policy is Untrusted, or the tool External or AgentGenerated, and nobody with the verb {@code review} has confirmed the policy as it is now. The message has the command
     * by which to do so.
     */
    ReviewRequired,
    /**
     * The namespace, or cofferdam-system, has the label cofferdam.dev/state: new runs are denied, active ones stopped. Somebody stopped all tools on purpose;
     * ask them.
     */
    NamespaceSuspended,
    /** The policy has no tool of that name. Correct the name, or have the tool added to the policy. */
    ToolNotRegistered,
    /**
     * The policy names stages, and the label cofferdam.dev/stage of the namespace is none of them, or is not there. Have the namespace labelled, or the stage
     * added to the policy.
     */
    StageUnknown,
    /** The stage of the namespace denies tools of that lifecycle. Use another tool, or another namespace. */
    LifecycleDenied,
    /** The run asks for more time than the policy gives. Ask for less. */
    TimeoutExceedsPolicy,
    /** The run sets an environment variable that the policy does not grant. */
    EnvironmentNotGranted,
    /** The run names a source of its workspace that the policy does not list. */
    SourceNotGranted,
    /** The run asks for more of a commit than the policy gives (spec.workspace.commit). */
    CommitNotGranted,
    /** The run gives the same environment variable twice. */
    EnvironmentRepeated,
    /** No rule under network.allow covers that host with that port and protocol. Have one added. */
    HostNotAllowed,
    /** A host under network.deny covers it; deny beats allow. */
    HostDenied,
    /** What was asked for is no host name or address, or has no port or protocol that is known. */
    HostInvalid,
    /** The name has no address. */
    HostUnresolved,
    /** The address is private or reserved, and no cidr under network.allow covers it. A rule about names is not enough. */
    AddressNotAllowed,
    /** A cidr under network.deny covers the address; deny beats allow. */
    AddressDenied,
    /** The address is one that no policy opens: the host itself, the cluster's own parts, cloud metadata. */
    AddressOnFloor,
    /** No rule under storage.allow covers that file for that access. Have one added. */
    PathNotAllowed,
    /** A uri under storage.deny covers the file; deny beats allow. */
    PathDenied,
    /** What was asked for is no absolute path, or has a part that no rule may speak of. */
    PathInvalid,
    /** exec.allow has neither the name nor the path of the program. As the end of a run: the tool's own process became that program, and was killed. Have it added. */
    ProgramNotAllowed,
    /** secrets.allow has no secret of that name. */
    SecretNotAllowed,
    /** The run asks for the same secret twice. */
    SecretRepeated,
    /** The capabilities of the tool or of the run do not cover it; what the policy's lists grant counts only where they do, too. */
    CapabilityNotGranted,
    /** The arguments do not fit the argsSchema of the tool. The message says which one, and what is wanted. */
    ArgumentsRefused,
    /** An argument or a variable holds what looks like a long-lived credential. It belongs into a Secret that the policy grants. */
    CredentialInSpec,
    /** Something in the run's spec has a form that cannot be passed to a program, or a value that this version does not know. */
    InvalidSpec,
    /** The idempotency key is another call's: a run with the same key has another spec. Nothing ran. Take another key, or ask for the same as that run did. */
    KeyReused,
    /** The first run of the idempotency key is gone, and its outcome with it. Nothing ran. Find out what it did, then take another key. */
    KeyConsumed,
    /** The namespace has as many idempotency keys as it may have. Nothing ran. Wait until some expire: a day after the last run that names them is gone. */
    KeysExhausted,
    /** The infrastructure failed too many runs of the tool a moment ago, and it is given a rest. Nothing ran. The message says when to come back. */
    CircuitOpen,
    /**
     * An alert of the policy stopped the tool (action disable_component): new runs of it are denied, active ones stopped. The message says which and when, and by which
     * command somebody with the verb {@code resume} lets it run again.
     */
    ToolDisabled,
    /** As many runs of the policy were created in a time as it lets through. Nothing ran. The message says when to come back. */
    RateExceeded,
    /** The runtime class is missing, is not gVisor's, or no node has its handler. Nothing ran, and nothing will run unboxed. */
    SandboxUnavailable,

    /**
     * The pods' network is, or was, not closed: another NetworkPolicy opens egress of our pods, or the pod itself reached what must be closed. The message names
     * which. Leave our pods out of that policy's podSelector (app.kubernetes.io/managed-by NotIn cofferdam), or see that the network plugin enforces policies.
     */
    NetworkNotIsolated,

    /** As many runs of the policy wait as it allows. Nothing ran. Come back later. */
    QueueFull,
    /** The run waited for as long as its policy allows, and no other one ended in time. Nothing ran. Come back later, or have the policy allow more. */
    QueueTimedOut,
    /** The run waited for another one of its idempotency key for longer than that could take, and that has not ended. Nothing ran for this one. Look at that one: the message names it. */
    AwaitTimedOut,
    /** The run asked for the decision alone (spec.mode DecideOnly), and is allowed. Nothing ran. */
    DecidedOnly,

    // On the way
    /** The pod was made; the tool has not started. */
    Starting,
    /**
     * The pod was made, and the scheduler finds no node for it: none has room, or the RuntimeClass's nodeSelector and tolerations leave none. The message has the scheduler's words. Make
     * room, or wait: it goes on as soon as there is a node, and ends as StartTimedOut where none comes.
     */
    Unschedulable,
    /** The tool runs. */
    Running,
    /** An attempt ended, and another one follows after a delay. Wait. */
    Retrying,
    /** As many runs of the policy are active as it allows; this one begins when one of them ends, in the order of creation. Wait. */
    Queued,
    /** Another run has the same idempotency key and goes on; this one ends as it does. Wait. */
    AwaitingFirst,

    // The end, by the supervisor's word
    /** The tool ended with exit code 0. */
    ExitedZero,
    /** The tool ended with another exit code. */
    ExitedNonZero,
    /** The tool wrote more than is kept, and the run asked for all of it (spec.outputMode Fail). Have it write less, or the policy keep more. */
    OutputTooLarge,
    /** The tool died of a signal. */
    Signaled,
    /** The tool was killed because its time was over. */
    TimedOut,
    /** The tool was killed because it had used, with all that it started, the time of the processor that the policy gives (limits.cpuTime). More of it, or less work. */
    CpuTimeExceeded,
    /** The policy's command is not in the tool's image. */
    ToolNotFound,
    /** The kernel refused to run the policy's command. */
    ToolNotExecutable,
    /** The box could not be built, so the tool was not started. */
    BoxFailed,
    /** A secret of the run is not there: the Secret that the policy names, or its key. Nothing ran. Create it, then another run. */
    SecretMissing,
    /** The values of the run's secrets have more than 64 KiB in all. Nothing ran. Ask for fewer, or make them shorter. */
    SecretTooLarge,
    /** What the workspace is to begin with is not there: the claim, its volume, or the sub-path; the ConfigMap. Nothing ran. Correct it, or have it made. */
    WorkspaceMissing,
    /**
     * Files of the volume that the policy lets be read cannot be read by the sandbox's user and group, 65532. Nothing ran. The message names them; have them made
     * readable.
     */
    WorkspaceNotReadable,
    /** What the workspace is to begin with has more entries, or needs more mounts, than the policy's rules can be held for. Nothing ran. Name a sub-path, or write fewer patterns. */
    WorkspaceTooLarge,
    /** What came from the sandbox could not have come from an honest supervisor. */
    Tampered,

    // The end, by somebody's wish
    /** The run was cancelled. */
    Cancelled,
    /** The policy was suspended while the tool ran. */
    Suspended,
    /**
     * The policy, its namespace or cofferdam-system was quarantined while the run was active. The tool is frozen with all that it started, and its pod kept for a while; or, where it could not be
     * frozen, killed. Somebody wants to look at it; ask them.
     */
    Quarantined,
    /** The run was deleted while the tool ran. */
    Deleted,
    /** The policy was edited, or the stage of the namespace changed, while the run was active, and the policy no longer grants what the run has. Create another run, which is decided by the policy as it is now. */
    PolicyChanged,
    /** The policy was deleted while the run was active. */
    PolicyDeleted,

    // The end, by the kubelet's word
    /** The sandbox needed more memory than its limit. */
    OutOfMemory,
    /** The pod's own deadline ended it: the supervisor did not. */
    DeadlineExceeded,
    /** Kubernetes took the pod away: its node ran out of something, or was taken out of the cluster. */
    Evicted,
    /** Somebody deleted the pod. */
    PodDeleted,
    /** The node of the pod is gone. */
    NodeLost,
    /** The sandbox itself crashed. */
    SandboxCrashed,
    /** The supervisor ended without a result that could be stored. */
    SupervisorLost,
    /** The tool's image cannot be pulled. Correct the image in the policy. */
    ImagePullFailed,
    /** The pod did not start within its bound. Where no node was found for it, the message has the scheduler's words. */
    StartTimedOut,
    /** A pod of that name exists and is not ours. */
    PodNameTaken,
    /** The API server refused the pod; the message says why. */
    PodRefused,

    // What becomes of the changes (condition Committed)
    /** Unknown: somebody with the verb {@code commit} has to set spec.workspace.approvedDigest to status.changes.digest. The message has the command. */
    AwaitingApproval,
    /** Unknown: a pod of Cofferdam writes the changes into the volume. Wait. */
    Committing,
    /** True: every change is in the volume. */
    Committed,
    /** False: a file is no longer as the run saw it; nothing was written. status.commit.paths names the first. Run the tool again on what is there now. */
    Conflict,
    /** False: what was granted when the commit was decided does not let every change be written, or the volume does not; nothing was written. */
    NotWritable,
    /** False: what the gateway kept is not what the run changed; nothing was written. Tell whoever runs Cofferdam. */
    ContentsInvalid,
    /** False: the replica of the gateway that kept the contents is gone, and they with it; nothing was written. Run the tool again. */
    ContentsLost,
    /** False: no gateway kept the contents of the changes: they were too large, its store was full, or the tool did not end by itself. Run the tool again. */
    ContentsNotKept,
    /** False: the change set is not complete, so nobody knows what would be written. */
    ChangesIncomplete,
    /** False: the tool changed nothing, or nothing is known of what it changed. */
    NothingToCommit,
    /** False: nobody approved the changes while their contents were kept, or the policy did not let them be written in that time. Run the tool again. */
    ApprovalExpired,
    /** Unknown, for good: every pod that was to write the changes was lost. Some may be written; a commit of the same volume by the same run would tell. Look at the volume. */
    CommitterLost,

    // The record
    /** The output could not be stored; all other facts were. */
    OutputNotStored,

    // Alerts (condition Alerting, and Events of a policy)
    /** An alert of the policy fired. status.alerts says which, when and why. */
    AlertFired
}
