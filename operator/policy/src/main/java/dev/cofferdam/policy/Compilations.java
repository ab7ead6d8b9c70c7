package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.record.Names;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What became of policies, kept while they stay as they are: every decision and every look at a running tool asks, and to compile a thousand rules takes
 * longer than all the rest. What a compilation depends on is its key, so nothing here can be out of date. Those asked for last are kept, as long as their
 * rules together are few enough. Thread-safe; nobody waits while somebody compiles.
 */
public final class Compilations {
    /** Rules of all that is kept: some 20 MB. A policy with more is compiled each time. */
    static final int RULES_MOST = 20_000;

    /** What a policy takes beside its rules, in rules. */
    private static final int OWN = 20;

    /** What an alert takes, in rules. */
    private static final int ALERT = 20;

    /** The generation rises with every change of the spec; a review is an annotation, which does not raise it. */
    private record Key(String uid, long generation, String review) {}

    private final Map<Key, Compilation> kept = new LinkedHashMap<>(16, 0.75f, true);
    private final Served served;
    private long rules;

    /** @param served what the caller, and what it works with, can enforce */
    public Compilations(Served served) {
        this.served = served;
    }

    /** @param policy as it is stored */
    public Compilation of(SandboxPolicy policy) {
        Optional<Key> key = key(policy);
        if (key.isEmpty()) {
            return PolicyCompiler.compile(policy, served);
        }
        synchronized (kept) {
            Compilation known = kept.get(key.get());
            if (known != null) {
                return known;
            }
        }
        Compilation compiled = PolicyCompiler.compile(policy, served);
        keep(key.get(), compiled);
        return compiled;
    }

    private void keep(Key key, Compilation compiled) {
        if (rules(compiled) > RULES_MOST) {
            return;
        }
        synchronized (kept) {
            if (kept.putIfAbsent(key, compiled) == null) {
                rules += rules(compiled);
            }
            var eldest = kept.entrySet().iterator();
            while (rules > RULES_MOST) {
                rules -= rules(eldest.next().getValue());
                eldest.remove();
            }
        }
    }

    /** Empty for an object that no API server has stored. */
    private static Optional<Key> key(SandboxPolicy policy) {
        var metadata = policy.getMetadata();
        if (metadata.getUid() == null || metadata.getGeneration() == null) {
            return Optional.empty();
        }
        String review = metadata.getAnnotations() == null
                ? ""
                : metadata.getAnnotations().getOrDefault(Names.REVIEW_ANNOTATION, "");
        return Optional.of(new Key(metadata.getUid(), metadata.getGeneration(), review));
    }

    private static long rules(Compilation compilation) {
        return OWN
                + switch (compilation) {
                    case Compilation.Refused refused -> refused.problems().size();
                    case Compilation.Compiled compiled -> {
                        CompiledPolicy policy = compiled.policy();
                        yield policy.tools().size()
                                + (long) ALERT * policy.alerts().size()
                                + policy.environment().size()
                                + policy.grants().rules()
                                + policy.narrowed().values().stream()
                                        .mapToLong(Grants::rules)
                                        .sum();
                    }
                };
    }
}
