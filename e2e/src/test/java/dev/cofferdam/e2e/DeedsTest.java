package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That the audit stream has what happened, and nothing else: five hundred accesses of every kind, by the word of whoever did them, beside the events. */
@ClusterTest
class DeedsTest {
    private static final int BY_THE_TOOL = 460;
    private static final int BY_CALLERS = 40;

    private static final String POLICY = """
            tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -c]}]
            workspace: {sources: [{inline: true}]}
            permissions:
              storage: {allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/**/*.key"}]}
              exec: {allow: [{command: git}]}
              environment: {allow: [{key: LANG}, {key: GREETING}]}
              secrets: {allow: [{name: one, secretKeyRef: {name: both, key: one}}, {name: two, secretKeyRef: {name: both, key: two}}]}
              network: {allow: [{cidr: %s/32, port: %d, protocol: tcp}]}
              resources: {limits: {cpu: 500m, memory: 256Mi, timeout: 300s}}
            """;

    /** Around what the tool does: what it is given, and its own beginning and end. */
    private static final List<String> GIVEN = List.of(
            "CapabilityGrant decide python Allowed",
            "CapabilityGrant claim python Allowed",
            "EnvironmentAccess set LANG Allowed",
            "EnvironmentAccess set GREETING Allowed",
            "EnvironmentAccess provide LANG Allowed",
            "EnvironmentAccess provide GREETING Allowed",
            "SecretAccess grant one Allowed",
            "SecretAccess grant two Allowed",
            "SecretAccess provide one Allowed",
            "SecretAccess provide two Allowed",
            "ProcessExec start python3 Allowed",
            "ProcessExec exec /usr/bin/python3 Allowed",
            "FilesystemAccess change /workspace/ Allowed",
            "ProcessExec exit python3 Allowed",
            "ProcessExec end python Allowed");

    @Test
    void fiveHundredAccessesOfEveryKindAreOnRecordAndNothingElse(Tenant tenant) {
        Sink sink = Sink.in(tenant);
        tenant.kubectl("create", "secret", "generic", "both", "--from-literal=one=1", "--from-literal=two=2");
        tenant.policy(Tenant.POLICY, POLICY.formatted(sink.address(), Sink.PORT));

        // When a tool does what it may and what it may not, and callers ask for what they may not
        ToolRun run = tenant.run(tool(
                        "python",
                        Scripts.of("deeds.py"),
                        "11",
                        Integer.toString(BY_THE_TOOL),
                        sink.address() + ":" + Sink.PORT,
                        sink.address() + ":" + Sink.OTHER_PORT,
                        sink.name("other"))
                .withFile("README", "text")
                .withEnv("LANG", "C.UTF-8")
                .withEnv("GREETING", "hello")
                .withSecrets("one", "two"));
        List<ToolRun> refused = new ArrayList<>();
        for (int call = 0; call < BY_CALLERS / 2; call++) {
            refused.add(tenant.create(
                    tool("python", "").withEnv("FORBIDDEN_" + call, "x").withSecrets("three")));
        }
        refused.replaceAll(tenant::finished);

        // Then
        assertThat(run.getStatus().phase())
                .as(Serialization.asYaml(run.getStatus()))
                .isEqualTo(Phase.Succeeded);
        List<String> deeds = run.getStatus().result().stdout().lines().toList();
        assertThat(deeds).hasSize(BY_THE_TOOL);
        Map<String, Long> expected = new TreeMap<>(Stream.concat(deeds.stream(), GIVEN.stream())
                .collect(Collectors.groupingBy(deed -> deed, Collectors.counting())));
        long added = expected.remove("FilesystemAccess added /workspace/ Allowed");
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(recorded(run)).isEqualTo(expected));
        assertThat(events(run))
                .filteredOn(event -> "change".equals(event.get("action")))
                .singleElement()
                .extracting(event -> ((Map<?, ?>) event.get("detail")).get("added"))
                .isEqualTo(Long.toString(added));
        assertThat(sink.hits())
                .isEqualTo(expected.get("NetworkAccess connect " + sink.address() + ":" + Sink.PORT + " Allowed"));
        for (int call = 0; call < refused.size(); call++) {
            Map<String, Long> asked = Map.of(
                    "EnvironmentAccess set FORBIDDEN_" + call + " Denied",
                    1L,
                    "SecretAccess grant three Denied",
                    1L,
                    "ProcessExec end python Denied",
                    1L);
            ToolRun one = refused.get(call);
            await().atMost(Tenant.PATIENCE)
                    .untilAsserted(() -> assertThat(recorded(one)).isEqualTo(asked));
        }
    }

    private static List<Map<String, Object>> events(ToolRun run) {
        return Stream.of(Names.CONTROLLER, Names.GATEWAY)
                .flatMap(part -> AuditStream.of(part, run).stream())
                .toList();
    }

    /** How often what is in the stream of a run. */
    private static Map<String, Long> recorded(ToolRun run) {
        return new TreeMap<>(events(run).stream()
                .collect(Collectors.groupingBy(
                        event -> Stream.of("event_type", "action", "resource", "result")
                                .map(key -> (String) event.get(key))
                                // By the name of the file, which has the version in it.
                                .map(text -> text.replaceFirst("^/usr/bin/python3[.][0-9]+$", "/usr/bin/python3"))
                                .collect(Collectors.joining(" ")),
                        Collectors.summingLong(AuditStream::times))));
    }
}
