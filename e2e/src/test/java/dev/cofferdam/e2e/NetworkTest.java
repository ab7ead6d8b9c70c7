package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.GrantedNetwork;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a tool gets to, on a real cluster: what its policy names, and nowhere else. The server's own log is what is true. */
@ClusterTest
@Order(ClusterTest.EARLY)
class NetworkTest {
    private static final String POLICY = """
            tools:
            - {name: python, image: cofferdam.local/python:1, command: [python3, -c]}
            - {name: bash, image: cofferdam.local/python:1, command: [bash, -c]}
            permissions:
              exec: {allow: [{command: curl}]}
              network: {allow: [%s]}
              resources: {limits: {cpu: 500m, memory: 256Mi, timeout: 300s}}
            """;

    /** Of the sink, where nobody listens. */
    private static final int UNSERVED = 9;

    /** Within which an edit holds on a busy machine, with clocks that may differ a little. */
    private static final Duration SOON = Duration.ofSeconds(60);

    /** Bytes that stream.py says at a time. */
    private static final int WORD = 5;

    /** Of a tool that is only there, and takes next to nothing of the node. */
    private static final String IDLE = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
            permissions: {exec: {allow: [{command: sleep}]}, resources: {limits: {cpu: 50m, memory: 48Mi, timeout: 600s}}}
            """;

    private Sink sink;

    @BeforeEach
    void serve(Tenant tenant) {
        sink = Sink.in(tenant);
    }

    @Test
    void whatIsGrantedIsReachedByProgramsThatKnowNothingOfIt(Tenant tenant) {
        // Given
        granted(
                tenant,
                host("sink", Sink.PORT, "tcp"),
                range(Sink.PORT, "tcp"),
                host("sink", Sink.TLS_PORT, "https"),
                range(Sink.TLS_PORT, "https"));
        String name = sink.name("sink");

        // When
        ToolRun python = tenant.run(tool(
                "python",
                Scripts.of("connect.py"),
                "patient tcp " + name + " " + Sink.PORT,
                "tcp " + sink.address() + " " + Sink.PORT,
                "tls " + name + " " + Sink.TLS_PORT + " " + name));
        ToolRun bash = tenant.run(tool(
                "bash",
                "exec 3<>/dev/tcp/" + name + "/" + Sink.PORT
                        + "; printf hello >&3; read -n 5 word <&3; echo $word; curl -skS https://" + name + ":"
                        + Sink.TLS_PORT + "/"));

        // Then
        assertThat(came(python).values()).as(said(python)).containsOnly("echo");
        assertThat(bash.getStatus().result().stdout()).as(said(bash)).isEqualTo("hello\nok\n");
        assertThat(python.getStatus().effective().network())
                .extracting(GrantedNetwork::host)
                .contains(name);

        // And the record is what the server saw
        List<AuditEvent> allowed = Stream.of(python, bash)
                .flatMap(run -> GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Allowed).stream())
                .toList();
        assertThat(allowed.stream().filter(event -> event.resource().endsWith(":" + Sink.PORT)))
                .hasSize((int) sink.hits(Sink.PORT));
        assertThat(allowed.stream().filter(event -> event.resource().endsWith(":" + Sink.TLS_PORT)))
                .hasSize((int) sink.hits(Sink.TLS_PORT));
        assertThat(allowed).allSatisfy(event -> {
            assertThat(event.action()).isEqualTo("connect");
            assertThat(event.detail())
                    .containsEntry("address", sink.address())
                    .containsEntry("visibility", "tunnel")
                    .containsKeys("bytesUp", "bytesDown", "durationMillis", "protocol");
        });
        assertThat(allowed)
                .filteredOn(event -> event.resource().endsWith(":" + Sink.PORT))
                .allSatisfy(event ->
                        assertThat(event.detail()).containsEntry("bytesUp", "5").containsEntry("bytesDown", "5"));
    }

    @Withstands(
            value =
                    "a tool connects to a place that differs from what its policy names in its name, its address, its port, its protocol or its TLS server name",
            at = Aim.OtherTenant,
            by = {Gate.Box, Gate.Egress, Gate.NetworkPolicy},
            opened = "NetworkTest.whatIsGrantedIsReachedByProgramsThatKnowNothingOfIt")
    @Test
    void whatIsOneElementOffIsReachedByNothing(Tenant tenant) {
        granted(tenant, host("sink", Sink.TLS_PORT, "https"), range(Sink.TLS_PORT, "https"));
        String name = sink.name("sink");
        String there = "tls " + name + " " + Sink.TLS_PORT + " " + name;

        ToolRun run = tenant.run(tool(
                "python",
                Scripts.of("connect.py"),
                "patient " + there,
                "tls " + sink.name("other") + " " + Sink.TLS_PORT + " " + name,
                "tls " + name + " " + Sink.TLS_PORT + " " + sink.name("other"),
                "tls " + name + " " + Sink.TLS_PORT,
                "tcp " + name + " " + Sink.TLS_PORT,
                "tcp " + name + " " + Sink.PORT,
                "tcp " + sink.address() + " " + Sink.TLS_PORT,
                "tcp " + sink.address() + " " + Sink.PORT,
                "tcp " + next(sink.address()) + " " + Sink.TLS_PORT,
                "tcp ::ffff:" + sink.address() + " " + Sink.PORT,
                "tcp 64:ff9b::" + sink.address() + " " + Sink.PORT,
                "tcp 8.8.8.8 53"));

        assertThat(came(run)).as(said(run)).hasSize(12).containsEntry(there, "echo");
        assertThat(came(run).values()).filteredOn("echo"::equals).hasSize(1);
        assertThat(came(run).values()).doesNotContain("nothing");
        assertThat(sink.hits(Sink.TLS_PORT)).isEqualTo(1);
        assertThat(sink.hits()).isEqualTo(1);
        assertThat(GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Allowed))
                .hasSize(1);
        assertThat(GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied))
                .extracting(AuditEvent::resource)
                .contains(sink.name("other"), name + ":" + Sink.TLS_PORT, sink.address() + ":" + Sink.TLS_PORT);
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    @Withstands(
            value =
                    "a tool connects to a name or an address that a policy denies beside a wildcard or a range that allows it",
            at = Aim.OtherTenant,
            by = {Gate.Box, Gate.Egress, Gate.NetworkPolicy},
            opened = "NetworkTest.whatIsGrantedIsReachedByProgramsThatKnowNothingOfIt")
    @Test
    void whatIsDeniedIsReachedByNothingThatIsAllowedBeside(Tenant tenant) {
        // Given
        String allowed = "{host: \"*.%s.svc.cluster.local\", port: %d, protocol: tcp}, %s"
                .formatted(tenant.namespace(), Sink.PORT, range(Sink.PORT, "tcp"));
        String deniedHost = "{host: %s}".formatted(sink.name("other"));
        String deniedRange = "{cidr: %s/32}".formatted(sink.address());
        String byName = "tcp " + sink.name("sink") + " " + Sink.PORT;
        String byOtherName = "tcp " + sink.name("other") + " " + Sink.PORT;
        String byAddress = "tcp " + sink.address() + " " + Sink.PORT;

        // When
        granted(tenant, allowed + "], deny: [" + deniedHost);
        ToolRun host = tenant.run(tool("python", Scripts.of("connect.py"), "patient " + byName, byOtherName));
        granted(tenant, allowed + "], deny: [" + deniedRange);
        ToolRun range = tenant.run(tool("python", Scripts.of("connect.py"), byName, byOtherName, byAddress));

        // Then
        assertThat(came(host)).as(said(host)).containsEntry(byName, "echo");
        assertThat(came(host).get(byOtherName)).isIn("reset", "no such name");
        assertThat(came(range).values()).as(said(range)).hasSize(3).doesNotContain("echo", "nothing");
        assertThat(sink.hits()).isEqualTo(1);
        assertThat(reasons(host)).anySatisfy(reason -> assertThat(reason).contains("HostDenied"));
        assertThat(reasons(range)).anySatisfy(reason -> assertThat(reason).contains("AddressDenied"));
    }

    private static List<String> reasons(ToolRun run) {
        return GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied).stream()
                .map(event -> event.resource() + " " + event.detail().get("reason"))
                .toList();
    }

    @Withstands(
            value = "a name that a policy allows is pointed at a private address",
            at = Aim.OtherTenant,
            by = {Gate.Egress, Gate.NetworkPolicy},
            opened = "NetworkTest.whatIsGrantedIsReachedByProgramsThatKnowNothingOfIt")
    @Test
    void aNameAloneLeadsNowherePrivate(Tenant tenant) {
        // Where the name is known, it is refused for what it is pointed at, and not because it is unknown yet.
        granted(tenant, host("sink", Sink.PORT, "tcp"), range(Sink.PORT, "tcp"));
        String place = "tcp " + sink.name("sink") + " " + Sink.PORT;
        assertThat(came(tenant.run(tool("python", Scripts.of("connect.py"), "patient " + place)))
                        .values())
                .containsOnly("echo");
        long before = sink.hits();
        tenant.policy("narrow", POLICY.formatted(host("sink", Sink.PORT, "tcp")));

        ToolRun run = tenant.run(tool("python", Scripts.of("connect.py"), place).withPolicy("narrow"));

        assertThat(came(run).values()).as(said(run)).containsOnly("reset");
        assertThat(sink.hits()).isEqualTo(before);
        assertThat(GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied))
                .extracting(event -> event.detail().get("reason"))
                .contains("AddressNotAllowed");
    }

    @Withstands(
            value =
                    "a tool whose policy allows every private range connects to the cloud's metadata, the API server, a kubelet, the cluster's name servers, the gateway, the controller, or a sandbox",
            at = Aim.ApiServer,
            by = {Gate.Egress, Gate.NetworkPolicy},
            unopened = "no policy opens the floor; what stands behind each of them has tests of its own")
    @Test
    void noRangeOpensTheFloor(Tenant tenant) {
        String ports = "[53, 80, 443, 6443, 8443, 8444, 9000, 10250]";
        granted(
                tenant,
                "{cidr: 10.0.0.0/8, ports: " + ports + ", protocol: tcp}",
                "{cidr: 169.254.0.0/16, ports: " + ports + ", protocol: tcp}",
                range(Sink.PORT, "tcp"));
        List<String> places = new ArrayList<>(List.of("169.254.169.254 80"));
        tenant.client()
                .nodes()
                .list()
                .getItems()
                .forEach(node -> node.getStatus().getAddresses().stream()
                        .filter(address -> "InternalIP".equals(address.getType()))
                        .map(NodeAddress::getAddress)
                        .forEach(address -> {
                            places.add(address + " 10250");
                            places.add(address + " 6443");
                        }));
        places.add(clusterIp(tenant, "default", "kubernetes") + " 443");
        places.add(clusterIp(tenant, "kube-system", "kube-dns") + " 53");
        places.add(clusterIp(tenant, Names.SYSTEM_NAMESPACE, Names.GATEWAY) + " 8444");
        places.add(clusterIp(tenant, Names.SYSTEM_NAMESPACE, Names.GATEWAY) + " 8443");
        Stream.of(Names.GATEWAY, "cofferdam-controller")
                .flatMap(part -> Tenant.systemPods(part).stream())
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null
                        && pod.getStatus().getPodIP() != null)
                .forEach(pod -> places.add(pod.getStatus().getPodIP() + " 9000"));

        ToolRun run;
        try (Tenant other = Tenant.create()) {
            // Sandboxes that are there for as long as it tries
            ToolRun neighbour = idle(tenant);
            ToolRun stranger = idle(other);
            places.add(sandbox(tenant, neighbour) + " 8443");
            places.add(sandbox(other, stranger) + " 8443");
            run = tenant.run(tool("python", arguments(places)));
            assertThat(List.of(tenant.begunOf(neighbour), other.begunOf(stranger)))
                    .extracting(there -> there.getStatus().phase())
                    .containsOnly(Phase.Running);
        }

        assertThat(came(run)).as(said(run)).hasSize(places.size() + 1);
        came(run)
                .forEach((place, outcome) -> assertThat(outcome)
                        .as(place)
                        .isEqualTo(place.equals("tcp " + sink.address() + " " + Sink.PORT) ? "echo" : "reset"));
        assertThat(GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied).stream()
                        .filter(event ->
                                event.detail().getOrDefault("reason", "").contains("AddressOnFloor"))
                        .map(AuditEvent::resource))
                .containsExactlyInAnyOrderElementsOf(
                        places.stream().map(place -> place.replace(' ', ':')).toList());
    }

    @Test
    void whatAPolicyTakesAwayIsCutWhileTheToolGoesOn(Tenant tenant) {
        // Given
        granted(tenant, range(Sink.PORT, "tcp"), range(Sink.OTHER_PORT, "tcp"));
        ToolRun run =
                tenant.begun(tool("python", Scripts.of("stream.py"), sink.address(), Integer.toString(Sink.PORT)));

        // When
        granted(tenant, range(Sink.OTHER_PORT, "tcp"));

        // Then
        ToolRun ended = tenant.finished(run);
        assertThat(said(ended)).isEqualTo("begun\nstream: reset\nagain: reset\n");
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(sink.hits()).isEqualTo(1);
        assertThat(GatewayEvents.of(ended, AuditEventType.CapabilityRevoke, AuditResult.Denied))
                .extracting(AuditEvent::resource)
                .containsExactly(sink.address() + "/32:" + Sink.PORT + "/tcp");
        assertThat(GatewayEvents.of(ended, AuditEventType.NetworkAccess, AuditResult.Allowed))
                .singleElement()
                .satisfies(event -> assertThat(event.detail()).containsEntry("ended", "revoked"));
        assertThat(GatewayEvents.of(ended, AuditEventType.NetworkAccess, AuditResult.Denied))
                .hasSize(1);
    }

    /** The benchmarks say how soon it is, by what they measure on a machine of their own. */
    @Test
    void whatIsTakenFromABusyToolIsCutAndOnRecordInOrder(Tenant tenant) {
        // Given a stream, and a connection after the other beside it
        granted(tenant, range(Sink.PORT, "tcp"), range(Sink.OTHER_PORT, "tcp"));
        ToolRun run = tenant.begun(
                tool("python", Scripts.of("stream.py"), sink.address(), Integer.toString(Sink.PORT), "busy"));
        await().atMost(Tenant.PATIENCE).until(() -> sink.gone() > 5);

        // When
        Instant edited = Instant.now();
        granted(tenant, range(Sink.OTHER_PORT, "tcp"));

        // Then nothing comes any more, though the tool goes on
        ToolRun ended = tenant.finished(run);
        assertThat(said(ended)).isEqualTo("begun\nstream: reset\nagain: reset\n");
        await().atMost(Tenant.PATIENCE).until(() -> sink.gone() == sink.hits());
        assertThat(sink.lastBytes(Sink.PORT)).allMatch(edited.plus(SOON)::isAfter);

        // And first it was taken away, then what was open was cut, and then what was new refused
        AuditSource gateway = ended.getStatus().audit().sources().stream()
                .filter(source -> source.source().startsWith("gateway/"))
                .findFirst()
                .orElseThrow();
        await().atMost(Tenant.PATIENCE)
                .until(() -> AuditStream.of(Names.GATEWAY, ended).size() == gateway.total());
        List<Map<String, Object>> events = AuditStream.of(Names.GATEWAY, ended);
        List<Map<String, Object>> cut = events.stream()
                .filter(event -> "revoked".equals(detail(event).get("ended")))
                .toList();
        List<Map<String, Object>> denied = accesses(events, AuditResult.Denied);
        int revoked = seq(only(events.stream()
                .filter(event -> event.get("event_type").equals(AuditEventType.CapabilityRevoke.name()))));
        int stream = seq(only(cut.stream().filter(event -> bytesUp(event) > WORD)));
        assertThat(cut).allMatch(event -> seq(event) > revoked);
        assertThat(denied).allMatch(event -> seq(event) > revoked).last().matches(event -> seq(event) > stream);

        // And what is on record is what came
        assertThat(accesses(events, AuditResult.Allowed).stream()
                        .mapToInt(NetworkTest::bytesUp)
                        .sum())
                .isEqualTo(sink.received(Sink.PORT).stream()
                        .mapToInt(Integer::intValue)
                        .sum());
    }

    private static List<Map<String, Object>> accesses(List<Map<String, Object>> events, AuditResult result) {
        return events.stream()
                .filter(event -> event.get("event_type").equals(AuditEventType.NetworkAccess.name())
                        && event.get("result").equals(result.name()))
                .toList();
    }

    private static <T> T only(Stream<T> found) {
        List<T> all = found.toList();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    private static Map<?, ?> detail(Map<String, Object> event) {
        return (Map<?, ?>) event.getOrDefault("detail", Map.of());
    }

    private static int bytesUp(Map<String, Object> event) {
        return Integer.parseInt((String) detail(event).get("bytesUp"));
    }

    private static int seq(Map<String, Object> event) {
        return (int) event.get("seq");
    }

    /** What stops a run with a stream open, and the run's end by it. */
    enum Stop {
        Cancelled {
            @Override
            void carryOut(Tenant tenant, ToolRun run) {
                tenant.cancel(run);
            }
        },
        Suspended {
            @Override
            void carryOut(Tenant tenant, ToolRun run) {
                state(tenant);
            }
        },
        /** The tool stands still and its pod stays: only the gateway can have ended its connection. */
        Quarantined {
            @Override
            void carryOut(Tenant tenant, ToolRun run) {
                state(tenant);
            }
        },
        NamespaceSuspended {
            @Override
            void carryOut(Tenant tenant, ToolRun run) {
                StoppedNamespaceTest.label(tenant.namespace(), "=Suspended");
            }
        };

        abstract void carryOut(Tenant tenant, ToolRun run);

        /** Gives the policy the state of this name. */
        void state(Tenant tenant) {
            tenant.kubectl(
                    "patch",
                    "sandboxpolicy",
                    Tenant.POLICY,
                    "--type=merge",
                    "-p",
                    "{\"spec\":{\"state\":\"" + name() + "\"}}");
        }
    }

    @ParameterizedTest
    @EnumSource(Stop.class)
    void aStoppedRunHasNothingOpen(Stop stop, Tenant tenant) {
        granted(tenant, range(Sink.PORT, "tcp"));
        ToolRun run =
                tenant.begun(tool("python", Scripts.of("stream.py"), sink.address(), Integer.toString(Sink.PORT)));

        stop.carryOut(tenant, run);

        ToolRun ended = tenant.finished(run);
        assertThat(ended.getStatus().phase()).isEqualTo(Phase.Cancelled);
        assertThat(Tenant.condition(ended, "Finished").getReason()).isEqualTo(stop.name());
        await().atMost(Tenant.PATIENCE).until(() -> sink.gone() == 1);
        assertThat(sink.hits()).isEqualTo(1);

        // And it was the gateway that cut it, and not the end of its pod
        assertThat(GatewayEvents.of(ended, AuditEventType.NetworkAccess, AuditResult.Allowed))
                .singleElement()
                .satisfies(event -> assertThat(event.detail())
                        .containsEntry("ended", "the run ended")
                        .containsEntry(
                                "bytesUp", sink.received(Sink.PORT).getFirst().toString()));
        assertThat(ended.getStatus().audit().sources().stream()
                        .flatMap(source -> source.events().stream())
                        .filter(event -> event.eventType() == AuditEventType.CapabilityRevoke)
                        .map(event -> event.detail().get("reason"))
                        .distinct())
                .as("what its owner wished for takes nothing away")
                .containsExactlyElementsOf(stop == Stop.Cancelled ? List.of() : List.of(stop.name()));
    }

    @Test
    void whatIsNotThereWasNotDenied(Tenant tenant) {
        granted(tenant, range(UNSERVED, "tcp"));
        String place = "tcp " + sink.address() + " " + UNSERVED;

        ToolRun run = tenant.run(tool("python", Scripts.of("connect.py"), place));

        assertThat(came(run)).containsExactly(Map.entry(place, "reset"));
        assertThat(GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Denied))
                .isEmpty();
        assertThat(GatewayEvents.of(run, AuditEventType.NetworkAccess, AuditResult.Error))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.resource()).isEqualTo(sink.address() + ":" + UNSERVED);
                    assertThat(event.detail()).containsEntry("reason", "Unreachable");
                });
    }

    /** {@code connect.py} with places, and the sink, which is there to tell that anything works at all. */
    private String[] arguments(List<String> places) {
        return Stream.concat(
                        Stream.of(Scripts.of("connect.py")),
                        Stream.concat(
                                places.stream().map(place -> "tcp " + place),
                                Stream.of("tcp " + sink.address() + " " + Sink.PORT)))
                .toArray(String[]::new);
    }

    private static void granted(Tenant tenant, String... rules) {
        tenant.policy(Tenant.POLICY, POLICY.formatted(String.join(", ", rules)));
    }

    private String host(String service, int port, String protocol) {
        return "{host: %s, port: %d, protocol: %s}".formatted(sink.name(service), port, protocol);
    }

    private String range(int port, String protocol) {
        return "{cidr: %s/32, port: %d, protocol: %s}".formatted(sink.address(), port, protocol);
    }

    /** The neighbour of an address. */
    private static String next(String address) {
        int dot = address.lastIndexOf('.') + 1;
        return address.substring(0, dot) + (Integer.parseInt(address.substring(dot)) ^ 1);
    }

    private static ToolRun idle(Tenant tenant) {
        tenant.policy("idle", IDLE);
        return tenant.create(shell("echo begun; sleep 590").withPolicy("idle"));
    }

    /** The address of a run's pod, whose tool is there by then. */
    private static String sandbox(Tenant tenant, ToolRun run) {
        tenant.begunOf(run);
        return await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.pod(run).orElseThrow().getStatus().getPodIP(), Objects::nonNull);
    }

    static String clusterIp(Tenant tenant, String namespace, String service) {
        return tenant.client()
                .services()
                .inNamespace(namespace)
                .withName(service)
                .get()
                .getSpec()
                .getClusterIP();
    }

    private static String said(ToolRun run) {
        return run.getStatus().result().stdout()
                + (run.getStatus().result().stderr() == null
                        ? ""
                        : run.getStatus().result().stderr());
    }

    private static Map<String, String> came(ToolRun run) {
        return run.getStatus()
                .result()
                .stdout()
                .lines()
                .map(line -> line.split(": ", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }
}
