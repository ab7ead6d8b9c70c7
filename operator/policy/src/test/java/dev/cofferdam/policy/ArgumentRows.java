package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the rows of {@code tables/arguments.md} say. */
final class ArgumentRows {
    private static final String PATH = "spec.tools[0].argsSchema";

    private ArgumentRows() {}

    static void fits(Table row) {
        Ruling ruling = Decider.decide(
                Optional.of(compile(row.cell(0))),
                Policies.run("{policyRef: {name: p}, tool: t, args: " + row.cell(1) + "}"));

        switch (ruling) {
            case Ruling.Granted granted -> assertThat(row.cell(2)).isEqualTo("Granted");
            case Ruling.Refused refused -> {
                assertThat(row.cell(2)).as(refused.toString()).isEqualTo("Refused");
                assertThat(refused.reasons().stream().map(DecisionReason::code).collect(Collectors.joining(" ")))
                        .isEqualTo(row.cell(3));
                assertThat(refused.reasons().stream()
                                .map(DecisionReason::message)
                                .collect(Collectors.joining("\n")))
                        .contains(row.cell(4));
            }
        }
    }

    static void none(Table row) {
        Compilation compilation = compile(row.cell(0));

        assertThat(compilation).isInstanceOf(Compilation.Refused.class);
        assertThat(((Compilation.Refused) compilation).problems()).anySatisfy(problem -> {
            assertThat(problem.path()).isEqualTo(PATH + row.cell(1));
            assertThat(problem.message()).contains(row.cell(2));
        });
    }

    private static Compilation compile(String schema) {
        return Policies.compile("spec: {tools: [{name: t, image: i, command: [x], argsSchema: " + schema + "}]}");
    }
}
