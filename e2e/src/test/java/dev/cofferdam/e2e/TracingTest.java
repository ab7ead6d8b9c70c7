package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.cofferdam.api.v1alpha1.Attempt;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What a collector of traces gets of a run, by OTLP, as it comes over the cluster's network. Alone, because it changes the installation. */
@ClusterTest
@Tag("local")
@Isolated
class TracingTest {
    private static final String VARIABLE = "COFFERDAM_TRACING_ENDPOINT";
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";

    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {name: collector}
            spec: {selector: {app: collector}, ports: [{port: 4318}]}
            """;

    /** Prints what comes. */
    private static final String COLLECTOR = """
            import base64, http.server
            class Collector(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = b''
                    if 'Content-Length' in self.headers:
                        body = self.rfile.read(int(self.headers['Content-Length']))
                    else:
                        while size := int(self.rfile.readline(), 16):
                            body += self.rfile.read(size)
                            self.rfile.readline()
                        self.rfile.readline()
                    print(self.path, self.headers['Content-Type'], base64.b64encode(body).decode(), flush=True)
                    self.send_response(200)
                    self.send_header('Content-Type', 'application/x-protobuf')
                    self.send_header('Content-Length', '0')
                    self.end_headers()
            http.server.ThreadingHTTPServer(('', 4318), Collector).serve_forever()
            """;

    private static final String POLICY = """
            tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -c], idempotent: true}]
            permissions: {resources: {limits: {cpu: 500m, memory: 128Mi, timeout: 300s}}}
            retry: {maxAttempts: 2, initialDelay: 1s, jitter: 0}
            """;

    private static final String REFUSED = "192.0.2.1:80";

    private static final String LATE = """
            import socket, time
            try: socket.create_connection(("192.0.2.1", 80))
            except OSError: pass
            time.sleep(300)
            """;

    @Test
    void aRunIsOneTraceWithItsAttemptsItsStagesAndWhatWasDenied(Tenant tenant) {
        tenant.client()
                .services()
                .inNamespace(tenant.namespace())
                .resource(Serialization.unmarshal(SERVICE, Service.class))
                .create();
        Pod collector = tenant.client()
                .pods()
                .inNamespace(tenant.namespace())
                .resource(Serialization.unmarshal(
                        Strangers.pod(
                                "collector",
                                "labels: {app: collector}",
                                List.of("python3", "-u", "-c", COLLECTOR),
                                "emptyDir: {}"),
                        Pod.class))
                .create();
        tenant.policy(Tenant.POLICY, POLICY);
        try {
            endpoint("=http://collector." + tenant.namespace() + ".svc.cluster.local:4318/v1/traces");

            // When a caller that is traced has a tool run that is late twice, and tries what it may not
            ToolRun created = tenant.create(tool("python", LATE).withTimeout("10s"));
            tenant.kubectl(
                    "annotate",
                    "toolrun",
                    created.getMetadata().getName(),
                    "cofferdam.dev/traceparent=00-" + TRACE + "-" + CALLER + "-01");
            ToolRun run = tenant.finished(created);
            assertThat(run.getStatus().attempts()).extracting(Attempt::reason).containsExactly("TimedOut", "TimedOut");

            // Then it is part of the caller's trace, once
            await().atMost(Tenant.PATIENCE)
                    .until(() -> !spans(tenant, collector).isEmpty());
            List<Span> spans = spans(tenant, collector);
            assertThat(spans)
                    .extracting(Span::getName)
                    .containsExactlyInAnyOrder("ToolRun", "attempt", "attempt", "decide", "start", "execute", "record");
            Span whole = named(spans, "ToolRun").getFirst();
            assertThat(hex(whole.getParentSpanId())).isEqualTo(CALLER);
            assertThat(attributes(whole))
                    .containsEntry("cofferdam.run", run.getMetadata().getName())
                    .containsEntry("k8s.namespace.name", tenant.namespace())
                    .containsEntry("cofferdam.phase", "TimedOut")
                    .containsEntry(
                            "cofferdam.policy.version",
                            run.getStatus().decision().policyVersion());
            assertThat(whole.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);

            // And has each attempt, the stages of the last one, and what was denied
            List<Span> attempts = named(spans, "attempt");
            assertThat(attempts)
                    .allSatisfy(span -> assertThat(span.getParentSpanId()).isEqualTo(whole.getSpanId()))
                    .extracting(span -> attributes(span).get("k8s.pod.name"))
                    .containsExactlyInAnyOrderElementsOf(run.getStatus().attempts().stream()
                            .map(Attempt::podName)
                            .toList());
            Span last = attempts.stream()
                    .filter(span -> attributes(span).get("cofferdam.attempt").equals("2"))
                    .findFirst()
                    .orElseThrow();
            assertThat(named(spans, "execute").getFirst().getParentSpanId()).isEqualTo(last.getSpanId());
            assertThat(whole.getEventsList())
                    .filteredOn(event -> event.getName().equals("NetworkAccess"))
                    .isNotEmpty()
                    .allSatisfy(event -> assertThat(attributes(event.getAttributesList()))
                            .containsEntry("cofferdam.resource", REFUSED));
        } finally {
            endpoint("-");
        }
    }

    private static void endpoint(String change) {
        assertThat(Kubectl.kubectl(
                                "--namespace=" + Names.SYSTEM_NAMESPACE,
                                "set",
                                "env",
                                "deployment/" + Names.CONTROLLER,
                                VARIABLE + change)
                        .exitCode())
                .isZero();
        InstalledParts.scale(Names.CONTROLLER, 1);
    }

    /** All that came of the caller's trace; nothing before the span is there that ends last. */
    private static List<Span> spans(Tenant tenant, Pod collector) {
        List<Span> all = Strangers.log(tenant, collector)
                .lines()
                .filter(line -> line.startsWith("/v1/traces application/x-protobuf "))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .flatMap(line -> decoded(line).getResourceSpansList().stream())
                .filter(resource -> Names.CONTROLLER.equals(
                        attributes(resource.getResource().getAttributesList()).get("service.name")))
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .filter(span -> hex(span.getTraceId()).equals(TRACE))
                .toList();
        return named(all, "ToolRun").isEmpty() ? List.of() : all;
    }

    private static ExportTraceServiceRequest decoded(String base64) {
        try {
            return ExportTraceServiceRequest.parseFrom(Base64.getDecoder().decode(base64));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("no OTLP: " + base64, e);
        }
    }

    private static List<Span> named(List<Span> spans, String name) {
        return spans.stream().filter(span -> span.getName().equals(name)).toList();
    }

    private static Map<String, String> attributes(Span span) {
        return attributes(span.getAttributesList());
    }

    private static Map<String, String> attributes(List<KeyValue> attributes) {
        return attributes.stream()
                .collect(Collectors.toMap(
                        KeyValue::getKey,
                        each -> each.getValue().hasIntValue()
                                ? Long.toString(each.getValue().getIntValue())
                                : each.getValue().getStringValue()));
    }

    private static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }
}
