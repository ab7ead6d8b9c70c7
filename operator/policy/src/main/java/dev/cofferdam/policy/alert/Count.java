package dev.cofferdam.policy.alert;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is counted of runs that have ended. The table of docs/policy.md says what each is exactly. */
public enum Count {
    /** Runs. */
    Runs("runs"),
    /** Runs that their policy denied. */
    DeniedRuns("denied_runs"),
    /** Runs that were let through and did not end well: Failed, TimedOut, Unknown. */
    Failures("failures"),
    /** Runs whose time was over. */
    Timeouts("timeouts"),
    /** Runs whose memory was not enough. */
    OutOfMemory("out_of_memory"),
    /** Runs that the infrastructure failed. */
    InfrastructureFailures("infrastructure_failures"),
    /** All that was denied: by the decision, and to the tool. */
    PermissionDenials("permission_denials"),
    /** What was asked for and not granted, or cannot be true: each is of a type. */
    PolicyViolations("policy_violations"),
    /** Hosts that were asked for, for the first time under the policy. */
    NewHosts("new_hosts");

    private final String text;

    Count(String text) {
        this.text = text;
    }

    /** As it is written in a condition. */
    public String text() {
        return text;
    }

    /** @param text as it is written in a condition */
    public static Optional<Count> of(String text) {
        return Arrays.stream(values()).filter(count -> count.text.equals(text)).findFirst();
    }

    static String all() {
        return Arrays.stream(values()).map(Count::text).collect(Collectors.joining(", "));
    }
}
