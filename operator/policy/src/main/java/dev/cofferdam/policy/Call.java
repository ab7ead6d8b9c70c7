package dev.cofferdam.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.api.v1alpha1.OutputMode;
import dev.cofferdam.api.v1alpha1.RunMode;
import dev.cofferdam.api.v1alpha1.StdinEncoding;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.record.Digest;
import java.util.Map;
import java.util.Set;

/** What a run asks to have done, apart from who asks and how long the answer is kept: two runs that ask for the same have one digest. */
public final class Call {
    /** Absent and empty are one, and the keys are in order. */
    private static final JsonMapper CANONICAL = JsonMapper.builder()
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    /** Fields that change after the creation, or that change nothing of what is executed. */
    private static final Set<String> APART = Set.of("requestedBy", "ttlAfterFinished", "cancel");

    /** The same below {@code workspace}: set by whoever approves, after the end. */
    private static final Set<String> WORKSPACE_APART = Set.of("approvedDigest", "approvedBy");

    private Call() {}

    /** Whether the run has an idempotency key that counts: one that executes nothing needs none. */
    public static boolean isKeyed(ToolRunSpec spec) {
        return spec.mode() != RunMode.DecideOnly
                && spec.idempotencyKey() != null
                && !spec.idempotencyKey().isEmpty();
    }

    /** {@code sha256:<64 hex digits>} of everything that a repetition must have in common with the first run, its key included. */
    public static String digest(ToolRunSpec spec) {
        Map<?, ?> written = CANONICAL.convertValue(spec, Map.class);
        written.keySet().removeAll(APART);
        if (spec.mode() == RunMode.Run) {
            written.remove("mode");
        }
        if (spec.outputMode() == OutputMode.Truncate) {
            written.remove("outputMode");
        }
        if (spec.stdinEncoding() == StdinEncoding.UTF8) {
            written.remove("stdinEncoding");
        }
        if (written.get("workspace") instanceof Map<?, ?> workspace) {
            workspace.keySet().removeAll(WORKSPACE_APART);
            if (workspace.isEmpty()) {
                written.remove("workspace");
            }
        }
        try {
            return Digest.of(CANONICAL.writeValueAsString(written));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what came as JSON serialises as JSON", e);
        }
    }
}
