package dev.cofferdam.policy.alert;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What the end of a run tells alerts. Names and resources are somebody else's text.
 *
 * @param counts without those that are 0, and without {@link Count#NewHosts}, which depends on what was known before
 * @param memoryUsage the most memory of the tool at one time, in percent of its limit; empty where nobody knows
 * @param cpuUsage processor time, in percent of what the tool could have had while it ran; empty where nobody knows
 * @param violations those that the run keeps, each once
 * @param hosts that the tool asked for, as far as the run keeps them
 */
public record RunEnd(
        String tool,
        String phase,
        String reason,
        OptionalInt exitCode,
        OptionalDouble memoryUsage,
        OptionalDouble cpuUsage,
        Map<Count, Long> counts,
        List<Violation> violations,
        Set<String> hosts) {
    public RunEnd {
        counts = Map.copyOf(counts);
        violations = List.copyOf(violations);
        hosts = Set.copyOf(hosts);
    }
}
