package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** That the record of the network is exactly what happened: what a tool did by its own word, what a server saw, and what the audit stream says, one beside the other. */
@ClusterTest
class NetworkRecordTest {
    private static final int ACCESSES = 500;

    /** Connections that a run has open at most. */
    private static final int AT_A_TIME = 128;

    private static final String POLICY = """
            tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -c]}]
            permissions:
              network:
                allow:
                - {cidr: %1$s/32, port: %2$d, protocol: tcp}
                - {cidr: %1$s/32, port: %3$d, protocol: https}
                - {cidr: %1$s/32, port: %4$d, protocol: http, http: {methods: [GET], paths: ["/items/*"]}}
              resources: {limits: {cpu: 500m, memory: 256Mi, timeout: 300s}}
            """;

    /**
     * What the tool says of one access.
     *
     * @param size what it sent
     * @param request method and path; empty where it made none
     */
    private record Access(String place, String outcome, int size, String request) {
        static Access of(String line) {
            String[] words = line.split(" ", 4);
            return new Access(words[0], words[1], Integer.parseInt(words[2]), words[3]);
        }

        boolean isRequest() {
            return !request.isEmpty();
        }

        /** As the record has it: without what its query was given. */
        String shown() {
            String[] words = request.split(" ");
            return words[0] + " http://" + place + words[1].replaceAll("=.*", "") + " " + outcome + " " + size;
        }
    }

    @Test
    void fiveHundredAccessesAreOnRecordOneByOne(Tenant tenant) {
        // Given one place that is granted, one where another protocol is, two that are not, and one where some requests
        // are
        Sink sink = Sink.in(tenant);
        tenant.policy(Tenant.POLICY, POLICY.formatted(sink.address(), Sink.PORT, Sink.TLS_PORT, Sink.THIRD_PORT));
        String granted = sink.address() + ":" + Sink.PORT;
        String otherProtocol = sink.address() + ":" + Sink.TLS_PORT;
        String otherPort = sink.address() + ":" + Sink.OTHER_PORT;
        String otherName = sink.name("other");

        // When
        ToolRun run = tenant.run(tool(
                "python",
                Scripts.of("accesses.py"),
                "7",
                Integer.toString(ACCESSES),
                sink.address() + " " + Sink.PORT,
                sink.address() + " " + Sink.TLS_PORT,
                sink.address() + " " + Sink.OTHER_PORT,
                otherName + " " + Sink.PORT,
                "http " + sink.address() + " " + Sink.THIRD_PORT));

        // Then the tool got where it may, and nowhere else
        List<Access> all =
                run.getStatus().result().stdout().lines().map(Access::of).toList();
        assertThat(all).hasSize(ACCESSES);
        List<Access> accesses =
                all.stream().filter(access -> !access.isRequest()).toList();
        List<Access> requests = all.stream().filter(Access::isRequest).toList();
        assertThat(requests)
                .allSatisfy(access -> assertThat(access.outcome())
                        .isEqualTo(access.request().startsWith("GET /items/") ? "200" : "403"));
        List<Access> answered = requests.stream()
                .filter(access -> access.outcome().equals("200"))
                .toList();
        assertThat(accesses)
                .allSatisfy(access ->
                        assertThat(access.outcome()).isEqualTo(access.place().equals(granted) ? "echo" : "refused"));
        List<Integer> sent = accesses.stream()
                .filter(access -> access.place().equals(granted))
                .map(Access::size)
                .sorted()
                .toList();

        // And the server saw each of these, with every byte, and nothing else
        await().atMost(Tenant.PATIENCE).until(() -> sink.gone() == sent.size() + answered.size());
        assertThat(sink.received(Sink.PORT)).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(sink.asked())
                .isEqualTo(answered.stream()
                        .map(access -> Sink.THIRD_PORT + " " + access.request() + " Host: " + access.place())
                        .toList());
        assertThat(sink.hits()).isEqualTo(sent.size() + answered.size());

        // And the stream has one event for each
        AuditSource gateway = gateway(run);
        List<Map<String, Object>> every = onRecord(run, gateway);
        assertThat(every.stream().filter(NetworkRecordTest::isRequest).map(NetworkRecordTest::shown))
                .containsExactlyElementsOf(requests.stream().map(Access::shown).toList());
        List<Map<String, Object>> events =
                every.stream().filter(event -> !isRequest(event)).toList();
        List<Map<String, Object>> allowed = events.stream()
                .filter(event -> event.get("result").equals("Allowed"))
                .toList();
        assertThat(allowed)
                .allSatisfy(event ->
                        assertThat(event).containsEntry("resource", granted).containsEntry("action", "connect"));
        assertThat(allowed).extracting(NetworkRecordTest::rule).containsOnly(sink.address() + "/32:7001/tcp");
        assertThat(every)
                .filteredOn(event -> isRequest(event) && event.get("result").equals("Allowed"))
                .extracting(NetworkRecordTest::rule)
                .containsOnly(sink.address() + "/32:7003/http GET /items/*");
        assertThat(bytes(allowed, "bytesUp")).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(bytes(allowed, "bytesDown")).containsExactlyInAnyOrderElementsOf(sent);

        // And all that was refused is counted, place by place, whoever refused it
        Map<String, Long> refused = new TreeMap<>(accesses.stream()
                .map(Access::place)
                .filter(place -> !place.equals(granted))
                .map(place -> place.startsWith(otherName) ? otherName : place)
                .collect(Collectors.groupingBy(place -> place, Collectors.counting())));
        assertThat(refused).containsOnlyKeys(otherProtocol, otherPort, otherName);
        Map<String, Long> denied = new TreeMap<>(events.stream()
                .filter(event -> event.get("result").equals("Denied"))
                .collect(Collectors.groupingBy(
                        event -> (String) event.get("resource"), Collectors.summingLong(AuditStream::times))));
        assertThat(denied).isEqualTo(refused);
        assertThat(events).allSatisfy(event -> assertThat(event.get("result")).isIn("Allowed", "Denied"));

        // And the run's own record, which counts all, keeps the newest of them
        assertThat(gateway.dropped())
                .isEqualTo(gateway.total() - gateway.events().size());
    }

    /** What is refused for a bound is not what the policy refuses: nobody is to look for a grant that is there. */
    @Test
    void oneConnectionTooManyIsOnRecordAsThat(Tenant tenant) {
        Sink sink = Sink.in(tenant);
        tenant.policy(Tenant.POLICY, POLICY.formatted(sink.address(), Sink.PORT, Sink.TLS_PORT, Sink.THIRD_PORT));

        ToolRun run = tenant.run(
                tool("python", """
                import socket, sys
                held, refused = [], 0
                for n in range(int(sys.argv[3])):
                    try: # the reset may come before connect(2) returns
                        s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 60)
                        s.sendall(b"x")
                        if s.recv(1) == b"x": held.append(s)
                    except ConnectionError:
                        refused += 1
                print(len(held), refused)
                """, sink.address(), Integer.toString(Sink.PORT), Integer.toString(AT_A_TIME + 2)));

        assertThat(run.getStatus().result().stdout().strip())
                .as(run.getStatus().result().stderr())
                .isEqualTo(AT_A_TIME + " 2");
        assertThat(sink.hits()).isEqualTo(AT_A_TIME);
        List<Map<String, Object>> every = onRecord(run, gateway(run));
        assertThat(every).hasSize(AT_A_TIME + 2);
        assertThat(every)
                .filteredOn(event -> event.get("result").equals("Denied"))
                .hasSize(2)
                .allSatisfy(event -> {
                    assertThat(event).containsEntry("resource", sink.address() + ":" + Sink.PORT);
                    assertThat(((Map<?, ?>) event.get("detail")).get("reason")).isEqualTo("TooManyConnections");
                });
    }

    private static AuditSource gateway(ToolRun run) {
        return run.getStatus().audit().sources().stream()
                .filter(source -> source.source().startsWith("gateway/"))
                .findFirst()
                .orElseThrow();
    }

    /** All accesses in the stream, as soon as that has all that its source has told. */
    private static List<Map<String, Object>> onRecord(ToolRun run, AuditSource gateway) {
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(gateway.total())
                        .isEqualTo(AuditStream.of(Names.GATEWAY, run).size()));
        return AuditStream.of(Names.GATEWAY, run).stream()
                .filter(event -> event.get("event_type").equals(AuditEventType.NetworkAccess.name()))
                .toList();
    }

    private static boolean isRequest(Map<String, Object> event) {
        return event.get("action").equals("request");
    }

    private static String shown(Map<String, Object> event) {
        Map<?, ?> detail = (Map<?, ?>) event.get("detail");
        boolean allowed = event.get("result").equals("Allowed");
        assertThat(detail.get("reason")).isEqualTo(allowed ? null : "RequestNotAllowed");
        return detail.get("method") + " " + event.get("resource") + " " + (allowed ? detail.get("status") : "403") + " "
                + detail.get("bytesUp");
    }

    private static Object rule(Map<String, Object> event) {
        return ((Map<?, ?>) event.get("detail")).get("rule");
    }

    private static List<Integer> bytes(List<Map<String, Object>> events, String key) {
        return events.stream()
                .map(event -> Integer.parseInt((String) ((Map<?, ?>) event.get("detail")).get(key)))
                .toList();
    }
}
