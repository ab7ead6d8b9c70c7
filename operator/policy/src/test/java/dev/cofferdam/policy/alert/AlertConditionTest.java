package dev.cofferdam.policy.alert;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlertConditionTest {
    private static final Series DENIALS = Series.of(Count.PermissionDenials, 60);

    @Test
    void holdsAboveItsNumberAndNotAtIt() {
        AlertCondition condition = good("permission_denials > 10 per minute");

        assertThat(condition.series()).containsExactly(DENIALS);
        assertThat(condition.holds(Map.of())).isFalse();
        assertThat(condition.holds(Map.of(DENIALS, 10L))).isFalse();
        assertThat(condition.holds(Map.of(DENIALS, 11L))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "runs > 1 per hour, 3600",
        "runs > 1 per day, 86400",
        "runs > 1 per 90s, 90",
        "runs > 1 per 5m, 300",
        "runs > 1 per 24h, 86400",
        "runs > 1 per 10s, 10",
        "(runs per 5m) > 1, 300",
        "1 < runs per 5m, 300",
        "1.5 < runs per 5m, 300",
    })
    void countsInTheWindowThatItSays(String text, int seconds) {
        AlertCondition condition = good(text);

        Series series = Series.of(Count.Runs, seconds);
        assertThat(condition.series()).containsExactly(series);
        assertThat(condition.holds(Map.of(series, 2L))).isTrue();
        assertThat(condition.holds(Map.of(series, 1L))).isFalse();
    }

    @Test
    void asksForSeveralCounts() {
        AlertCondition condition =
                good("failures > 2 per hour && failures per hour * 2 > runs per hour || timeouts >= 5 per 10m");

        assertThat(condition.series()).hasSize(3);
        assertThat(condition.holds(Map.of(Series.of(Count.Failures, 3600), 3L, Series.of(Count.Runs, 3600), 5L)))
                .isTrue();
        assertThat(condition.holds(Map.of(Series.of(Count.Failures, 3600), 3L, Series.of(Count.Runs, 3600), 6L)))
                .isFalse();
        assertThat(condition.holds(Map.of(Series.of(Count.Timeouts, 600), 5L))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "policy_violation.type == 'capability_request'",
                "policy_violation.type in ['capability_request', 'arguments']",
                "['network_access'] == [policy_violation.type]",
                "policy_violation.resource.startsWith('NET') && tool == \"sh\"",
                "memory_usage > 90%",
                "memory_usage > 90 && cpu_usage < 12.5%",
                "exit_code == 7 && phase == 'Failed' && reason.matches('^Exited')",
                "tool == 'per minute' || reason == 'ExitedNonZero'",
            })
    void isAskedOfARun(String text) {
        AlertCondition condition = good(text);

        assertThat(condition.matches(Map.of(), END)).isOne();
        assertThat(condition.series()).containsExactly(Series.OF_RUNS);
        assertThat(condition.holds(Map.of(Series.OF_RUNS, 1L))).isTrue();
        assertThat(condition.holds(Map.of())).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "reason.matches('(.{0,1000}.{0,1000})z')",
                "reason.matches('(.{0,60}.{0,60}.{0,60}.{0,60})z')",
                "matches(reason, '((((a{1000}){1000}){1000}){1000}){1000}')",
                "reason.matches('(')",
                "reason.matches(tool)",
                "reason.matches('a' + 'b')",
                "reason.matches('a') || reason.matches('b') || reason.matches('c')",
            })
    void aRegularExpressionThatWouldCostMuchIsRefused(String text) {
        assertThat(AlertCondition.read(text))
                .isInstanceOfSatisfying(
                        ReadCondition.Bad.class,
                        bad -> assertThat(bad.message()).contains("regular expression"));
    }

    @Test
    void whatNobodyKnowsDoesNotHold() {
        RunEnd unknown = new RunEnd(
                "sh",
                "Denied",
                "x",
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Map.of(),
                List.of(),
                Set.of());

        assertThat(good("memory_usage > 90%").matches(Map.of(), unknown)).isZero();
        assertThat(good("memory_usage < 90%").matches(Map.of(), unknown)).isZero();
        assertThat(good("phase == 'Denied' || memory_usage > 1%").matches(Map.of(), unknown))
                .isOne();
        assertThat(good("policy_violation.type == 'tampering'").matches(Map.of(), unknown))
                .isZero();
        assertThat(good("1 / exit_code > 0").matches(Map.of(), END_ZERO)).isZero();
    }

    /** What counts something beside it must not wait for a run that violates something. */
    @Test
    void ofARunWithoutViolationsTheRestIsAsked() {
        AlertCondition condition = good("policy_violation.type == 'tampering' || failures > 5 per hour");

        assertThat(condition.matches(Map.of(), END_ZERO)).isZero();
        assertThat(condition.matches(Map.of(Series.of(Count.Failures, 3600), 6L), END_ZERO))
                .isOne();
        assertThat(good("policy_violation.type != 'tampering'").matches(Map.of(), END_ZERO))
                .as("of nothing")
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | 1 | asks for nothing",
                "true | 1 | asks for nothing",
                "permission_denials > 10 | 1 | permission_denials > 10 per minute",
                "runs > 1 per minute && failures > 2 | 24 | is counted in a window",
                "runs > 1 per fortnight | 14 | is no window",
                "runs > 1 per 9s | 14 | is no window",
                "runs > 1 per 25h | 14 | is no window",
                "runs > 1 per 5 minutes | 14 | is no window",
                "runs > 1 per | 13 | is no window",
                "per minute | 1 | follows a count",
                "tool > 1 per minute | 10 | follows a count",
                "runs > 1 per minute && denials == 2 | 24 | undeclared reference",
                "runs > 1 per minute && memory_usag > 90% | 24 | undeclared reference",
                "policy_violation.kind == 'x' | 1 | undeclared",
                "policy_violation.type == 'capabilty_request' | 26 | capability_request",
                "true && 'capabilty_request' == policy_violation.type | 9 | capability_request",
                "policy_violation.type in ['tampering', 'capabilty_request'] | 40 | capability_request",
                "runs > 1 per minute && policy_violation.type != 'x' | 49 | capability_request",
                "phase == 'Dead' | 10 | TimedOut",
                "reason == 'OOMKilled' | 11 | docs/operations.md",
                "runs > 'x' per minute | 1 | is counted in a window",
                "runs per minute | 1 | expected type 'bool'",
                "runs > 1 per minute & tool | 21 | ",
                "runs > 1 per minute && ( | 25 | ",
                "tool == 1 | 6 | no matching overload",
            })
    void saysWhereItIsWrong(String text, int column, String message) {
        ReadCondition.Bad bad = (ReadCondition.Bad) AlertCondition.read(text);

        assertThat(bad.message()).contains(message == null ? "" : message);
        assertThat(bad.column()).as(bad.message()).isEqualTo(column);
        assertThat(bad.message().chars().filter(Character::isISOControl)).isEmpty();
    }

    @Test
    void isBounded() {
        assertThat(AlertCondition.read("tool == '" + "x".repeat(600) + "'")).isInstanceOf(ReadCondition.Bad.class);
        assertThat(AlertCondition.read("(".repeat(200) + "tool == 'x'" + ")".repeat(200)))
                .isInstanceOf(ReadCondition.Bad.class);
        assertThat(AlertCondition.read(
                        "runs>1 per 11s||runs>1 per 12s||runs>1 per 13s||runs>1 per 14s||runs>1 per 15s"))
                .isInstanceOf(ReadCondition.Bad.class);
        assertThat(AlertCondition.read("tool == 'a'\n|| tool == 'b'")).isInstanceOf(ReadCondition.Bad.class);
        assertThat(AlertCondition.read("[1, 2, 3].all(x, [1, 2, 3].all(y, tool.size() > x * y))"))
                .as("no loops")
                .isInstanceOf(ReadCondition.Bad.class);
    }

    private static final RunEnd END = new RunEnd(
            "sh",
            "Failed",
            "ExitedNonZero",
            OptionalInt.of(7),
            OptionalDouble.of(90.5),
            OptionalDouble.of(12),
            Map.of(Count.Runs, 1L),
            List.of(
                    new Violation(ViolationType.CapabilityRequest, "NETWORK_CONNECT", "CapabilityNotGranted"),
                    new Violation(ViolationType.NetworkAccess, "evil.example:443", "HostNotAllowed")),
            Set.of());

    private static final RunEnd END_ZERO = new RunEnd(
            "sh",
            "Succeeded",
            "ExitedZero",
            OptionalInt.of(0),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            Map.of(),
            List.of(),
            Set.of());

    private static AlertCondition good(String text) {
        ReadCondition read = AlertCondition.read(text);
        assertThat(read).as(read.toString()).isInstanceOf(ReadCondition.Good.class);
        return ((ReadCondition.Good) read).condition();
    }
}
