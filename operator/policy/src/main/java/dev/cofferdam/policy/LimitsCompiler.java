package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.NetworkLimits;
import dev.cofferdam.api.v1alpha1.ResourceLimits;
import dev.cofferdam.policy.match.Text;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;

/** The bounds of a policy: each absent one gets its default, each other one must lie within what a node can be asked for. */
final class LimitsCompiler {
    private static final String PATH = "spec.permissions.resources.limits";

    /** Longest text of a quantity that is looked at: a power of ten with a huge exponent would take all memory. */
    private static final int QUANTITY_MOST = 24;

    private static final Quantity TRAFFIC = new Quantity("10Mi");
    private static final Quantity WORKSPACE = new Quantity("64Mi");
    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1000);

    private final Problems problems;

    LimitsCompiler(Problems problems) {
        this.problems = problems;
    }

    Limits compile(ResourceLimits written) {
        problems.unknown(
                PATH,
                written.unknown(),
                "cpu, memory, timeout, cpuTime, processes, openFiles, outputBytes, workspaceBytes, network");
        Quantity memory = quantity("memory", written.memory(), Limits.DEFAULT_MEMORY, "32Mi", "64Gi", BigDecimal.ONE);
        return new Limits(
                quantity("cpu", written.cpu(), Limits.DEFAULT_CPU, "10m", "64", THOUSAND),
                memory,
                time("timeout", written.timeout()).orElse(Limits.DEFAULT_TIMEOUT),
                time("cpuTime", written.cpuTime()),
                count("processes", written.processes(), Limits.DEFAULT_PROCESSES, 1, 1024),
                count("openFiles", written.openFiles(), Limits.DEFAULT_OPEN_FILES, 16, 65_536),
                count("outputBytes", written.outputBytes(), Limits.DEFAULT_OUTPUT_BYTES, 0, 262_144),
                workspace(written.workspaceBytes(), memory),
                traffic(written.network()));
    }

    private Traffic traffic(NetworkLimits written) {
        if (written == null) {
            return Traffic.DEFAULTS;
        }
        problems.unknown(PATH + ".network", written.unknown(), "connections, requests, bytesUp, bytesDown");
        return new Traffic(
                count("network.connections", written.connections(), Traffic.DEFAULTS.connections(), 1, 1_000_000),
                count("network.requests", written.requests(), Traffic.DEFAULTS.requests(), 1, 10_000_000),
                bytes("network.bytesUp", written.bytesUp(), Traffic.DEFAULTS.bytesUp()),
                bytes("network.bytesDown", written.bytesDown(), Traffic.DEFAULTS.bytesDown()));
    }

    private long bytes(String name, Quantity written, long otherwise) {
        if (written == null) {
            return otherwise;
        }
        quantity(name, written, TRAFFIC, "1", "1Ti", BigDecimal.ONE);
        return amount(written).map(BigDecimal::longValue).orElse(otherwise);
    }

    /** The memory that a full workspace leaves is the tool's own: a full one is an error of a write, and not the end of the sandbox. */
    private long workspace(Quantity written, Quantity memory) {
        Optional<BigDecimal> whole = amount(memory);
        if (written == null || whole.isEmpty()) {
            return whole.map(unused -> Limits.scratchBytes(memory)).orElse(0L);
        }
        quantity("workspaceBytes", written, WORKSPACE, "1Mi", "32Gi", BigDecimal.ONE);
        Optional<BigDecimal> bytes = amount(written);
        problems.require(
                bytes.isEmpty() || bytes.get().multiply(BigDecimal.TWO).compareTo(whole.get()) <= 0,
                PATH + ".workspaceBytes",
                Text.quoted(text(written)) + " is more than half of memory, " + Text.quoted(text(memory))
                        + ", of which it is a part; write less, or more memory");
        return bytes.map(BigDecimal::longValue).orElse(0L);
    }

    /** @param parts how many of the smallest unit make one: the amount must be a whole number of these */
    private Quantity quantity(
            String name, Quantity written, Quantity otherwise, String least, String most, BigDecimal parts) {
        if (written == null) {
            return otherwise;
        }
        String form = "; write a quantity from " + least + " to " + most + ", such as " + otherwise;
        String path = PATH + "." + name;
        Optional<BigDecimal> amount = amount(written);
        if (amount.isEmpty()) {
            problems.add(path, Text.quoted(text(written)) + " is not a quantity" + form);
        } else if (amount.get().compareTo(amount(new Quantity(least)).orElseThrow()) < 0
                || amount.get().compareTo(amount(new Quantity(most)).orElseThrow()) > 0) {
            problems.add(path, Text.quoted(text(written)) + " is out of bounds" + form);
        } else if (amount.get().multiply(parts).stripTrailingZeros().scale() > 0) {
            problems.add(path, Text.quoted(text(written)) + " is finer than Kubernetes can count" + form);
        }
        return written;
    }

    private static Optional<BigDecimal> amount(Quantity written) {
        String text = text(written);
        if (text.isEmpty() || text.length() > QUANTITY_MOST || text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Quantity(text).getNumericalAmount());
        } catch (IllegalArgumentException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static String text(Quantity quantity) {
        return (quantity.getAmount() == null ? "" : quantity.getAmount())
                + (quantity.getFormat() == null ? "" : quantity.getFormat());
    }

    private Optional<Duration> time(String name, String written) {
        if (Text.absent(written)) {
            return Optional.empty();
        }
        Optional<Duration> timeout = Durations.parse(written);
        boolean within = timeout.isPresent()
                && timeout.get().compareTo(Bounds.TIMEOUT_LEAST) >= 0
                && timeout.get().compareTo(Bounds.TIMEOUT_MOST) <= 0;
        problems.require(
                within,
                PATH + "." + name,
                Text.quoted(written) + " is not a time from 100ms to 24h; write one such as 30s or 1m30s");
        return timeout;
    }

    private int count(String name, Integer written, int otherwise, int least, int most) {
        if (written == null) {
            return otherwise;
        }
        problems.require(
                written >= least && written <= most,
                PATH + "." + name,
                written + " is out of bounds; write a number from " + least + " to " + most);
        return written;
    }
}
