package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.record.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which programs the box is told, from what the policy granted when the run was claimed to what it grants now. */
class HandedProgramsTest {
    private static final ToolRunSpec RUN = Policies.run("{policyRef: {name: p}, tool: python}");

    @Test
    void nothingIsHandedOutThatNobodyGranted() {
        Ruling.Granted granted = granted("{}");

        assertThat(granted.job().exec()).isEqualTo(ExecGrant.NOTHING);
        assertThat(granted.effective().exec()).isEmpty();
        assertThat(granted.effective().allowJit()).isNull();
    }

    @Test
    void whatIsGrantedIsOnRecordAndHandedOut() {
        Ruling.Granted granted =
                granted("{allow: [{command: /usr/bin/python3}, {command: git}, {command: git}], allowJit: true}");

        assertThat(granted.effective().exec()).containsExactly("/usr/bin/python3", "git");
        assertThat(granted.effective().allowJit()).isTrue();
        assertThat(granted.job().exec().allow().commands()).containsExactly("/usr/bin/python3", "git");
        assertThat(granted.job().exec().allowJit()).isTrue();
    }

    /** What a policy takes away stops the tool, because its box cannot be changed; what it adds is for later runs. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {allow: [{command: git}]}                    | {allow: [{command: git}, {command: sh}]}    | git | false
                    {allow: [{command: git}]}                    | {allow: [{command: "*"}], allowJit: true}   | git | false
                    {allow: [{command: git}]}                    | {}                                          |     | false
                    {allow: [{command: git}]}                    | {allow: [{command: sh}]}                    |     | false
                    {allow: [{command: "*"}]}                    | {allow: [{command: git}]}                   |     | false
                    {allow: [{command: git}], allowJit: true}    | {allow: [{command: git}]}                   |     | false
                    {allow: [{command: git}], allowJit: true}    | {allow: [{command: git}], allowJit: true}   | git | true
                    """)
    void neverMoreThanWasClaimedNorThanIsGrantedNow(String claimed, String now, String handed, boolean allowJit) {
        Effective claim = granted(claimed).effective();

        Ruling ruling = HandOut.job(Optional.of(policy(now)), claim, RUN);

        if (handed == null) {
            assertThat(ruling).isInstanceOf(Ruling.Refused.class);
            assertThat(HandOut.revoked(Optional.of(policy(now)), claim, RUN)).contains(Reason.PolicyChanged);
        } else {
            ExecGrant exec = ((Ruling.Granted) ruling).job().exec();
            assertThat(exec).isEqualTo(ExecGrant.of(List.of(handed), allowJit));
            assertThat(HandOut.revoked(Optional.of(policy(now)), claim, RUN)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {allow: [{command: git}, {command: sh}]} | EXTERNAL_COMMAND(git)          | git
                    {allow: [{command: "*"}]}                | EXTERNAL_COMMAND(git)          | git
                    {allow: [{command: git}]}                | EXTERNAL_COMMAND               | git
                    {allow: [{command: git}]}                | EXTERNAL_COMMAND(/usr/bin/git) | /usr/bin/git
                    {allow: [{command: /usr/bin/git}]}       | EXTERNAL_COMMAND(git)          | /usr/bin/git
                    {allow: [{command: git}]}                | FILE_READ                      |
                    """)
    void capabilitiesNarrowWhatIsHandedOut(String exec, String capability, String handed) {
        Grants grants = Policies.compiled("exec: " + exec).grants();

        Grants narrowed =
                new Scope(grants, Served.ALL).narrow("spec.capabilities", List.of(capability), new ArrayList<>());

        assertThat(narrowed.exec().allow().commands())
                .containsExactlyElementsOf(handed == null ? List.of() : List.of(handed));
    }

    private static Ruling.Granted granted(String exec) {
        return (Ruling.Granted) Decider.decide(Optional.of(policy(exec)), RUN);
    }

    private static Compilation policy(String exec) {
        return Policies.compile(
                Policies.spec("spec: {tools: [{name: python, image: i, command: [python3]}], permissions: {exec: "
                        + exec + "}}"),
                Served.NOW);
    }
}
