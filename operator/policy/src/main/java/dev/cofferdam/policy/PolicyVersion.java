package dev.cofferdam.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;
import dev.cofferdam.record.Digest;

/**
 * Names the policy that decided: every decision and every audit event carries it. Two policies that mean the same have one digest, in whatever order and spelling
 * they are written; two that differ in anything that matters have two. A policy that does not compile means nothing, and is known by its text.
 */
public final class PolicyVersion {
    /** Keys sorted at every level, nothing empty, no blanks: the same policy gives the same bytes, in whatever order it was written. */
    private static final JsonMapper CANONICAL = JsonMapper.builder()
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private PolicyVersion() {}

    /** {@code <generation>@sha256:<64 hex digits>}. */
    static String of(long generation, CompiledPolicy policy) {
        return of(generation, PolicyPrinter.print(policy));
    }

    /** The same of the text as it is, but for the order of keys. */
    static String of(long generation, SandboxPolicySpec spec) {
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
