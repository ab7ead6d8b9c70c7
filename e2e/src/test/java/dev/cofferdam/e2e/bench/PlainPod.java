package dev.cofferdam.e2e.bench;

import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A pod of a tenant's own, as anybody makes it: what runs are compared with, and what they talk to. */
record PlainPod(Tenant tenant, Pod pod) {
    /** Where {@link #server} listens. */
    static final int PORT = 7001;

    static final String IMAGE = "cofferdam.local/python:1";

    /** All plain pods of a tenant. */
    static final String SELECTOR = "plain=true";

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final double NANOS = 1e9;

    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s, labels: {plain: "true"}}
            spec:
              restartPolicy: Never
              %s
              automountServiceAccountToken: false
              terminationGracePeriodSeconds: 0
              securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}
              containers:
              - name: tool
                image: %s
                command: %s
                resources: %s
                securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
            """;

    /** @param runtime {@code runtimeClassName: …}, or nothing */
    static PlainPod create(Tenant tenant, String name, String runtime, List<String> command, String cpu) {
        return limited(
                tenant,
                name,
                runtime,
                command,
                "{requests: {cpu: 500m, memory: 256Mi}, limits: {cpu: \"%s\", memory: 256Mi}}".formatted(cpu));
    }

    /** A gVisor pod with the limits of a run: that is what it asks for, too. */
    static PlainPod asARun(Tenant tenant, String name, List<String> command, String cpu, String memory) {
        return asARun(tenant, name, "gvisor", command, cpu, memory);
    }

    /** @param runtimeClass where such pods go */
    static PlainPod asARun(
            Tenant tenant, String name, String runtimeClass, List<String> command, String cpu, String memory) {
        String limits = "{cpu: \"%s\", memory: %s}".formatted(cpu, memory);
        return limited(
                tenant,
                name,
                "runtimeClassName: " + runtimeClass,
                command,
                "{requests: %1$s, limits: %1$s}".formatted(limits));
    }

    private static PlainPod limited(
            Tenant tenant, String name, String runtime, List<String> command, String resources) {
        return new PlainPod(
                tenant,
                tenant.client()
                        .pods()
                        .inNamespace(tenant.namespace())
                        .resource(Serialization.unmarshal(
                                POD.formatted(name, runtime, IMAGE, Serialization.asJson(command), resources),
                                Pod.class))
                        .create());
    }

    /** A server that tells of what reaches it; it listens. */
    static PlainPod server(Tenant tenant) {
        PlainPod server =
                create(tenant, "server", "", List.of("python3", "-u", "-c", script("server.py"), "" + PORT), "2");
        server.untilSaid("listening");
        return server.asItIs();
    }

    /** With its node, once it has one. */
    PlainPod asItIs() {
        return new PlainPod(tenant, tenant.client().resource(pod).get());
    }

    String address() {
        return asItIs().pod().getStatus().getPodIP();
    }

    String phase() {
        return asItIs().pod().getStatus().getPhase();
    }

    String said() {
        return tenant.kubectl("logs", pod.getMetadata().getName()).text();
    }

    /** Of a server: when it had the last byte of all connections of the kind `clock` that are over. */
    Instant lastByte() {
        return said().lines()
                .filter(line -> line.startsWith("last "))
                .map(line -> Instant.ofEpochSecond(0, Math.round(Double.parseDouble(line.split(" ")[1]) * NANOS)))
                .max(Instant::compareTo)
                .orElseThrow(() -> new AssertionError("no connection of the kind that is timed is over"));
    }

    /** Of a server: how many connections it has had, in steps of 25. */
    long connections() {
        return said().lines()
                .filter(line -> line.startsWith("opened "))
                .mapToLong(line -> Long.parseLong(line.split(" ")[1]))
                .max()
                .orElse(0);
    }

    /** Of a server: how many connections of the kind `clock` it has had. */
    long clocks() {
        return said().lines().filter("clock"::equals).count();
    }

    void untilRunning() {
        await().atMost(PATIENCE).until(this::phase, "Running"::equals);
    }

    /** Waits until it has said that. */
    String untilSaid(String text) {
        return await().atMost(PATIENCE).until(this::said, said -> said.contains(text));
    }

    /** The text of a program that measures. */
    static String script(String name) {
        try (InputStream file = PlainPod.class.getResourceAsStream("/bench/" + name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
