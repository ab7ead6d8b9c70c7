package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Lifecycle;
import dev.cofferdam.api.v1alpha1.PolicyState;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.Trust;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A policy that can be enforced as it is written.
 *
 * @param namespace the policy's, for people; null where it has none
 * @param name the policy's name
 * @param version {@code <generation>@sha256:<digest of the canonical spec>}
 * @param state Active, or what became of its tools
 * @param keep how long the pod of a frozen run is kept beyond what its timeout needs; zero: no longer
 * @param trust how far it is trusted as a whole
 * @param reviewed the digest that its review names; empty where it has none
 * @param runtimeClassName the runtime class that every run of it must have
 * @param tools what may run, by name
 * @param arguments what the arguments of a tool must look like, by its name, where its policy says so
 * @param stages where it holds, and the lifecycles whose tools do not run there, by the stage's name; empty where it holds everywhere
 * @param repetition how often and when runs of its idempotent tools are tried again
 * @param capacity how many runs of it there may be at one time; empty where as many as come
 * @param circuit when a tool of it is given a rest; empty where never
 * @param alerts when somebody is told of what its runs do, by name
 * @param rate how many runs of it are let through in a time; empty where as many as come
 * @param environment the variables that a run may set
 * @param limits the most that a run may have; also what it gets where it does not ask for less
 * @param grants what its tools may touch beyond their own process
 * @param narrowed the same of each tool that its policy narrows to capabilities, by its name
 * @param served what could be enforced when it was compiled: a run asks for nothing else
 * @param sources what runs may name as the source of their workspace
 */
public record CompiledPolicy(
        String namespace,
        String name,
        String version,
        PolicyState state,
        Duration keep,
        Trust trust,
        String reviewed,
        String runtimeClassName,
        SortedMap<String, Tool> tools,
        SortedMap<String, ArgumentSchema> arguments,
        SortedMap<String, Set<Lifecycle>> stages,
        Repetition repetition,
        Optional<Capacity> capacity,
        Optional<CircuitRule> circuit,
        SortedMap<String, AlertRule> alerts,
        Optional<RateRule> rate,
        SortedSet<String> environment,
        Limits limits,
        Grants grants,
        SortedMap<String, Grants> narrowed,
        Served served,
        Sources sources) {

    public CompiledPolicy {
        tools = Collections.unmodifiableSortedMap(new TreeMap<>(tools));
        arguments = Collections.unmodifiableSortedMap(new TreeMap<>(arguments));
        stages = Collections.unmodifiableSortedMap(new TreeMap<>(stages));
        alerts = Collections.unmodifiableSortedMap(new TreeMap<>(alerts));
        narrowed = Collections.unmodifiableSortedMap(new TreeMap<>(narrowed));
        environment = Collections.unmodifiableSortedSet(new TreeSet<>(environment));
    }

    CompiledPolicy withVersion(String other) {
        return new CompiledPolicy(
                namespace,
                name,
                other,
                state,
                keep,
                trust,
                reviewed,
                runtimeClassName,
                tools,
                arguments,
                stages,
                repetition,
                capacity,
                circuit,
                alerts,
                rate,
                environment,
                limits,
                grants,
                narrowed,
                served,
                sources);
    }

    /** Whether its tools are stopped, in whatever way. */
    public boolean suspended() {
        return state != PolicyState.Active;
    }

    /** What a tool of it may touch, within its own capabilities. */
    public Grants grants(Tool tool) {
        return narrowed.getOrDefault(tool.name(), grants);
    }

    public Optional<Tool> tool(String toolName) {
        return toolName == null ? Optional.empty() : Optional.ofNullable(tools.get(toolName));
    }

    /** The names of the tools, for a message. */
    List<String> toolNames() {
        return List.copyOf(tools.keySet());
    }

    /** What it needs for its untrusted tools to run. */
    public Review review() {
        String digest = version.substring(version.indexOf('@') + 1);
        return new Review(digest, digest.equals(reviewed));
    }

    /** Whether any of its tools runs only under a policy that was reviewed. */
    public boolean needsReview() {
        return tools.values().stream().anyMatch(tool -> Standing.needsReview(trust, Standing.source(tool)));
    }
}
