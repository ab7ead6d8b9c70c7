package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Tool;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A policy that can be enforced as it is written.
 *
 * @param name the policy's name
 * @param version {@code <generation>@sha256:<digest of the canonical spec>}
 * @param suspended whether its tools are stopped
 * @param runtimeClassName the runtime class that every run of it must have
 * @param tools what may run, by name
 * @param environment the variables that a run may set
 * @param limits the most that a run may have; also what it gets where it does not ask for less
 * @param grants what its tools may touch beyond their own process
 */
public record CompiledPolicy(
        String name,
        String version,
        boolean suspended,
        String runtimeClassName,
        SortedMap<String, Tool> tools,
        SortedSet<String> environment,
        Limits limits,
        Grants grants) {

    public CompiledPolicy {
        tools = Collections.unmodifiableSortedMap(new TreeMap<>(tools));
        environment = Collections.unmodifiableSortedSet(new TreeSet<>(environment));
    }

    public Optional<Tool> tool(String toolName) {
        return toolName == null ? Optional.empty() : Optional.ofNullable(tools.get(toolName));
    }

    /** The names of the tools, for a message. */
    List<String> toolNames() {
        return List.copyOf(tools.keySet());
    }
}
