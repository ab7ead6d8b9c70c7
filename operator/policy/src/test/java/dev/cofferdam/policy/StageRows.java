package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import java.util.List;
import java.util.Optional;

/** Rows of tables about what runs in which stage. */
final class StageRows {
    private StageRows() {}

    static void runs(CompiledPolicy policy, Table row) {
        Ruling ruling = Decider.decide(
                new Setting(
                        Optional.of(new Compilation.Compiled(policy)),
                        Optional.of(row.cell(0)).filter(stage -> !stage.isEmpty())),
                Policies.run("{policyRef: {name: p}, tool: %s}".formatted(row.cell(1))));

        List<String> codes = switch (ruling) {
            case Ruling.Granted granted -> List.of();
            case Ruling.Refused refused ->
                refused.reasons().stream().map(DecisionReason::code).toList();
        };
        assertThat((codes.isEmpty() ? "Allowed " : "Denied ") + String.join(" ", codes))
                .isEqualTo(row.cell(2) + " " + row.cell(3));
    }
}
