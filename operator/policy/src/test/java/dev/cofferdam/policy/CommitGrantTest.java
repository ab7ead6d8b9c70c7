package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.record.Reason;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which changes may be written, from what the policy granted when the run was claimed to what it grants when they are approved. */
class CommitGrantTest {
    private static final ToolRunSpec RUN = Policies.run(
            "{policyRef: {name: p}, tool: python, workspace: {source: {persistentVolumeClaim: {claimName: repo}}, commit: Manual}}");
    private static final String ALL = "{allow: [{uri: 'fs:///workspace/**', access: [read, write]}]}";

    /** Of one policy's word that the run was claimed under, and another's that holds now. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    src/a.py   | true  | {allow: [{uri: 'fs:///workspace/**', access: [read, write]}]}
                    src/a.py   | true  | {allow: [{uri: 'fs:///workspace/src', access: [read, write]}]}
                    other      | false | {allow: [{uri: 'fs:///workspace/src', access: [read, write]}]}
                    src/a.py   | false | {allow: [{uri: 'fs:///workspace/**', access: [read]}]}
                    src/a.py   | false | {allow: [{uri: 'fs:///workspace/**', access: [read, write]}], deny: [{uri: 'fs:///workspace/src'}]}
                    other      | true  | {allow: [{uri: 'fs:///workspace/**', access: [read, write]}], deny: [{uri: 'fs:///workspace/src'}]}
                    other      | false | {}
                    """)
    void neverMoreThanIsGrantedNow(String path, boolean written, String now) {
        assertThat(writes(claim(ALL), now, path)).isEqualTo(written);
    }

    /** What the policy grants beside it now is for later runs. */
    @Test
    void neverMoreThanWasClaimed() {
        Effective claimed = claim(
                "{allow: [{uri: 'fs:///workspace/src', access: [read, write]}], deny: [{uri: 'fs:///workspace/src/key'}]}");

        assertThat(writes(claimed, ALL, "src/a.py")).isTrue();
        assertThat(writes(claimed, ALL, "other")).isFalse();
        assertThat(writes(claimed, ALL, "src/key")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    state: Suspended                                                                       | PolicySuspended
                    workspace: {sources: [{persistentVolumeClaim: {claimName: other}}], commit: Manual}     | SourceNotGranted
                    workspace: {sources: [{persistentVolumeClaim: {claimName: repo}}]}                      | CommitNotGranted
                    tools: []                                                                               | ToolNotRegistered
                    """)
    void nothingIsWrittenThatThePolicyWouldNotLetRun(String now, Reason reason) {
        CommitGrant grant =
                CommitGrant.of(Setting.of(Optional.of(policy(ALL, now))), Optional.empty(), claim(ALL), RUN);

        assertThat(((CommitGrant.Refused) grant).reason().code()).isEqualTo(reason.name());
    }

    @Test
    void nothingIsWrittenWithoutAPolicyAndInANamespaceThatIsStopped() {
        CommitGrant gone = CommitGrant.of(Setting.of(Optional.empty()), Optional.empty(), claim(ALL), RUN);
        CommitGrant stopped = CommitGrant.of(
                Setting.of(Optional.of(policy(ALL, ""))), Optional.of(new Halt("n", "Suspended")), claim(ALL), RUN);

        assertThat(((CommitGrant.Refused) gone).reason().code()).isEqualTo(Reason.PolicyNotFound.name());
        assertThat(((CommitGrant.Refused) stopped).reason().code()).isEqualTo(Reason.NamespaceSuspended.name());
    }

    private static boolean writes(Effective claimed, String now, String path) {
        CommitGrant.Granted grant = (CommitGrant.Granted)
                CommitGrant.of(Setting.of(Optional.of(policy(now, ""))), Optional.empty(), claimed, RUN);
        assertThat(grant.allow()).extracting(GrantedFiles::uri).doesNotHaveDuplicates();
        return new Job.Files(grant.allow(), grant.deny(), Origin.of(RUN), Origin.outputs(RUN))
                .writable()
                .test(path);
    }

    private static Effective claim(String storage) {
        return ((Ruling.Granted) Decider.decide(Optional.of(policy(storage, "")), RUN)).effective();
    }

    /** @param more a key of the spec that says otherwise */
    private static Compilation policy(String storage, String more) {
        String key = more.isEmpty() ? "" : more.substring(0, more.indexOf(':'));
        return Policies.compile("{spec: {permissions: {storage: " + storage + "}"
                + (key.equals("tools") ? "" : ", tools: [{name: python, image: i, command: [python3]}]")
                + (key.equals("workspace")
                        ? ""
                        : ", workspace: {sources: [{persistentVolumeClaim: {claimName: repo}}], commit: Manual}")
                + (more.isEmpty() ? "" : ", " + more) + "}}");
    }
}
