package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.record.Reason;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whoever edits a policy and stops a run by it is told by what. */
class LossTest {
    private static final String POLICY = """
            spec:
              tools: [{name: py, image: "py:1", command: [python3, -c], capabilities: [FILE_READ, FILE_WRITE, EXTERNAL_COMMAND, SECRET_ACCESS]}]
              permissions:
                storage: {allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/.git"}]}
                environment: {allow: [{key: LANG}, {key: TZ}]}
                exec: {allow: [{command: git}, {command: wc}], allowJit: true}
                secrets: {allow: [{name: token, secretKeyRef: {name: registry, key: pull}}]}
            """;

    private static final ToolRunSpec RUN = Policies.run(
            "{policyRef: {name: p}, tool: py, args: [x], env: [{name: TZ, value: UTC}], secrets: [token]}");

    private static final Effective CLAIM =
            ((Ruling.Granted) Decider.decide(Optional.of(Policies.compile(POLICY)), RUN)).effective();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    , {key: TZ}                          | ''                              | sets the variable "TZ", and spec.permissions.environment.allow of the policy "p" grants "LANG"
                    {name: py,                           | {name: python,                  | has no tool "py"; it has "python"
                    "py:1"                               | "py:2"                          | the policy now gives the tool "py" the image "py:2", and this run was granted "py:1"
                    [python3, -c]                        | [python3, -m]                   | another command than this run was granted: "python3", "-m"
                    name: registry, key: pull            | name: registry, key: push       | takes the secret "token" from the key "push" of the Secret "registry", and this run was granted the key "pull" of the Secret "registry"
                    name: token,                         | name: other,                    | "token"
                    , {command: wc}                      | ''                              | spec.permissions.exec.allow of the policy no longer grants "wc"
                    [{command: git}, {command: wc}]      | [{command: sed}]                | no longer grants "git", "wc"
                    , allowJit: true                     | ''                              | spec.permissions.exec.allowJit of the policy is no longer true
                    access: [read, write]                | access: [read]                  | .storage.allow of the policy no longer covers "fs:///workspace/**" for write, which
                    [{uri: "fs:///workspace/.git"}]      | [{uri: "fs:///workspace/key"}]  | .storage.deny of the policy now has "fs:///workspace/key" for read and write
                    , EXTERNAL_COMMAND                   | ''                              | narrows the tool "py" more: it no longer has "EXTERNAL_COMMAND"
                    """)
    void namesWhatWasTakenAway(String given, String edited, String told) {
        assertThat(POLICY).contains(given);

        Setting now = setting(POLICY.replace(given, edited));

        assertThat(HandOut.revoked(now, CLAIM, RUN)).contains(Reason.PolicyChanged);
        assertThat(HandOut.lost(now, CLAIM, RUN)).get().asString().contains(told);
    }

    @Test
    void namesTheFirstAndHowManyMore() {
        Setting now = setting(POLICY.replace(", {key: TZ}", "").replace("name: token,", "name: other,"));

        assertThat(HandOut.lost(now, CLAIM, RUN))
                .get()
                .asString()
                .contains("\"TZ\"")
                .endsWith(" (and 1 more)");
    }

    @Test
    void whatToolsHadWithoutCapabilitiesIsAllThatThePolicyGrants() {
        String unbounded = POLICY.replaceFirst(", capabilities: \\[.*?\\]", "");
        Effective claim = ((Ruling.Granted) Decider.decide(Optional.of(Policies.compile(unbounded)), RUN)).effective();

        assertThat(HandOut.lost(setting(POLICY), claim, RUN))
                .get()
                .asString()
                .contains("narrows the tool \"py\" to the capabilities", "all that the policy grants");
    }

    /** A name is somebody else's text, of whatever length. */
    @Test
    void boundsWhatItNames() {
        Setting now = setting(POLICY.replace("key: pull", "key: " + "k".repeat(200)));

        assertThat(HandOut.lost(now, CLAIM, RUN))
                .get()
                .asString()
                .contains("\"" + "k".repeat(63) + "…\"")
                .doesNotContain("k".repeat(64));
    }

    @Test
    void saysNothingWhereNothingWasTakenAway() {
        assertThat(HandOut.lost(setting(POLICY), CLAIM, RUN)).isEmpty();
        assertThat(HandOut.lost(setting(POLICY.replace("{key: LANG}, ", "")), CLAIM, RUN))
                .as("of what the run does not have")
                .isEmpty();
    }

    @Test
    void isForEditsAlone() {
        Setting suspended = setting(POLICY.replace("spec:", "spec:\n  state: Suspended"));
        Setting refused = setting(POLICY.replace("environment:", "enviroment:"));

        assertThat(HandOut.revoked(suspended, CLAIM, RUN)).contains(Reason.Suspended);
        assertThat(HandOut.lost(suspended, CLAIM, RUN)).isEmpty();
        assertThat(HandOut.revoked(refused, CLAIM, RUN)).contains(Reason.PolicyNotReady);
        assertThat(HandOut.lost(refused, CLAIM, RUN)).isEmpty();
        assertThat(HandOut.lost(Setting.of(Optional.empty()), CLAIM, RUN)).isEmpty();
    }

    private static Setting setting(String policy) {
        return Setting.of(Optional.of(Policies.compile(policy)));
    }
}
