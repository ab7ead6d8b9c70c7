package dev.cofferdam.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;

/** Names the exact text of a policy that decided: every decision and every audit event carries it. */
public final class PolicyVersion {
    /** Keys sorted at every level, nothing empty, no blanks: the same policy gives the same bytes, in whatever order it was written. */
    private static final JsonMapper CANONICAL = JsonMapper.builder()
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private PolicyVersion() {}

    /** {@code <generation>@sha256:<64 hex digits>}. */
    public static String of(long generation, SandboxPolicySpec spec) {
        return generation + "@" + Digest.of(canonical(spec));
    }

    static String canonical(SandboxPolicySpec spec) {
        try {
            // Through plain maps: a record writes the keys that it does not know after the ones that it does.
            return CANONICAL.writeValueAsString(CANONICAL.convertValue(spec, Object.class));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what came as JSON serialises as JSON", e);
        }
    }
}
