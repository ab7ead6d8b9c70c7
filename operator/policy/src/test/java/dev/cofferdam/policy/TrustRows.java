package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.record.Digest;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Optional;

/** Rows of tables about who needs a review. */
final class TrustRows {
    private TrustRows() {}

    static void rules(Table row) {
        SandboxPolicy policy = new SandboxPolicy();
        policy.setSpec(Policies.spec("spec: {trust: %s, tools: [{name: t, image: i, command: [c], source: %s}]}"
                .formatted(row.cell(0), row.cell(1))));
        ObjectMetaBuilder metadata = new ObjectMetaBuilder().withName("p").withGeneration(1L);
        policy.setMetadata(metadata.build());
        String now = PolicyCompiler.compile(policy, Served.ALL).version().substring("1@".length());
        switch (row.cell(2)) {
            case "as it is" -> metadata.addToAnnotations(Names.REVIEW_ANNOTATION, now);
            case "as it was" -> metadata.addToAnnotations(Names.REVIEW_ANNOTATION, Digest.of("another policy"));
            default -> assertThat(row.cell(2)).isEqualTo("none");
        }
        policy.setMetadata(metadata.build());

        Ruling ruling = Decider.decide(
                Optional.of(PolicyCompiler.compile(policy, Served.ALL)),
                Policies.run("{policyRef: {name: p}, tool: t}"));

        List<String> codes = switch (ruling) {
            case Ruling.Granted granted -> List.of();
            case Ruling.Refused refused ->
                refused.reasons().stream().map(DecisionReason::code).toList();
        };
        assertThat((codes.isEmpty() ? "Allowed " : "Denied ") + String.join(" ", codes))
                .isEqualTo(row.cell(3) + " " + row.cell(4));
    }
}
