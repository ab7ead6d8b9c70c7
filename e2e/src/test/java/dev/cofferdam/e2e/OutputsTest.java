package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ReturnedFile;
import dev.cofferdam.api.v1alpha1.ReturnedState;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import org.junit.jupiter.api.Test;

/** What comes back of a workspace, and how much it may hold. */
@ClusterTest
class OutputsTest {
    private static final String POLICY = Tenant.TOOLS + """
              secrets: {allow: [{name: token, secretKeyRef: {name: registry, key: token}}]}
              storage: {allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/key"}]}
            """;

    @Withstands(
            value = "a tool has a file come back that is a link to a secret, or a secret itself",
            at = Aim.Record,
            by = {Gate.Box},
            unopened = "the report beside it comes back as it is")
    @Test
    void theFilesThatARunAsksForComeBack(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);
        tenant.kubectl("create", "secret", "generic", "registry", "--from-literal=token=correct-horse-battery");

        ToolRun run = tenant.run(shell(
                        "mkdir out; echo report > out/report.md; cp /run/secrets/token leak; ln -s /run/secrets/token soft; head -c 40000 /dev/zero > large; printf '\\377\\000' > bytes")
                .withSecrets("token")
                .withOutputs("out/report.md", "leak", "soft", "large", "bytes", "none"));

        assertThat(run.getStatus().changes().outputs())
                .extracting(ReturnedFile::path, ReturnedFile::state, ReturnedFile::content, ReturnedFile::size)
                .containsExactly(
                        tuple("out/report.md", ReturnedState.Present, "report\n", 7),
                        tuple("leak", ReturnedState.Present, "*".repeat(21), 21),
                        tuple("soft", ReturnedState.NotAFile, null, null),
                        tuple("large", ReturnedState.TooLarge, null, null),
                        tuple("bytes", ReturnedState.Present, "/wA=", 2),
                        tuple("none", ReturnedState.Missing, null, null));
    }

    @Test
    void whatTheToolMayNotReadAndWriteCannotBeAskedFor(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);

        ToolRun run = tenant.run(shell("true").withOutputs("fine", "key"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("PathDenied");
        assertThat(tenant.pods()).isEmpty();
    }

    @Test
    void aWorkspaceHoldsWhatThePolicySaysAndAFullOneIsAnErrorOfAWrite(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.replace("memory: 128Mi", "memory: 256Mi, workspaceBytes: 100Mi"));

        ToolRun run = tenant.run(
                shell(
                        "dd if=/dev/zero of=fits bs=1M count=99 && echo fits; dd if=/dev/zero of=more bs=1M count=9 2>&1 | grep -o 'No space left'; rm fits more; echo x > y; cat y"));

        assertThat(run.getStatus().result().stdout())
                .as("%s", run.getStatus().result())
                .isEqualTo("fits\nNo space left\nx\n");
        assertThat(run.getStatus().effective().limits().workspaceBytes()).isEqualTo(100L << 20);
    }

    @Test
    void aWorkspaceThatLeavesNoMemoryMakesThePolicyNotReady(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY.replace("memory: 128Mi", "memory: 128Mi, workspaceBytes: 100Mi"));

        ToolRun run = tenant.run(shell("true"));

        assertThat(condition(run, "Finished").getReason()).isEqualTo("PolicyNotReady");
        assertThat(run.getStatus().error().message()).contains("more than half of memory");
    }
}
