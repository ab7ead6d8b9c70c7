package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.record.Digest;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Rows of the table of trust: who runs where, who needs a review, and what a stage denies. */
final class StandingRows {
    private static final String NO_STAGES = "(no stages)";
    private static final String NO_LABEL = "(none)";

    /** What the columns of the table may hold, one after another. */
    private static final List<List<String>> COLUMNS = List.of(
            List.of("SemiTrusted", "Untrusted", "Trusted"),
            List.of("Hardcoded", "AgentGenerated", "External"),
            List.of("none", "as it was", "as it is"),
            List.of("Required", "Preferred"),
            List.of("Canary", "Experimental", "Stable", "Deprecated"),
            List.of(NO_STAGES, "ci", "dev", "prod", NO_LABEL));

    /** One of each column. */
    record Combination(String trust, String source, String review, String mode, String lifecycle, String stage) {
        private static Combination of(List<String> cells) {
            return new Combination(cells.get(0), cells.get(1), cells.get(2), cells.get(3), cells.get(4), cells.get(5));
        }
    }

    static final List<Combination> EVERY = product(COLUMNS);

    private StandingRows() {}

    static List<Combination> combinations(Table row) {
        return product(IntStream.range(0, COLUMNS.size())
                .mapToObj(at -> cell(row.cell(at), COLUMNS.get(at)))
                .toList());
    }

    static void rules(Table row) {
        assertThat(combinations(row))
                .isNotEmpty()
                .allSatisfy(combination ->
                        assertThat(ruling(row.policy(), combination)).isEqualTo(row.cell(6) + " " + row.cell(7)));
    }

    private static List<String> cell(String text, List<String> values) {
        List<String> named = text.equals("any")
                ? values
                : Arrays.stream(text.split(",")).map(String::strip).toList();
        assertThat(values).containsAll(named);
        return named;
    }

    private static List<Combination> product(List<List<String>> columns) {
        List<List<String>> all = List.of(List.of());
        for (List<String> column : columns) {
            all = all.stream()
                    .flatMap(before -> column.stream()
                            .map(value -> Stream.concat(before.stream(), Stream.of(value))
                                    .toList()))
                    .toList();
        }
        return all.stream().map(Combination::of).toList();
    }

    /** The policy above the table, with the words of one combination in it. */
    private static String spec(String written, Combination asked) {
        String stages = "  stages:";
        assertThat(written)
                .contains("trust: SemiTrusted", "mode: Required", "source: Hardcoded", "lifecycle: Stable", stages);
        return (asked.stage().equals(NO_STAGES) ? written.substring(0, written.indexOf(stages)) : written)
                .replace("trust: SemiTrusted", "trust: " + asked.trust())
                .replace("mode: Required", "mode: " + asked.mode())
                .replace("source: Hardcoded", "source: " + asked.source())
                .replace("lifecycle: Stable", "lifecycle: " + asked.lifecycle());
    }

    private static String ruling(String written, Combination asked) {
        SandboxPolicy policy = new SandboxPolicy();
        policy.setSpec(Policies.spec(spec(written, asked)));
        ObjectMetaBuilder metadata = new ObjectMetaBuilder().withName("p").withGeneration(1L);
        policy.setMetadata(metadata.build());
        String now = PolicyCompiler.compile(policy, Served.ALL).version().substring("1@".length());
        switch (asked.review()) {
            case "as it is" -> metadata.addToAnnotations(Names.REVIEW_ANNOTATION, now);
            case "as it was" -> metadata.addToAnnotations(Names.REVIEW_ANNOTATION, Digest.of("another policy"));
            default -> assertThat(asked.review()).isEqualTo("none");
        }
        policy.setMetadata(metadata.build());
        Optional<String> stage =
                Optional.of(asked.stage()).filter(name -> !name.equals(NO_STAGES) && !name.equals(NO_LABEL));

        Ruling ruling = Decider.decide(
                new Setting(Optional.of(PolicyCompiler.compile(policy, Served.ALL)), stage),
                Policies.run("{policyRef: {name: p}, tool: check}"));

        List<String> codes = switch (ruling) {
            case Ruling.Granted granted -> List.of();
            case Ruling.Refused refused ->
                refused.reasons().stream().map(DecisionReason::code).toList();
        };
        return (codes.isEmpty() ? "Allowed " : "Denied ") + String.join(" ", codes);
    }
}
