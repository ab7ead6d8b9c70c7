package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written of a run: complete, in order, and verifiable by anybody who can read the object. */
@ClusterTest
class RecordTest {
    @Test
    void everySourcesChainHoldsAndTheLogSaysTheSame(Tenant tenant, @TempDir Path folder) {
        // Given
        tenant.withTools();

        // When
        ToolRun run = tenant.run(shell("true").withEnv("GREETING", "not in any record"));

        // Then there are two sources, each without a gap
        List<AuditSource> sources = run.getStatus().audit().sources();
        assertThat(sources)
                .extracting(AuditSource::source)
                .anyMatch("controller"::equals)
                .anyMatch(name -> name.startsWith("gateway/"));
        for (AuditSource source : sources) {
            assertThat(source.events())
                    .extracting(AuditEvent::seq)
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, source.events().size())
                                    .mapToObj(Long::valueOf)
                                    .toList());
            assertThat(source.total()).isEqualTo(source.events().size());
            assertThat(source.events()).allSatisfy(event -> {
                assertThat(event.componentId()).isEqualTo("tools/sh");
                assertThat(event.policyVersion())
                        .isEqualTo(run.getStatus().decision().policyVersion());
            });
        }

        // And the decision, the environment key, the start and the end are there, the value is not
        List<AuditEvent> all =
                sources.stream().flatMap(source -> source.events().stream()).toList();
        assertThat(all)
                .extracting(AuditEvent::eventType)
                .contains(AuditEventType.CapabilityGrant, AuditEventType.EnvironmentAccess, AuditEventType.ProcessExec);
        assertThat(all).extracting(AuditEvent::action).contains("start", "exit");
        assertThat(all).extracting(AuditEvent::resource).contains("GREETING");
        assertThat(run.getStatus().toString()).doesNotContain("not in any record");

        // And the logs hold the same events, one line of JSON each
        await().atMost(Tenant.PATIENCE).untilAsserted(() -> {
            List<Map<String, Object>> gateway = AuditStream.of("cofferdam-gateway", run);
            List<Map<String, Object>> controller = AuditStream.of("cofferdam-controller", run);
            assertThat(gateway.size() + controller.size()).isEqualTo(all.size());
            assertThat(gateway)
                    .allSatisfy(line -> assertThat(line)
                            .containsKeys(
                                    "timestamp",
                                    "component_id",
                                    "event_type",
                                    "resource",
                                    "action",
                                    "result",
                                    "policy_version",
                                    "run_uid",
                                    "source",
                                    "seq",
                                    "hash"));
        });
        VerifiedAudit verified = VerifiedAudit.of(
                tenant,
                Stream.of(Names.CONTROLLER, Names.GATEWAY)
                        .flatMap(part -> AuditStream.lines(part, run).stream())
                        .toList(),
                folder);
        assertThat(verified.exitCode()).as(verified.text()).isZero();
        assertThat(verified.text()).contains(" controller whole: ").containsPattern(" gateway/[a-z0-9.-]+ whole: ");
    }

    @Test
    void theEventsAreTheKindThatKubectlShows(Tenant tenant) {
        tenant.withTools();
        ToolRun run = tenant.run(shell("true").withPolicy("no-such-policy"));

        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(tenant.kubectl(
                                        "describe", "trun", run.getMetadata().getName())
                                .text())
                        .containsPattern("Warning\\s+PolicyNotFound"));
    }

    @Test
    void thePolicySaysThatItIsReady(Tenant tenant) {
        tenant.withTools();

        assertThat(tenant.kubectl("wait", "--for=condition=Ready", Kubectl.PATIENCE, "sbp/" + Tenant.POLICY)
                        .exitCode())
                .isZero();
        assertThat(tenant.kubectl("get", "sbp", Tenant.POLICY).text()).contains("True");
    }
}
