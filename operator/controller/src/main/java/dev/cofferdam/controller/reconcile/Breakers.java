package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Breaker;
import dev.cofferdam.policy.CircuitRule;
import dev.cofferdam.record.Newest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The circuits of all tools whose policies have a breaker. What a policy's status tells is where a new leader begins. Thread-safe. */
public final class Breakers {
    /** Policies; one that is forgotten is read from its status again. */
    private static final int MOST = 10_000;

    private final OfPolicies<Map<String, Breaker>> byPolicy = new OfPolicies<>(MOST);

    /** Runs that were let through half-open circuits and whose claims are not stored yet; may forget, then a probe is spent in vain. */
    private final Map<String, Probe> through = new Newest<>(MOST);

    private record Probe(SandboxPolicy policy, Instant until) {}

    private final Consumer<Circuit> meter;
    private Consumer<SandboxPolicy> changed = policy -> {};

    /** @param meter is told what a circuit has become, each time */
    public Breakers(Consumer<Circuit> meter) {
        this.meter = meter;
    }

    /** @param changed has a policy's status written */
    synchronized void tell(Consumer<SandboxPolicy> changed) {
        this.changed = changed;
    }

    /** Lets a run through, or says until when none is. One that was let through is until its claim is stored, or nothing came of it. */
    synchronized Optional<Instant> ask(SandboxPolicy policy, ToolRun run, CircuitRule rule, Instant now) {
        if (through.containsKey(run.getMetadata().getUid())) {
            return Optional.empty();
        }
        String tool = run.getSpec().tool();
        Breaker breaker = circuits(policy).getOrDefault(tool, Breaker.NEW);
        Optional<Instant> until = breaker.closedUntil(rule, now);
        if (until.isEmpty()) {
            Breaker begun = breaker.begun(rule, now);
            if (begun instanceof Breaker.HalfOpen half) {
                through.put(run.getMetadata().getUid(), new Probe(policy, half.until()));
            }
            become(policy, tool, breaker, begun);
        }
        return until;
    }

    /** The run's claim is stored: if it was a probe, it is spent. */
    synchronized void claimed(ToolRun run) {
        through.remove(run.getMetadata().getUid());
    }

    /** Nothing came of the run: if it was a probe, another one may be. */
    synchronized void giveBack(ToolRun run) {
        Probe probe = through.remove(run.getMetadata().getUid());
        if (probe == null) {
            return;
        }
        String tool = run.getSpec().tool();
        Breaker breaker = circuits(probe.policy()).getOrDefault(tool, Breaker.NEW);
        if (breaker instanceof Breaker.HalfOpen half && half.until().equals(probe.until())) {
            become(probe.policy(), tool, breaker, breaker.takenBack());
        }
    }

    synchronized void ended(SandboxPolicy policy, String tool, Breaker.Word word, CircuitRule rule, Instant now) {
        Breaker breaker = circuits(policy).getOrDefault(tool, Breaker.NEW);
        become(policy, tool, breaker, breaker.ended(word, rule, now));
    }

    /** What there is to tell, by name. What the policy has no more is forgotten. */
    synchronized List<ToolCircuit> told(SandboxPolicy policy) {
        circuits(policy)
                .keySet()
                .retainAll(policy.getSpec().tools().stream().map(Tool::name).collect(Collectors.toSet()));
        return circuits(policy).entrySet().stream()
                .filter(circuit -> !circuit.getValue().equals(Breaker.NEW))
                .map(circuit -> circuit.getValue().told(circuit.getKey()))
                .toList();
    }

    private void become(SandboxPolicy policy, String tool, Breaker before, Breaker after) {
        if (!after.equals(before)) {
            circuits(policy).put(tool, after);
            if (after.circuit() != before.circuit()) {
                meter.accept(after.circuit());
            }
            changed.accept(policy);
        }
    }

    private Map<String, Breaker> circuits(SandboxPolicy policy) {
        return byPolicy.get(
                policy.getMetadata().getNamespace(), policy.getMetadata().getUid(), uid -> {
                    Map<String, Breaker> circuits = new TreeMap<>();
                    if (policy.getStatus() != null) {
                        policy.getStatus().tools().forEach(told -> circuits.put(told.name(), Breaker.of(told)));
                    }
                    return circuits;
                });
    }
}
