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

    /** What of these is not in the other one. */
    public Ports without(Ports other) {
        List<PortRange> left = ranges;
        for (PortRange gone : other.ranges) {
            left = left.stream()
                    .flatMap(range -> Stream.of(
                            new PortRange(range.first(), Math.min(range.last(), gone.first() - 1)),
                            new PortRange(Math.max(range.first(), gone.last() + 1), range.last())))
                    .filter(range -> range.first() <= range.last())
                    .toList();
        }
        return new Ports(left);
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
