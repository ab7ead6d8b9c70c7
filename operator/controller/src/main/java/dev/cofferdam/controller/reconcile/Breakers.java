package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.controller.status.Breaker;
import dev.cofferdam.policy.CircuitRule;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The circuits of all tools whose policies have a breaker. What a policy's status tells is where a new leader begins. Thread-safe. */
public final class Breakers {
    /** Policies; one that is forgotten is read from its status again. */
    private static final int MOST = 10_000;

    private final Map<String, Map<String, Breaker>> byPolicy = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Map<String, Breaker>> eldest) {
            return size() > MOST;
        }
    };
    private Consumer<SandboxPolicy> changed = policy -> {};

    /** @param changed has a policy's status written */
    synchronized void tell(Consumer<SandboxPolicy> changed) {
        this.changed = changed;
    }

    /** Lets a run through, or says until when none is. */
    synchronized Optional<Instant> ask(SandboxPolicy policy, String tool, CircuitRule rule, Instant now) {
        Breaker breaker = circuits(policy).getOrDefault(tool, Breaker.NEW);
        Optional<Instant> until = breaker.closedUntil(rule, now);
        if (until.isEmpty()) {
            become(policy, tool, breaker, breaker.begun(rule, now));
        }
        return until;
    }

    synchronized void ended(SandboxPolicy policy, String tool, Breaker.Word word, CircuitRule rule, Instant now) {
        Breaker breaker = circuits(policy).getOrDefault(tool, Breaker.NEW);
        become(policy, tool, breaker, breaker.ended(word, rule, now));
    }

    /** What there is to tell, by name. */
    synchronized List<ToolCircuit> told(SandboxPolicy policy) {
        return circuits(policy).entrySet().stream()
                .filter(circuit -> !circuit.getValue().equals(Breaker.NEW))
                .map(circuit -> circuit.getValue().told(circuit.getKey()))
                .toList();
    }

    private void become(SandboxPolicy policy, String tool, Breaker before, Breaker after) {
        if (!after.equals(before)) {
            circuits(policy).put(tool, after);
            changed.accept(policy);
        }
    }

    private Map<String, Breaker> circuits(SandboxPolicy policy) {
        return byPolicy.computeIfAbsent(policy.getMetadata().getUid(), uid -> {
            Map<String, Breaker> circuits = new TreeMap<>();
            if (policy.getStatus() != null) {
                policy.getStatus().tools().forEach(told -> circuits.put(told.name(), Breaker.of(told)));
            }
            return circuits;
        });
    }
}
