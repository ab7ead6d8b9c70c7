package dev.cofferdam.api.v1alpha1;

/**
 * The CEL rules of the schema: they hold whoever writes, also with cluster-admin rights. Absent and empty mean the same, so that a client that drops
 * empty values does not trip over an immutable field.
 */
final class Rules {
    static final String NAME = "size(self.metadata.name) <= " + Bounds.NAME;
    static final String NAME_MESSAGE = "metadata.name may have " + Bounds.NAME
            + " characters: it is part of the labels and names of the objects that are made for it";
    static final String STATUS_STAYS = "!has(oldSelf.status) || has(self.status)";

    static final String CPU = "isQuantity(string(self)) && quantity(string(self)).compareTo(quantity('10m')) >= 0"
            + " && quantity(string(self)).compareTo(quantity('64')) <= 0";
    static final String MEMORY = "isQuantity(string(self)) && quantity(string(self)).compareTo(quantity('32Mi')) >= 0"
            + " && quantity(string(self)).compareTo(quantity('64Gi')) <= 0";

    static final String WORKSPACE_BYTES =
            "isQuantity(string(self)) && quantity(string(self)).compareTo(quantity('1Mi')) >= 0"
                    + " && quantity(string(self)).compareTo(quantity('32Gi')) <= 0";

    static final String NETWORK_BYTES =
            "isQuantity(string(self)) && quantity(string(self)).compareTo(quantity('1')) >= 0"
                    + " && quantity(string(self)).compareTo(quantity('1Ti')) <= 0";

    /** The form is asked for first: else what people read is that a conversion failed, and not what would be right. */
    private static final String A_TIME =
            "self == '' || (self.matches('" + Bounds.DURATION_FORM + "') && duration(self) >= duration('";

    private static final String TO = "') && duration(self) <= duration('";
    private static final String TIME_END = "'))";

    static final String TIMEOUT = A_TIME + "100ms" + TO + "24h" + TIME_END;
    static final String TIME_TO_LIVE = A_TIME + "0s" + TO + "8760h" + TIME_END;
    static final String DELAY = A_TIME + "10ms" + TO + "1h" + TIME_END;
    static final String CIRCUIT_TIME = A_TIME + "1s" + TO + "1h" + TIME_END;
    static final String QUEUE_TIMEOUT = A_TIME + "1s" + TO + "24h" + TIME_END;

    static final String ARGS_TOTAL = "self.map(a, size(bytes(a))).sum() <= " + Bounds.ARGS_BYTES;
    static final String ENV_TOTAL =
            "self.map(e, size(bytes(e.name)) + (has(e.value) ? size(bytes(e.value)) : 0)).sum() <= " + Bounds.ENV_BYTES;
    /** What Base64 of the right size decodes to is known from its length and its padding. */
    static final String STDIN_SIZE = "!has(self.stdin) || (has(self.stdinEncoding) && self.stdinEncoding == 'Base64'"
            + " ? size(self.stdin) / 4 * 3 - (self.stdin.endsWith('==') ? 2 : self.stdin.endsWith('=') ? 1 : 0) : size(bytes(self.stdin))) <= "
            + Bounds.STDIN_BYTES;

    static final String STDIN_BASE64 = "!has(self.stdin) || !has(self.stdinEncoding) || self.stdinEncoding != 'Base64'"
            + " || self.stdin.matches('^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$')";

    static final String POLICY_REF_STAYS = "self.policyRef.name == oldSelf.policyRef.name";
    static final String MODE_STAYS =
            "(has(self.mode) ? self.mode : 'Run') == (has(oldSelf.mode) ? oldSelf.mode : 'Run')";
    static final String TOOL_STAYS = "self.tool == oldSelf.tool";
    static final String ARGS_STAY = "(has(self.args) ? self.args : []) == (has(oldSelf.args) ? oldSelf.args : [])";
    static final String STDIN_STAYS =
            "(has(self.stdin) ? self.stdin : '') == (has(oldSelf.stdin) ? oldSelf.stdin : '')";
    static final String STDIN_ENCODING_STAYS =
            "(has(self.stdinEncoding) ? self.stdinEncoding : 'UTF8') == (has(oldSelf.stdinEncoding) ? oldSelf.stdinEncoding : 'UTF8')";
    static final String ENV_STAYS =
            "(has(self.env) ? self.env.map(e, e.name + '=' + (has(e.value) ? e.value : '')) : [])"
                    + " == (has(oldSelf.env) ? oldSelf.env.map(e, e.name + '=' + (has(e.value) ? e.value : '')) : [])";
    static final String INLINE_PATH =
            "size(bytes(self)) <= " + Bounds.INLINE_PATH + " && !self.matches('(^|/)[.][.]?(/|$)')";
    static final String INLINE_TOTAL =
            "self.map(f, has(f.content) ? size(bytes(f.content)) : 0).sum() <= " + Bounds.INLINE_BYTES;
    /** A path has no newline. */
    static final String WORKSPACE_STAYS =
            "(has(self.workspace) && has(self.workspace.source) && has(self.workspace.source.inline)"
                    + " ? self.workspace.source.inline.map(f, f.path + '\\n' + (has(f.content) ? f.content : '')) : [])"
                    + " == (has(oldSelf.workspace) && has(oldSelf.workspace.source) && has(oldSelf.workspace.source.inline)"
                    + " ? oldSelf.workspace.source.inline.map(f, f.path + '\\n' + (has(f.content) ? f.content : '')) : [])";

    static final String ONE_SOURCE = "(has(self.inline) && size(self.inline) > 0 ? 1 : 0)"
            + " + (has(self.persistentVolumeClaim) ? 1 : 0) + (has(self.configMap) ? 1 : 0) <= 1";
    static final String ONE_SOURCE_MESSAGE = "a workspace has one source: inline, persistentVolumeClaim or configMap";
    static final String CONFIG_MAP_STAYS =
            "(has(self.workspace) && has(self.workspace.source) && has(self.workspace.source.configMap) ? self.workspace.source.configMap.name : '')"
                    + " == (has(oldSelf.workspace) && has(oldSelf.workspace.source) && has(oldSelf.workspace.source.configMap)"
                    + " ? oldSelf.workspace.source.configMap.name : '')";
    /** The name of a claim has no slash. */
    static final String CLAIM_STAYS =
            "(has(self.workspace) && has(self.workspace.source) && has(self.workspace.source.persistentVolumeClaim)"
                    + " ? self.workspace.source.persistentVolumeClaim.claimName + '/' + (has(self.workspace.source.persistentVolumeClaim.subPath)"
                    + " ? self.workspace.source.persistentVolumeClaim.subPath : '') : '')"
                    + " == (has(oldSelf.workspace) && has(oldSelf.workspace.source) && has(oldSelf.workspace.source.persistentVolumeClaim)"
                    + " ? oldSelf.workspace.source.persistentVolumeClaim.claimName + '/' + (has(oldSelf.workspace.source.persistentVolumeClaim.subPath)"
                    + " ? oldSelf.workspace.source.persistentVolumeClaim.subPath : '') : '')";

    static final String OUTPUTS_STAY =
            "(has(self.workspace) && has(self.workspace.outputs) ? self.workspace.outputs : [])"
                    + " == (has(oldSelf.workspace) && has(oldSelf.workspace.outputs) ? oldSelf.workspace.outputs : [])";

    private static final String APPROVED =
            "(has(self.workspace) && has(self.workspace.approvedDigest) ? self.workspace.approvedDigest : '')";
    private static final String APPROVED_BEFORE =
            "(has(oldSelf.workspace) && has(oldSelf.workspace.approvedDigest) ? oldSelf.workspace.approvedDigest : '')";
    private static final String APPROVER =
            "(has(self.workspace) && has(self.workspace.approvedBy) ? self.workspace.approvedBy : '')";
    private static final String APPROVER_BEFORE =
            "(has(oldSelf.workspace) && has(oldSelf.workspace.approvedBy) ? oldSelf.workspace.approvedBy : '')";
    static final String COMMIT_NEEDS_CLAIM = "!has(self.commit) || self.commit == 'Never'"
            + " || (has(self.source) && has(self.source.persistentVolumeClaim))";
    static final String APPROVED_BY_SOMEBODY = "!has(self.approvedBy) || self.approvedBy == ''"
            + " || (has(self.approvedDigest) && self.approvedDigest != '')";
    static final String COMMIT_STAYS =
            "(has(self.workspace) && has(self.workspace.commit) ? self.workspace.commit : 'Never')"
                    + " == (has(oldSelf.workspace) && has(oldSelf.workspace.commit) ? oldSelf.workspace.commit : 'Never')";
    /** The name comes with the digest, in one write, and neither is written again. */
    static final String APPROVAL_STAYS = APPROVED_BEFORE + " == '' || (" + APPROVED + " == " + APPROVED_BEFORE + " && "
            + APPROVER + " == " + APPROVER_BEFORE + ")";
    /** Of the whole object, because it speaks of spec and status. */
    static final String APPROVED_IS_CHANGED =
            "!has(self.spec.workspace) || !has(self.spec.workspace.approvedDigest) || self.spec.workspace.approvedDigest == ''"
                    + " || (has(self.status) && has(self.status.phase)"
                    + " && self.status.phase in ['Succeeded', 'Failed', 'TimedOut', 'Cancelled', 'Unknown']"
                    + " && has(self.status.changes) && has(self.status.changes.digest)"
                    + " && self.status.changes.digest == self.spec.workspace.approvedDigest)";

    /**
     * Of the whole object, because it speaks of spec and status. Nobody looks at a settled run again: a change that can do nothing any more would leave the status behind the newest generation for good.
     * All that may be set later is asked for; what stays for other reasons has rules of its own. Who writes the whole of a run again, with what was left out, to take a finalizer off it, is let through.
     */
    static final String SETTLED_SPEC_STAYS =
            "!has(oldSelf.status) || !has(oldSelf.status.settled) || !oldSelf.status.settled"
                    + " || ((!has(self.spec.cancel) || !self.spec.cancel || (has(oldSelf.spec.cancel) && oldSelf.spec.cancel))"
                    + " && (!has(self.spec.workspace) || !has(self.spec.workspace.approvedDigest) || self.spec.workspace.approvedDigest == ''"
                    + " || (has(oldSelf.spec.workspace) && has(oldSelf.spec.workspace.approvedDigest) && oldSelf.spec.workspace.approvedDigest != '')))";

    static final String COMMIT_STAYS_DECIDED = "!has(oldSelf.commit) || (has(self.commit)"
            + " && has(self.commit.digest) && has(oldSelf.commit.digest) && self.commit.digest == oldSelf.commit.digest"
            + " && has(self.commit.number) && has(oldSelf.commit.number)"
            + " && has(self.commit.podUID) && has(oldSelf.commit.podUID)"
            + " && (self.commit.podUID == oldSelf.commit.podUID ? self.commit.number == oldSelf.commit.number"
            + " : self.commit.number >= oldSelf.commit.number))";
    static final String CAPABILITIES_STAY =
            "(has(self.capabilities) ? self.capabilities : []) == (has(oldSelf.capabilities) ? oldSelf.capabilities : [])";
    static final String SECRETS_STAY =
            "(has(self.secrets) ? self.secrets : []) == (has(oldSelf.secrets) ? oldSelf.secrets : [])";
    static final String TIMEOUT_STAYS =
            "(has(self.timeout) ? self.timeout : '') == (has(oldSelf.timeout) ? oldSelf.timeout : '')";
    static final String TTL_STAYS =
            "(has(self.ttlAfterFinished) ? self.ttlAfterFinished : '') == (has(oldSelf.ttlAfterFinished) ? oldSelf.ttlAfterFinished : '')";
    static final String OUTPUT_MODE_STAYS =
            "(has(self.outputMode) ? self.outputMode : 'Truncate') == (has(oldSelf.outputMode) ? oldSelf.outputMode : 'Truncate')";
    static final String IDEMPOTENCY_KEY_STAYS =
            "(has(self.idempotencyKey) ? self.idempotencyKey : '') == (has(oldSelf.idempotencyKey) ? oldSelf.idempotencyKey : '')";
    static final String REQUESTED_BY_STAYS =
            "(has(self.requestedBy) ? self.requestedBy : '') == (has(oldSelf.requestedBy) ? oldSelf.requestedBy : '')";
    static final String CANCEL_STAYS = "!has(oldSelf.cancel) || !oldSelf.cancel || (has(self.cancel) && self.cancel)";

    static final String DECISION_STAYS =
            "!has(oldSelf.decision) || (has(self.decision) && self.decision == oldSelf.decision)";
    static final String PHASE_STAYS =
            "!has(oldSelf.phase) || !(oldSelf.phase in ['Denied', 'Succeeded', 'Failed', 'TimedOut', 'Cancelled', 'Unknown'])"
                    + " || (has(self.phase) && self.phase == oldSelf.phase)";
    static final String SETTLED_STAYS =
            "!has(oldSelf.settled) || !oldSelf.settled || (has(self.settled) && self.settled)";
    /** Another result is that of a later attempt: the newest, of a run that has not ended. What an earlier attempt has to say comes too late. */
    static final String RESULT_STAYS = "!has(oldSelf.result) || (has(self.result) && (self.result == oldSelf.result"
            + " || (self.result.podUID != oldSelf.result.podUID && has(self.attempts)"
            + " && self.attempts.exists(a, a.podUID == self.result.podUID && self.attempts.all(b, b.number <= a.number))"
            + " && !(has(oldSelf.phase) && oldSelf.phase in ['Denied', 'Succeeded', 'Failed', 'TimedOut', 'Cancelled', 'Unknown']))))";

    static final String CHANGES_STAY = "!has(oldSelf.changes) || (has(self.changes) && self.changes == oldSelf.changes)"
            + " || (has(oldSelf.result) && has(self.result) && self.result.podUID != oldSelf.result.podUID)";
    static final String CHANGES_OF_RESULT = "!has(self.changes) || has(self.result)";
    static final String RESULT_OF_ATTEMPT =
            "!has(self.result) || has(self.replayOf) || (has(self.attempts) && self.attempts.exists(a, a.podUID == self.result.podUID))";
    static final String EXECUTION_OF_ATTEMPT =
            "!has(self.execution) || has(self.replayOf) || (has(self.attempts) && self.attempts.exists(a, a.podUID == self.execution.podUID))";
    static final String ATTEMPTS_GROW = "!has(oldSelf.attempts)"
            + " || (has(self.attempts) && oldSelf.attempts.all(o, self.attempts.exists(a, a.number == o.number)))";
    /** Else an attempt could be hidden behind somebody else's result. */
    static final String REPLAY_WITHOUT_ATTEMPTS = "!has(self.replayOf) || !has(self.attempts)";

    static final String REPLAY_STAYS =
            "!has(oldSelf.replayOf) || (has(self.replayOf) && self.replayOf == oldSelf.replayOf)";
    static final String ATTEMPT_STAYS = "self.podName == oldSelf.podName && self.podUID == oldSelf.podUID";

    private Rules() {}
}
