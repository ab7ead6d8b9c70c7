package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A webhook that is not there while alerts fire, and a controller that is killed meanwhile: who is told late is told of everything. Alone, because it changes the installation. */
@ClusterTest
@Tag("local")
@Isolated
class AlertWebhookTest {
    private static final String VARIABLE = "COFFERDAM_ALERTS_WEBHOOK";
    private static final RunRequest DENIED = tool("sh", "true").withEnv("FORBIDDEN", "x");

    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {name: hook}
            spec: {selector: {app: hook}, ports: [{port: 8080}]}
            """;

    /** Prints what comes, and takes nothing of it the first time. */
    private static final String SERVER = """
            import http.server
            seen = set()
            class Hook(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers['Content-Length'])).decode()
                    key = self.headers['Idempotency-Key']
                    code = 200 if key in seen else 503
                    seen.add(key)
                    print('taken' if code == 200 else 'refused', body, flush=True)
                    self.send_response(code)
                    self.send_header('Content-Length', '0')
                    self.end_headers()
            http.server.HTTPServer(('', 8080), Hook).serve_forever()
            """;

    @Test
    void anOutageLosesNothing(Tenant tenant) {
        tenant.client()
                .services()
                .inNamespace(tenant.namespace())
                .resource(Serialization.unmarshal(SERVICE, Service.class))
                .create();
        try {
            webhook("http://hook." + tenant.namespace() + ".svc.cluster.local:8080/alerts?team=security");
            tenant.policy(Tenant.POLICY, """
                    tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
                    alerts:
                      denials: {condition: "permission_denials > 3 per hour"}
                      first: {condition: "permission_denials > 1 per hour && permission_denials < 1000 per day", severity: critical}
                    """);

            // Given one alert that fires while nobody is there, and one that is about to when the controller is killed
            tenant.run(DENIED);
            tenant.run(DENIED);
            await().atMost(Tenant.PATIENCE)
                    .until(() -> AlertsTest.alert(tenant, "first").stream()
                            .anyMatch(alert -> alert.firings().size() == 1));
            tenant.run(DENIED);
            InstalledParts.kill(Names.CONTROLLER);
            assertThat(AlertsTest.alert(tenant, "denials").orElseThrow().firings())
                    .isEmpty();
            tenant.run(DENIED);
            await().atMost(Tenant.PATIENCE)
                    .until(() -> AlertsTest.alert(tenant, "denials").stream()
                            .anyMatch(alert -> alert.firings().size() == 1));

            // When somebody is there, who at first does not take it either
            Pod hook = tenant.client()
                    .pods()
                    .inNamespace(tenant.namespace())
                    .resource(Serialization.unmarshal(
                            Strangers.pod(
                                    "hook",
                                    "labels: {app: hook}",
                                    List.of("python3", "-u", "-c", SERVER),
                                    "emptyDir: {}"),
                            Pod.class))
                    .create();

            // Then both have come, with the names that the status has, and the status says so
            Set<String> ids = firings(tenant).stream().map(AlertFiring::id).collect(Collectors.toSet());
            await().atMost(Tenant.PATIENCE)
                    .until(() -> taken(tenant, hook).keySet().equals(ids));
            await().atMost(Tenant.PATIENCE)
                    .until(() -> firings(tenant).stream().allMatch(firing -> firing.notifiedAt() != null));
            assertThat(firings(tenant)).hasSize(2);
            assertThat(taken(tenant, hook).values())
                    .allSatisfy(told -> assertThat(told)
                            .contains("\"namespace\":\"" + tenant.namespace() + "\"", "\"policy\":\"tools\"")
                            .doesNotContain("FORBIDDEN"))
                    .anySatisfy(told -> assertThat(told)
                            .contains(
                                    "\"alert\":\"denials\"",
                                    "\"severity\":\"warning\"",
                                    "\"counts\":[\"permission_denials per 3600s: 4\"]"));
        } finally {
            webhook(null);
        }
    }

    private static List<AlertFiring> firings(Tenant tenant) {
        return List.of("denials", "first").stream()
                .flatMap(name -> AlertsTest.alert(tenant, name).stream())
                .flatMap(alert -> alert.firings().stream())
                .toList();
    }

    /** What was taken, by its id. */
    private static Map<String, String> taken(Tenant tenant, Pod hook) {
        return Strangers.log(tenant, hook)
                .lines()
                .filter(line -> line.startsWith("taken "))
                .map(line -> line.substring("taken ".length()))
                .collect(Collectors.toMap(
                        line -> Serialization.unmarshal(line, Map.class)
                                .get("id")
                                .toString(),
                        line -> line,
                        (one, again) -> one));
    }

    private static void webhook(String address) {
        assertThat(Kubectl.kubectl(
                                "--namespace=" + Names.SYSTEM_NAMESPACE,
                                "set",
                                "env",
                                "deployment/" + Names.CONTROLLER,
                                VARIABLE + (address == null ? "-" : "=" + address))
                        .exitCode())
                .isZero();
        InstalledParts.scale(Names.CONTROLLER, 1);
    }
}
