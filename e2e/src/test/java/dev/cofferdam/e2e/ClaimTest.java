package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.Outcome;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.NodeVolume;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A workspace that begins with a volume: the tool works on what is its own, and the volume stays as it is. */
@ClusterTest
@Tag("local")
class ClaimTest {
    private static final String CLAIM = "repo";
    private static final String EVERYTHING = "{allow: [{uri: \"fs:///workspace/**\", access: [read, write]}]}";

    @Withstands(
            value =
                    "a tool changes the volume that its workspace begins with, or files of it that are denied or above its sub-path",
            at = Aim.OtherTenant,
            by = {Gate.Admission, Gate.Box},
            unopened = "what the tool writes succeeds, for its own eyes")
    @Test
    void theVolumeStaysAsItIsAndWhatTheToolChangedIsTold(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING.replace("]}]}", "]}], deny: [{uri: \"fs://secrets\"}]}")));
        try (NodeVolume volume = NodeVolume.of(tenant, CLAIM)
                .with("team/src/a.py", "old\n")
                .with("team/src/b.py", "text\n")
                .with("team/secrets/key", "canary")
                .with("team/theirs", "theirs\n", 1000, "rw-r--r--")
                .with("above", "canary")) {
            List<String> before = volume.contents();

            ToolRun run = tenant.run(shell(
                            "echo new > src/a.py; rm src/b.py; echo more > src/c.py; cat src/*.py theirs; ls; "
                                    + "cat secrets/key ../above; mount -o remount,rw . ; chmod 777 . theirs; chgrp 65532 theirs; rm -rf secrets; ls")
                    .withClaim(CLAIM, "team"));

            assertThat(run.getStatus().result().stdout())
                    .isEqualTo("new\nmore\ntheirs\nsecrets\nsrc\ntheirs\nsecrets\nsrc\ntheirs\n");
            assertThat(run.getStatus().changes().items())
                    .extracting(ChangedFile::path, ChangedFile::change, ChangedFile::size)
                    .containsExactly(
                            tuple("src/a.py", Change.Modified, 4L),
                            tuple("src/b.py", Change.Deleted, null),
                            tuple("src/c.py", Change.Added, 5L));
            assertThat(run.getStatus().changes().complete()).isTrue();
            assertThat(volume.contents())
                    .as("owners, groups, permissions and times, too")
                    .isEqualTo(before);
        }
    }

    @Test
    void runsOnOneVolumeSeeNothingOfEachOther(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING));
        try (NodeVolume volume = NodeVolume.of(tenant, CLAIM).with("a", "text\n")) {
            RunRequest request = shell("echo more >> a; echo x > new-$$; cat a; ls; echo begun; sleep 30")
                    .withClaim(CLAIM, "");

            // The first goes on while the second does all that it does
            ToolRun one = tenant.begun(request);
            ToolRun other = tenant.begun(request);

            for (ToolRun run : List.of(one, other)) {
                ToolRun ended = tenant.finished(run);
                assertThat(ended.getStatus().result().stdout()).isEqualTo("text\nmore\na\nnew-1\nbegun\n");
                assertThat(ended.getStatus().changes().items())
                        .extracting(ChangedFile::path, ChangedFile::change)
                        .containsExactly(tuple("a", Change.Modified), tuple("new-1", Change.Added));
            }
        }
    }

    @Test
    void aClaimThatThePolicyDoesNotListIsDenied(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING));

        ToolRun run = tenant.run(shell("true").withClaim("other", ""));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("SourceNotGranted");
        assertThat(condition(run, "Finished").getMessage()).contains("\"other\"", "\"repo\"");
        assertThat(tenant.pods()).isEmpty();
    }

    @Test
    void aRunWhoseClaimIsTakenAwayIsStopped(Tenant tenant) {
        String policy = policy(EVERYTHING).replace("timeout: 300s", "timeout: 600s");
        tenant.policy(Tenant.POLICY, policy);
        try (NodeVolume volume = NodeVolume.of(tenant, CLAIM).with("a", "text\n")) {
            ToolRun run = tenant.begun(shell("echo begun; sleep 600").withClaim(CLAIM, ""));

            tenant.policy(Tenant.POLICY, policy.replace("claimName: repo", "claimName: other"));

            assertThat(condition(tenant.finished(run), "Finished").getReason()).isEqualTo("PolicyChanged");
        }
    }

    @Test
    void whatTheToolCouldNotReadIsNamedBeforeItStarts(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING));
        try (NodeVolume volume =
                NodeVolume.of(tenant, CLAIM).with("a", "text\n").with("deep/of\nothers", "text\n", 1000, "rw-------")) {
            ToolRun run = tenant.run(shell("echo ran").withClaim(CLAIM, ""));

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(condition(run, "Finished").getReason()).isEqualTo("WorkspaceNotReadable");
            assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.ConfigurationError);
            assertThat(run.getStatus().result().outcome()).isEqualTo(Outcome.WorkspaceNotReadable);
            assertThat(run.getStatus().result().paths())
                    .hasSize(1)
                    .allSatisfy(path -> assertThat(path).startsWith("deep/of").doesNotContain("\n"));
            assertThat(run.getStatus().result().stdout()).isNullOrEmpty();
            assertThat(run.getStatus().execution()).isNull();
        }
    }

    @Test
    void aSubPathThatIsNotThereEndsTheRunAndIsNotMade(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING));
        try (NodeVolume volume = NodeVolume.of(tenant, CLAIM).with("a", "text\n")) {
            List<String> before = volume.contents();

            ToolRun run = tenant.run(shell("echo ran").withClaim(CLAIM, "no/such"));

            assertThat(condition(run, "Finished").getReason()).isEqualTo("WorkspaceMissing");
            assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.ConfigurationError);
            assertThat(run.getStatus().execution()).isNull();
            assertThat(volume.contents()).isEqualTo(before);
        }
    }

    @Test
    void aClaimThatIsNotThereEndsTheRun(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(EVERYTHING));

        ToolRun run = tenant.run(shell("echo ran").withClaim(CLAIM, ""));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("WorkspaceMissing");
        assertThat(condition(run, "Finished").getMessage()).contains("repo").contains("not found");
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.ConfigurationError);
        assertThat(run.getStatus().execution()).isNull();
    }

    private static String policy(String storage) {
        return Tenant.TOOLS + "  storage: " + storage
                + "\nworkspace: {sources: [{persistentVolumeClaim: {claimName: repo}}]}\n";
    }
}
