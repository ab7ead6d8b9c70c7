package dev.cofferdam.policy.match;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A set of ports.
 *
 * @param ranges in order, none of which touches another: equal sets are equal
 */
public record Ports(List<PortRange> ranges) {
    public static final Ports NONE = new Ports(List.of());
    public static final Ports ALL = new Ports(List.of(PortRange.ALL));

    public Ports {
        ranges = List.copyOf(ranges);
    }

    public static Ports of(Collection<PortRange> given) {
        List<PortRange> merged = new ArrayList<>();
        for (PortRange range : given.stream().sorted().toList()) {
            PortRange before = merged.isEmpty() ? null : merged.getLast();
            if (before != null && range.first() <= before.last() + 1) {
                merged.set(merged.size() - 1, new PortRange(before.first(), Math.max(before.last(), range.last())));
            } else {
                merged.add(range);
            }
        }
        return new Ports(merged);
    }

    public static Ports of(int port) {
        return new Ports(List.of(new PortRange(port, port)));
    }

    public Ports and(Ports more) {
        return of(Stream.concat(ranges.stream(), more.ranges.stream()).toList());
    }

    public boolean contains(int port) {
        for (PortRange range : ranges) {
            if (port >= range.first() && port <= range.last()) {
                return true;
            }
        }
        return false;
    }

    /** Whether every port of the other one is here. */
    public boolean covers(Ports other) {
        return other.ranges.stream()
                .allMatch(inner -> ranges.stream()
                        .anyMatch(range -> range.first() <= inner.first() && inner.last() <= range.last()));
    }

    /** How many there are. */
    public int count() {
        return ranges.stream()
                .mapToInt(range -> range.last() - range.first() + 1)
                .sum();
    }

    /** Whether a port is in both. */
    public boolean meets(PortRange other) {
        return ranges.stream().anyMatch(range -> range.first() <= other.last() && other.first() <= range.last());
    }

    public boolean isNone() {
        return ranges.isEmpty();
    }

    @Override
    public String toString() {
        return ranges.stream().map(PortRange::toString).collect(Collectors.joining(","));
    }
}
