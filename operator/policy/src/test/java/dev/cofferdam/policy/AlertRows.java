package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.policy.alert.AlertCondition;
import dev.cofferdam.policy.alert.Count;
import dev.cofferdam.policy.alert.ReadCondition;
import dev.cofferdam.policy.alert.Series;
import dev.cofferdam.policy.alert.ViolationType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Rows about alerts: what there is to ask for, and when a condition holds. */
final class AlertRows {
    private AlertRows() {}

    /** {@code runs per 300s: 5}, with commas between. */
    static void fires(Table row) {
        Map<Series, Long> counts = new HashMap<>();
        for (String count : row.cell(1).split(", ")) {
            String[] parts = count.split(" per |s: ");
            counts.put(new Series(parts[0], Integer.parseInt(parts[1])), Long.parseLong(parts[2]));
        }
        AlertCondition condition = good(row.cell(0));

        assertThat(condition.series()).isEqualTo(counts.keySet());
        assertThat(condition.holds(counts)).isEqualTo(row.cell(2).equals("fires"));
    }

    static void counted(Table row) {
        assertThat(Count.of(row.cell(0))).isPresent();
        good(row.cell(0) + " > 1 per minute");
    }

    static void facts(Table row) {
        for (String name : names(row)) {
            good(name + " == " + name);
        }
    }

    static void types(Table row) {
        for (String name : names(row)) {
            assertThat(Arrays.stream(ViolationType.values()).map(ViolationType::text))
                    .contains(name);
            good("policy_violation.type == '" + name + "'");
        }
    }

    private static String[] names(Table row) {
        return row.cell(0).replace("`", "").split(", ");
    }

    private static AlertCondition good(String text) {
        ReadCondition read = AlertCondition.read(text);
        assertThat(read).as(read.toString()).isInstanceOf(ReadCondition.Good.class);
        return ((ReadCondition.Good) read).condition();
    }
}
