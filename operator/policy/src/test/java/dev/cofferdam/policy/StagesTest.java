package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.record.Reason;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which stages and lifecycles are refused by name, and what a change of a namespace's stage does to what runs. */
class StagesTest {
    private static final String POLICY =
            "spec: {tools: [{name: t, image: i, command: [c], lifecycle: Experimental}], stages: [%s]}";
    private static final ToolRunSpec RUN = Policies.run("{policyRef: {name: p}, tool: t}");

    @Test
    void whatIsMisspeltIsRefused() {
        refused("{name: ci, denny: [Experimental]}", "spec.stages[0]", "has the key \"denny\"");
        refused("{name: ci, deny: [experimental]}", "spec.stages[0].deny", "write Canary, Experimental");
        refused("{name: CI}", "spec.stages[0].name", "\"CI\" is not a stage");
        refused("{name: ci}, {name: ci, deny: [Stable]}", "spec.stages[1].name", "is there twice");
    }

    @Test
    void aLifecycleThatNobodyKnowsIsRefused() {
        assertThat(Policies.compile("spec: {tools: [{name: t, image: i, command: [c], lifecycle: Alpha}]}"))
                .isInstanceOfSatisfying(
                        Compilation.Refused.class,
                        refused -> assertThat(refused.problems())
                                .singleElement()
                                .satisfies(problem -> assertThat(problem.path()).isEqualTo("spec.tools[0].lifecycle")));
    }

    @Test
    void anotherStageEndsWhatItDenies() {
        Optional<Compilation> policy =
                Optional.of(Policies.compile(POLICY.formatted("{name: dev}, {name: ci, deny: [Experimental]}")));
        Ruling.Granted granted = (Ruling.Granted) Decider.decide(new Setting(policy, Optional.of("dev")), RUN);

        assertThat(HandOut.revoked(new Setting(policy, Optional.of("dev")), granted.effective(), RUN))
                .isEmpty();
        assertThat(HandOut.revoked(new Setting(policy, Optional.of("ci")), granted.effective(), RUN))
                .contains(Reason.PolicyChanged);
        assertThat(HandOut.revoked(new Setting(policy, Optional.empty()), granted.effective(), RUN))
                .contains(Reason.PolicyChanged);
    }

    @Test
    void aStageIsLookedUpOnlyWhereItMatters() {
        Setting.of(Optional.of(Policies.compile("{}")), () -> {
            throw new AssertionError("nobody asked");
        });

        assertThat(Setting.of(Optional.of(Policies.compile(POLICY.formatted("{name: ci}"))), () -> Optional.of("ci"))
                        .stage())
                .contains("ci");
    }

    private static void refused(String stages, String path, String words) {
        assertThat(Policies.compile(POLICY.formatted(stages)))
                .isInstanceOfSatisfying(
                        Compilation.Refused.class,
                        refused -> assertThat(refused.problems())
                                .singleElement()
                                .satisfies(problem -> assertThat(problem.path()).isEqualTo(path))
                                .satisfies(
                                        problem -> assertThat(problem.message()).contains(words)));
    }
}
