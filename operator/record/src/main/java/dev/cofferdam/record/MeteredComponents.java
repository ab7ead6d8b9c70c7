package dev.cofferdam.record;

import java.util.HashSet;
import java.util.Set;

/**
 * Which components metrics tell apart: the first {@value #MOST} that are seen since the start of the process, and all others together. Whoever writes policies
 * makes up their names, so without a bound a tenant could fill the memory of whatever keeps the metrics. Thread-safe.
 */
public final class MeteredComponents {
    public static final int MOST = 256;

    /** Stands for every component beyond the bound. */
    public static final String OTHER = "other";

    /** Stands for what is of no policy and tool that are known to be there. */
    public static final String UNKNOWN = "unknown";

    private final Set<String> seen = new HashSet<>();

    /** @param componentId {@code <policy>/<tool>}, as audit events have it */
    public synchronized String label(String componentId) {
        if (seen.contains(componentId)) {
            return componentId;
        }
        return seen.size() < MOST && seen.add(componentId) ? componentId : OTHER;
    }
}
