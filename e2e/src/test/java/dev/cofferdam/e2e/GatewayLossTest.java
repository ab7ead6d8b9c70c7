package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.NodeProcesses;
import dev.cofferdam.e2e.tenant.NodeVolume;
import dev.cofferdam.e2e.tenant.Persona;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** What becomes of a run when its gateway goes: of what it keeps until somebody has decided, and of the connections that it carries. Alone, because all others use it. */
@ClusterTest
@Tag("local")
@Isolated
class GatewayLossTest {
    static final String STREAMING = """
            tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -c]}]
            permissions:
              network: {allow: [{cidr: %s/32, port: %d, protocol: tcp}]}
              resources: {limits: {cpu: 250m, memory: 128Mi, timeout: 300s}}
            """;

    @Test
    void whatItKeptOutlivesItsProcessAndNotItsPod(Tenant tenant) {
        tenant.policy(Tenant.POLICY, CommitTest.policy(CommitTest.EVERYTHING, Commit.Manual));
        InstalledParts.fresh(Names.GATEWAY);
        try (NodeVolume volume = CommitTest.volume(tenant)) {
            ToolRun first = CommitTest.awaiting(tenant, Commit.Manual, CommitTest.WORK);
            ToolRun second = CommitTest.awaiting(tenant, Commit.Manual, CommitTest.WORK + "; echo second > src/c.py");

            // When its process is killed
            InstalledParts.kill(Names.GATEWAY);

            // Then what it kept is there when it comes again
            CommitTest.approve(Persona.ADMIN, tenant, first);
            assertThat(CommitTest.outcome(tenant.finished(first))).isEqualTo("True/Committed");
            assertThat(volume.files()).isEqualTo(CommitTest.AFTER);

            // When its pod goes
            InstalledParts.fresh(Names.GATEWAY);

            // Then that is gone with it, which is said, and nothing of it was written
            CommitTest.approve(Persona.ADMIN, tenant, second);
            assertThat(CommitTest.outcome(tenant.finished(second))).isEqualTo("False/ContentsLost");
            assertThat(volume.files()).isEqualTo(CommitTest.AFTER);
        }
    }

    @Test
    void whatReplicasShareOutlivesAllOfThem(Tenant tenant) {
        tenant.policy(Tenant.POLICY, CommitTest.policy(CommitTest.EVERYTHING, Commit.Manual));
        try (SharedContents shared = new SharedContents();
                NodeVolume volume = CommitTest.volume(tenant)) {
            // Given what one replica keeps, and a tool that goes on
            ToolRun kept = CommitTest.awaiting(tenant, Commit.Manual, CommitTest.WORK);
            assertThat(shared.files()).hasSize(1);
            ToolRun goesOn = tenant.begun(shell("echo begun; sleep 25; echo later > src/e.py")
                    .withClaim(CommitTest.CLAIM, "team")
                    .withCommit(Commit.Manual));

            // When all replicas give way to others
            SharedContents.replaceAll();

            // Then those have it
            CommitTest.approve(Persona.ADMIN, tenant, kept);
            assertThat(CommitTest.outcome(tenant.finished(kept))).isEqualTo("True/Committed");
            assertThat(volume.files()).isEqualTo(CommitTest.AFTER);

            // And what a supervisor brings after it had to call again
            ToolRun resumed = CommitTest.awaiting(tenant, goesOn);
            assertThat(resumed.getStatus().phase()).isEqualTo(Phase.Succeeded);
            CommitTest.approve(Persona.ADMIN, tenant, resumed);
            assertThat(CommitTest.outcome(tenant.finished(resumed))).isEqualTo("True/Committed");
            assertThat(volume.files()).containsEntry("team/src/e.py", "later\n");
            await().atMost(Tenant.PATIENCE)
                    .untilAsserted(() -> assertThat(shared.files()).isEmpty());
        }
    }

    @Test
    void aKilledReplicaCostsItsOpenConnectionsAndNothingElse(Tenant tenant, @TempDir Path folder) throws Exception {
        Sink sink = Sink.in(tenant);
        tenant.policy(Tenant.POLICY, STREAMING.formatted(sink.address(), Sink.PORT));
        InstalledParts.scale(Names.GATEWAY, 2);
        try {
            // Given a tool with a stream open, through the replica that handed it its job
            ToolRun run = tenant.begun(
                    tool("python", Scripts.of("stream.py"), sink.address(), Integer.toString(Sink.PORT), "patient"));
            Pod holder = await().atMost(Tenant.PATIENCE)
                    .until(() -> holder(run), Optional::isPresent)
                    .orElseThrow();

            // When that is killed
            Set<String> lines = new LinkedHashSet<>(AuditStream.lines(holder, run));
            NodeProcesses.signal("KILL", InstalledParts.process(holder));

            // Then the stream is broken, and a new one finds its way, by the same attempt of the same run
            ToolRun ended = tenant.finished(run);
            assertThat(ended.getStatus().result().stdout())
                    .as(ended.getStatus().result().stderr())
                    .isEqualTo("begun\nstream: reset\nagain: echo\n");
            assertThat(ended.getStatus().attempts()).hasSize(1);

            // And what the other one carried is on record, which begins where the first was interrupted
            await().atMost(Tenant.PATIENCE).until(() -> sink.gone() == sink.hits());
            assertThat(GatewayEvents.of(ended, AuditEventType.NetworkAccess, AuditResult.Allowed))
                    .hasSize((int) sink.hits() - 1)
                    .last()
                    .satisfies(event -> assertThat(event.detail()).containsEntry("bytesDown", "5"));
            assertThat(GatewayEvents.of(ended, AuditEventType.ProcessExec, AuditResult.Allowed))
                    .filteredOn(event -> event.action().equals("resume"))
                    .anySatisfy(event -> assertThat(event.detail()).containsEntry("before", "Interrupted"));

            // And so is what the tool tried while none answered: the first time before its supervisor had called
            // another one
            List<AuditEvent> unheard = GatewayEvents.of(ended, AuditEventType.NetworkAccess, AuditResult.Error);
            assertThat(unheard).isNotEmpty().allSatisfy(event -> {
                assertThat(event.resource()).isEqualTo(sink.address() + ":" + Sink.PORT);
                assertThat(event.detail()).containsEntry("reason", "GatewayUnreachable");
            });
            assertThat(unheard.stream()
                            .mapToLong(event -> Long.parseLong(event.detail().get("count")))
                            .sum())
                    .isEqualTo(ended.getStatus().result().stderr().lines().count());

            // And the record of the first has no end
            InstalledParts.scale(Names.GATEWAY, 2);
            lines.addAll(AuditStream.lines(Names.GATEWAY, ended));
            assertThat(VerifiedAudit.of(Files.write(folder.resolve("lines"), lines))
                            .text()
                            .lines())
                    .filteredOn(line -> !line.contains(" whole: "))
                    .singleElement(as(STRING))
                    .contains(" gateway/" + holder.getMetadata().getName())
                    .endsWith(" Interrupted: there is a beginning and no end");
        } finally {
            InstalledParts.scale(Names.GATEWAY, 1);
        }
    }

    /** The replica that has said that the tool of the run has started. */
    private static Optional<Pod> holder(ToolRun run) {
        return Tenant.systemPods(Names.GATEWAY).stream()
                .filter(pod ->
                        AuditStream.lines(pod, run).stream().anyMatch(line -> line.contains("\"action\":\"start\"")))
                .findFirst();
    }
}
