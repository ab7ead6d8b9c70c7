package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.record.Reason;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a run has is what the policy's lists, the tool's capabilities and its own grant, all three. */
class EffectiveGrantsTest {
    private static final String POLICY = """
            spec:
              tools:
              - {name: narrow, image: i, command: [c], capabilities: [%s]}
              - {name: wide, image: i, command: [c]}
              permissions:
                storage: {allow: [{uri: "fs:///workspace/**", access: [read, write]}]}
                exec: {allow: [{command: git}, {command: python3}]}
                secrets: {allow: [{name: a, secretKeyRef: {name: s, key: a}}, {name: b, secretKeyRef: {name: s, key: b}}]}
            """;
    private static final String TOOLS = "FILE_READ(src/**), EXTERNAL_COMMAND, SECRET_ACCESS(a)";

    @Test
    void aToolWithoutCapabilitiesHasWhatTheListsGrant() {
        Grants grants = granted(POLICY.formatted(TOOLS), run("wide", ""));

        assertThat(grants.access("/workspace/x", StorageAccess.Write).isAllowed())
                .isTrue();
        assertThat(grants.exec().allow().commands()).containsExactly("git", "python3");
        assertThat(grants.secrets().allow()).containsOnlyKeys("a", "b");
    }

    @Test
    void aToolWithCapabilitiesHasNoMoreThanThose() {
        Grants grants = granted(POLICY.formatted(TOOLS), run("narrow", ""));

        assertThat(grants.access("/workspace/src/a", StorageAccess.Read).isAllowed())
                .isTrue();
        assertThat(grants.access("/workspace/src/a", StorageAccess.Write).isAllowed())
                .isFalse();
        assertThat(grants.storage().allow().asMap().values()).containsExactly(Set.of(StorageAccess.Read));
        assertThat(grants.exec().allow().commands()).containsExactly("git", "python3");
        assertThat(grants.secrets().allow()).containsOnlyKeys("a");
    }

    @Test
    void aRunHasNoMoreThanItAsksFor() {
        Grants grants = granted(POLICY.formatted(TOOLS), run("narrow", "EXTERNAL_COMMAND(/usr/bin/git)"));

        assertThat(grants.exec().allow().commands()).containsExactly("/usr/bin/git");
        assertThat(grants.start("/usr/local/bin/git").isAllowed()).isFalse();
        assertThat(grants.storage().allow().asMap()).isEmpty();
        assertThat(grants.secrets().allow()).isEmpty();
    }

    @Test
    void aRunThatAsksForMoreThanItsToolHasIsRefusedWithEachReason() {
        Ruling ruling = decide(
                Policies.compile(POLICY.formatted(TOOLS)),
                run("narrow", "FILE_READ(src/a), FILE_WRITE(src/a), SECRET_ACCESS(b), EXTERNAL_COMMAND(perl)"));

        assertThat(reasons(ruling))
                .extracting(DecisionReason::resource)
                .containsExactly("\"FILE_WRITE(src/a)\"", "\"SECRET_ACCESS(b)\"", "\"EXTERNAL_COMMAND(perl)\"");
        assertThat(reasons(ruling)).allSatisfy(reason -> {
            assertThat(reason.code()).isEqualTo(Reason.CapabilityNotGranted.name());
            assertThat(reason.message())
                    .contains("spec.capabilities[", "and the tool's own capabilities grant", "ask for less");
        });
        assertThat(decide(Policies.compile(POLICY.formatted(TOOLS)), run("wide", "FILE_WRITE(src/a)")))
                .isInstanceOf(Ruling.Granted.class);
    }

    @Test
    void whatIsNoCapabilityIsAnInvalidSpec() {
        Ruling ruling = decide(Policies.compile(POLICY.formatted(TOOLS)), run("narrow", "\"FILE_READ(\", GPU"));

        assertThat(reasons(ruling)).extracting(DecisionReason::code).containsOnly(Reason.InvalidSpec.name());
        assertThat(reasons(ruling))
                .extracting(DecisionReason::resource)
                .containsExactly("spec.capabilities[0]", "spec.capabilities[1]");
    }

    @Test
    void aToolThatNeedsMoreThanThePolicyGrantsMakesItNotReady() {
        Compilation compilation = Policies.compile(POLICY.formatted("FILE_READ(src/**), FILE_READ(/etc/**)"));

        assertThat(compilation)
                .isInstanceOfSatisfying(
                        Compilation.Refused.class,
                        refused -> assertThat(refused.problems())
                                .singleElement()
                                .satisfies(problem -> {
                                    assertThat(problem.path()).isEqualTo("spec.tools[0].capabilities[1]");
                                    assertThat(problem.message())
                                            .contains(
                                                    "FILE_READ(/etc/**)",
                                                    "spec.permissions.storage.allow grants; ask for less");
                                }));
    }

    @Test
    void whatNothingServesIsRefusedByNameEvenWhereItAsksForNothingInParticular() {
        Served none = new Served(Set.of(Permission.Environment), true);
        String tools = "spec: {tools: [{name: wide, image: i, command: [c]}]}";

        assertThat(reasons(
                        decide(Policies.compile(Policies.spec(tools), none), run("wide", "NETWORK_CONNECT, fs_read"))))
                .extracting(DecisionReason::message)
                .containsExactly(
                        "spec.capabilities[0]: \"NETWORK_CONNECT\" is not served by this version; remove it",
                        "spec.capabilities[1]: \"fs_read\" is not served by this version; remove it");
    }

    @Test
    void aCapabilityIsNoWayToAFormThatNothingCanHold() {
        Compilation served = Policies.compile(Policies.spec(POLICY.formatted("FILE_WRITE(src)")), Served.NOW);
        assertThat(served).isInstanceOf(Compilation.Compiled.class);

        assertThat(reasons(decide(served, run("wide", "\"FILE_WRITE(src/*.py)\""))))
                .singleElement()
                .satisfies(reason -> assertThat(reason.message())
                        .startsWith(
                                "spec.capabilities: \"fs:///workspace/src/*.py\" may be written by some of the names"));
        assertThat(Policies.compile(Policies.spec(POLICY.formatted("\"FILE_WRITE(src/*.py)\"")), Served.NOW))
                .isInstanceOfSatisfying(
                        Compilation.Refused.class,
                        refused -> assertThat(refused.problems())
                                .singleElement()
                                .satisfies(
                                        problem -> assertThat(problem.path()).isEqualTo("spec.tools[0].capabilities")));
    }

    @Test
    void aClaimKeepsTheCapabilitiesThatTheToolHad() {
        // Given
        ToolRunSpec run = run("narrow", "");
        Ruling.Granted claimed = (Ruling.Granted) decide(Policies.compile(POLICY.formatted(TOOLS)), run);

        // When the policy gives the tool more, it goes on with what it has
        Ruling more = HandOut.job(
                Optional.of(Policies.compile(POLICY.formatted(TOOLS + ", FILE_WRITE"))), claimed.effective(), run);
        Ruling all = HandOut.job(Optional.of(Policies.compile(POLICY.formatted(""))), claimed.effective(), run);

        // Then
        for (Ruling ruling : List.of(more, all)) {
            Grants grants = ((Ruling.Granted) ruling).grants();
            assertThat(grants.access("/workspace/src/a", StorageAccess.Read).isAllowed())
                    .isTrue();
            assertThat(grants.access("/workspace/src/a", StorageAccess.Write).isAllowed())
                    .isFalse();
            assertThat(grants.secrets().allow()).containsOnlyKeys("a");
        }

        // And when it takes one of them away, or says for the first time what the tool may have, it stops
        assertThat(HandOut.revoked(
                        Optional.of(Policies.compile(POLICY.formatted("EXTERNAL_COMMAND, SECRET_ACCESS(a)"))),
                        claimed.effective(),
                        run))
                .contains(Reason.PolicyChanged);
        Ruling.Granted wide = (Ruling.Granted) decide(Policies.compile(POLICY.formatted("")), run);
        assertThat(HandOut.revoked(Optional.of(Policies.compile(POLICY.formatted(TOOLS))), wide.effective(), run))
                .contains(Reason.PolicyChanged);
    }

    private static ToolRunSpec run(String tool, String capabilities) {
        return Policies.run("{policyRef: {name: p}, tool: %s, capabilities: [%s]}".formatted(tool, capabilities));
    }

    private static Ruling decide(Compilation policy, ToolRunSpec run) {
        return Decider.decide(Optional.of(policy), run);
    }

    private static Grants granted(String policy, ToolRunSpec run) {
        Ruling ruling = decide(Policies.compile(policy), run);
        assertThat(ruling).isInstanceOf(Ruling.Granted.class);
        return ((Ruling.Granted) ruling).grants();
    }

    private static List<DecisionReason> reasons(Ruling ruling) {
        assertThat(ruling).isInstanceOf(Ruling.Refused.class);
        return ((Ruling.Refused) ruling).reasons();
    }
}
