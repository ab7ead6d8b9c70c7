package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Names that a policy allows, whose owner answers as he likes, on a real cluster: by its own name server, which asks his. The servers' own logs are what is true. */
@ClusterTest
@Tag("local")
@Isolated
class RebindTest {
    private static final String POLICY = """
            tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -c]}]
            permissions:
              network: {allow: [%s]}
              resources: {limits: {cpu: 500m, memory: 256Mi, timeout: 300s}}
            """;

    /** Connections to a name whose answers take turns. */
    private static final int TIMES = 10;

    /** The same names lead to the other tenant where that is granted, too. */
    @Withstands(
            value =
                    "the owner of a name that a policy allows has it lead, from one question to the next or in one answer, to what is granted and to another tenant, the clouds' metadata, the API server, its own host or a range that is nobody's on the Internet, by IPv4, IPv6 or an alias",
            at = Aim.OtherTenant,
            by = {Gate.Egress, Gate.NetworkPolicy},
            opened = "RebindTest.aNameIsHeldToTheAnswersOfEachConnection")
    @Test
    void aNameIsHeldToTheAnswersOfEachConnection(Tenant tenant) {
        try (Tenant other = Tenant.create()) {
            Sink granted = Sink.in(tenant);
            Sink theirs = Sink.in(other);
            try (HostileNames names = HostileNames.in(tenant, granted.address(), theirs.address())) {
                String host = "{host: \"%s\", port: %d, protocol: tcp}".formatted(names.all(), Sink.PORT);
                tenant.policy(Tenant.POLICY, POLICY.formatted(host + ", " + range(granted)));
                tenant.policy("wide", POLICY.formatted(String.join(", ", host, range(granted), range(theirs))));
                List<String> turns = Collections.nCopies(TIMES, place(names, "turns"));
                List<String> turnsToMetadata = Collections.nCopies(TIMES, place(names, "turns-to-metadata"));
                List<String> special =
                        List.of("cgnat", "six-to-four", "unique-local", "loopback", "loopback-six", "zero");
                List<String> never = Stream.concat(
                                Stream.of("both", "both-metadata", "mapped", "translated", "alias"), special.stream())
                        .map(label -> place(names, label))
                        .toList();

                // When: the first one waits until the zone is known
                ToolRun run = tenant.run(tool(
                        "python",
                        Stream.of(
                                        Stream.of(Scripts.of("connect.py"), "patient " + place(names, "steady")),
                                        turns.stream(),
                                        turnsToMetadata.stream(),
                                        never.stream())
                                .flatMap(places -> places)
                                .toArray(String[]::new)));

                // Then
                List<String> came = run.getStatus().result().stdout().lines().toList();
                assertThat(came).as(said(run)).hasSize(1 + 2 * TIMES + never.size());
                assertThat(came.getFirst()).endsWith(": echo");
                assertThat(outcomes(came, turns)).contains("echo", "reset").containsOnly("echo", "reset");
                assertThat(outcomes(came, turnsToMetadata))
                        .contains("echo", "reset")
                        .containsOnly("echo", "reset");
                assertThat(outcomes(came, never)).containsOnly("reset");
                assertThat(theirs.hits()).isZero();
                assertThat(granted.hits())
                        .isEqualTo(came.stream()
                                .filter(line -> line.endsWith(": echo"))
                                .count());

                // And each that was refused is on record, for what it would have led to, and was asked for anew
                List<AuditEvent> denied = GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied);
                assertThat(denied)
                        .extracting(AuditEvent::resource)
                        .containsExactlyElementsOf(came.stream()
                                .filter(line -> line.endsWith(": reset"))
                                .map(line -> line.split(" ")[1] + ":" + Sink.PORT)
                                .toList());
                assertThat(reasons(denied, names.name("turns"))).containsOnly("AddressNotAllowed");
                assertThat(reasons(denied, names.name("turns-to-metadata")))
                        .allMatch(reason -> reason.contains("AddressOnFloor"));
                assertThat(special)
                        .allSatisfy(label -> assertThat(reasons(denied, names.name(label)))
                                .singleElement(STRING)
                                .containsAnyOf("AddressNotAllowed", "AddressOnFloor"));
                assertThat(names.asked("turns")).isGreaterThanOrEqualTo(2 * TIMES);

                // And it is this gate that holds
                ToolRun opened = tenant.run(tool(
                                "python",
                                Stream.concat(Stream.of(Scripts.of("connect.py")), turns.stream())
                                        .toArray(String[]::new))
                        .withPolicy("wide"));
                assertThat(outcomes(opened.getStatus().result().stdout().lines().toList(), turns))
                        .as(said(opened))
                        .containsOnly("echo");
                assertThat(theirs.hits()).isPositive();
            }
        }
    }

    private static String place(HostileNames names, String label) {
        return "tcp " + names.name(label) + " " + Sink.PORT;
    }

    private static String range(Sink sink) {
        return "{cidr: %s/32, port: %d, protocol: tcp}".formatted(sink.address(), Sink.PORT);
    }

    private static List<String> outcomes(List<String> came, List<String> places) {
        return came.stream()
                .map(line -> line.split(": "))
                .filter(pair -> places.contains(pair[0]))
                .map(pair -> pair[1])
                .toList();
    }

    private static List<String> reasons(List<AuditEvent> denied, String name) {
        return denied.stream()
                .filter(event -> event.resource().startsWith(name + ":"))
                .map(event -> event.detail().get("reason"))
                .toList();
    }

    private static String said(ToolRun run) {
        return run.getStatus().result().stdout() + run.getStatus().result().stderr();
    }
}
