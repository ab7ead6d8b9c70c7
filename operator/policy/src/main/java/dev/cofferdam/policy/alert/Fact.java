package dev.cofferdam.policy.alert;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a condition may ask of one run, or of one violation, and of which kind the answer is. */
enum Fact {
    Tool("tool", SimpleType.STRING),
    Phase("phase", SimpleType.STRING),
    Reason("reason", SimpleType.STRING),
    ExitCode("exit_code", SimpleType.INT),
    MemoryUsage("memory_usage", SimpleType.DOUBLE),
    CpuUsage("cpu_usage", SimpleType.DOUBLE),
    ViolationKind("policy_violation.type", SimpleType.STRING),
    ViolationResource("policy_violation.resource", SimpleType.STRING),
    ViolationReason("policy_violation.reason", SimpleType.STRING);

    /** By this name conditions speak of one violation. */
    static final String VIOLATION = "policy_violation";

    private final String text;
    private final CelType type;

    Fact(String text, CelType type) {
        this.text = text;
        this.type = type;
    }

    String text() {
        return text;
    }

    CelType type() {
        return type;
    }

    /** The first word of each. */
    static Set<String> names() {
        return Arrays.stream(values()).map(fact -> fact.text.split("\\.")[0]).collect(Collectors.toUnmodifiableSet());
    }

    static String all() {
        return Arrays.stream(values()).map(Fact::text).collect(Collectors.joining(", "));
    }

    /** What is known of a run. A fact that nobody knows is left out: what asks for it does not hold. */
    static void put(RunEnd end, Map<String, Object> values) {
        values.put(Tool.text, end.tool());
        values.put(Phase.text, end.phase());
        values.put(Reason.text, end.reason());
        end.exitCode().ifPresent(code -> values.put(ExitCode.text, (long) code));
        end.memoryUsage().ifPresent(usage -> values.put(MemoryUsage.text, usage));
        end.cpuUsage().ifPresent(usage -> values.put(CpuUsage.text, usage));
    }

    static void put(Violation violation, Map<String, Object> values) {
        values.put(ViolationKind.text, violation.type().text());
        values.put(ViolationResource.text, violation.resource());
        values.put(ViolationReason.text, violation.reason());
    }

    /** The only texts that the answer may be compared with; empty where it may be any. */
    Optional<Set<String>> vocabulary() {
        return switch (this) {
            case ViolationKind -> Optional.of(ViolationType.texts());
            case Phase -> Optional.of(Set.of("Denied", "Succeeded", "Failed", "TimedOut", "Cancelled", "Unknown"));
            case Reason ->
                Optional.of(Arrays.stream(dev.cofferdam.record.Reason.values())
                        .map(Enum::name)
                        .collect(Collectors.toUnmodifiableSet()));
            default -> Optional.empty();
        };
    }
}
