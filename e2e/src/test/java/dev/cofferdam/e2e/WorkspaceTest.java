package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.api.v1alpha1.Changes;
import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a tool sees of its workspace, and what it can do with it: what the policy's rules about files say, and no more. */
@ClusterTest
class WorkspaceTest {
    private static final String EVERYTHING = "{allow: [{uri: \"fs:///workspace/**\", access: [read, write]}]}";

    static List<WorkspaceTable.Section> sections() {
        return WorkspaceTable.sections();
    }

    @Withstands(
            value =
                    "a tool reads, replaces, moves, links to and mounts over what the rules about files deny: every row of "
                            + "`sandbox-image/boxtest/workspace/table.md`",
            at = Aim.Run,
            by = {Gate.Box},
            unopened = "the same table has rows in which the same is granted, and succeeds")
    @ParameterizedTest
    @MethodSource("sections")
    void isWhatTheRulesSay(WorkspaceTable.Section section, Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy(section.storage()));
        RunRequest request = tool("python", WorkspaceTable.program()).withStdin(section.operations());
        for (String file : section.files()) {
            request = request.withFile(file, file);
        }

        ToolRun run = tenant.run(request);

        assertThat(run.getStatus().exitCode())
                .as("%s", run.getStatus().result())
                .isZero();
        assertThat(run.getStatus().result().stdout().lines().toList()).isEqualTo(section.outcomes());
    }

    @Test
    void aRunTellsWhatItWasGranted(Tenant tenant) {
        tenant.policy(
                Tenant.POLICY,
                policy(
                        "storage: {allow: [{uri: \"fs:///workspace/**\", access: [read]}], deny: [{uri: \"fs://key\"}]}"));

        ToolRun run = tenant.run(shell("cat a; ls key").withFile("a", "text").withFile("key", "secret"));

        assertThat(run.getStatus().result().stdout()).isEqualTo("textkey\n");
        assertThat(run.getStatus().effective().storage())
                .containsExactly(new GrantedFiles("fs:///workspace/**", List.of(StorageAccess.Read)));
        assertThat(run.getStatus().effective().storageDenied())
                .containsExactly(
                        new GrantedFiles("fs:///workspace/key", List.of(StorageAccess.Read, StorageAccess.Write)));
    }

    @Test
    void aSourceThatThePolicyDoesNotListIsDenied(Tenant tenant) {
        tenant.policy(
                Tenant.POLICY, policy("storage: " + EVERYTHING).replace("workspace: {sources: [{inline: true}]}", ""));

        ToolRun run = tenant.run(shell("cat a").withFile("a", "text"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("SourceNotGranted");
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.CapabilityError);
        assertThat(run.getStatus().exitCode()).isEqualTo(5);
        assertThat(tenant.pods()).isEmpty();
    }

    /** Rules that mounts would hold otherwise than they read. */
    @Test
    void aRuleThatCannotBeHeldMakesThePolicyNotReady(Tenant tenant) {
        tenant.policy(
                Tenant.POLICY,
                policy("storage: {allow: [{uri: \"fs:///workspace/src/*.py\", access: [read, write]}]}"));

        ToolRun run = tenant.run(shell("true"));

        assertThat(condition(run, "Finished").getReason()).isEqualTo("PolicyNotReady");
        assertThat(run.getStatus().error().message()).contains("src/*.py").contains("allow the directory");
    }

    @Test
    void runsShareNothing(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy("storage: " + EVERYTHING));
        RunRequest request = shell("echo more >> a; cat a; ls; echo begun; sleep 300")
                .withFile("a", "text\n")
                .withTimeout("20s");

        // The first goes on while the second does all that it does
        ToolRun one = tenant.begun(request);
        ToolRun other = tenant.begun(request);

        for (ToolRun run : List.of(one, other)) {
            ToolRun ended = tenant.finished(run);
            assertThat(ended.getStatus().result().stdout()).isEqualTo("text\nmore\na\nbegun\n");
            assertThat(ended.getStatus().changes().items())
                    .extracting(ChangedFile::path, ChangedFile::change, ChangedFile::size)
                    .containsExactly(tuple("a", Change.Modified, 10L));
        }
    }

    @Test
    void aRunWhoseFilesAreTakenAwayIsStopped(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy("storage: " + EVERYTHING));
        ToolRun run = tenant.begun(
                shell("echo begun; sleep 300").withFile("a", "text").withTimeout("250s"));

        tenant.policy(Tenant.POLICY, policy("storage: " + EVERYTHING.replace("read, write", "read")));

        assertThat(condition(tenant.finished(run), "Finished").getReason()).isEqualTo("PolicyChanged");
    }

    @Test
    void whatTheToolChangedIsInTheStatus(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy("storage: " + EVERYTHING));

        ToolRun run = tenant.run(shell("echo changed > a; rm b; mkdir d; printf new > d/new; touch same; mv dir moved")
                .withFile("a", "text")
                .withFile("b", "text")
                .withFile("same", "text")
                .withFile("dir/file", "text"));

        Changes changes = run.getStatus().changes();
        assertThat(changes.items())
                .extracting(ChangedFile::path, ChangedFile::change, ChangedFile::size)
                .containsExactly(
                        tuple("a", Change.Modified, 8L),
                        tuple("b", Change.Deleted, null),
                        tuple("d/new", Change.Added, 3L),
                        tuple("dir/file", Change.Deleted, null),
                        tuple("moved/file", Change.Added, 4L));
        assertThat(changes.items().get(2).sha256())
                .isEqualTo("11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437");
        assertThat(changes.complete()).isTrue();
        assertThat(changes.truncated()).isFalse();
        assertThat(List.of(changes.added(), changes.modified(), changes.deleted(), changes.denied()))
                .containsExactly(2, 1, 2, 0);
        assertThat(changes.digest()).startsWith("sha256:");
        assertThat(tenant.run(shell("true").withFile("a", "text"))
                        .getStatus()
                        .changes()
                        .items())
                .isEmpty();
    }

    @Test
    void scratchSpaceHasNoChanges(Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(shell("echo text > a; cat a"));

        assertThat(run.getStatus().result().stdout()).isEqualTo("text\n");
        assertThat(run.getStatus().changes()).isNull();
    }

    @Test
    void aToolThatDiesHasChangedWhatItHas(Tenant tenant) {
        tenant.policy(Tenant.POLICY, policy("storage: " + EVERYTHING));

        ToolRun run = tenant.run(shell("echo text > a; kill -9 $$"));

        assertThat(condition(run, "Finished").getReason()).isEqualTo("Signaled");
        assertThat(run.getStatus().changes().items())
                .extracting(ChangedFile::path)
                .containsExactly("a");
    }

    @Withstands(
            value = "a tool leaves under a denied name, or as no file, what nobody is to take for a change",
            at = Aim.Record,
            by = {Gate.Box, Gate.Protocol},
            opened = "WorkspaceTest.whatTheToolChangedIsInTheStatus")
    @Test
    void whatThePolicyDoesNotLetBeWrittenIsNoChangeAndOnRecord(Tenant tenant) {
        tenant.policy(
                Tenant.POLICY,
                policy("storage: " + EVERYTHING.replace("]}]}", "]}], deny: [{uri: \"fs:///workspace/**/*.key\"}]}")));

        ToolRun run = tenant.run(shell(
                        "echo x > new.key; mkfifo pipe; echo x > \"$(printf 'odd\\nname')\"; chmod 4755 suid; echo x > fine")
                .withFile("suid", "text"));

        assertThat(run.getStatus().changes().items())
                .extracting(ChangedFile::path)
                .containsExactly("fine");
        assertThat(run.getStatus().changes().denied()).isEqualTo(4);
        assertThat(run.getStatus().audit().sources().stream()
                        .flatMap(source -> source.events().stream())
                        .filter(event -> event.eventType() == AuditEventType.FilesystemAccess
                                && event.result() == AuditResult.Denied))
                .extracting(event -> event.resource().replace("\\", "") + " "
                        + event.detail().get("reason"))
                .containsExactlyInAnyOrder(
                        "/workspace/new.key NotGranted",
                        "/workspace/pipe NotAFile",
                        "/workspace/oddnname NameInvalid",
                        "/workspace/suid SetID");
    }

    private static String policy(String storage) {
        return Tenant.TOOLS + "  " + storage + "\nworkspace: {sources: [{inline: true}]}\n";
    }
}
