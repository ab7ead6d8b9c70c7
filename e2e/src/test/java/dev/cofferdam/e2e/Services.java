package dev.cofferdam.e2e;

import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** A git repository and a package index over HTTPS, and a PostgreSQL, in a pod with two names, that tells who came. */
final class Services {
    static final int WEB = 8443;
    static final int WEB_OTHER = 8444;
    static final int DATABASE = 5432;

    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {name: %s}
            spec: {clusterIP: None, selector: {app: services}, ports: [{port: 8443}]}
            """;

    private static final List<String> NAMES = List.of("services", "elsewhere");

    private final Tenant tenant;
    private final Pod pod;

    private Services(Tenant tenant, Pod pod) {
        this.tenant = tenant;
        this.pod = pod;
    }

    static Services in(Tenant tenant) {
        for (String name : NAMES) {
            tenant.client()
                    .services()
                    .inNamespace(tenant.namespace())
                    .resource(Serialization.unmarshal(SERVICE.formatted(name), Service.class))
                    .create();
        }
        List<String> command = Stream.concat(
                        Stream.of("python3", "-u", "-c", Scripts.of("services.py")),
                        NAMES.stream().map(name -> full(tenant, name)))
                .toList();
        String yaml = Strangers.pod("services", "labels: {app: services}", command, "emptyDir: {}")
                .replace("cofferdam.local/python:1", "cofferdam.local/clients:1");
        Pod pod = tenant.client()
                .pods()
                .inNamespace(tenant.namespace())
                .resource(Serialization.unmarshal(yaml, Pod.class))
                .create();
        Services services = new Services(tenant, pod);
        await().atMost(Tenant.PATIENCE)
                .until(() -> services.lines("listening").size() == 3 && Sink.areNamed(tenant, NAMES.size()));
        return services;
    }

    String address() {
        return Strangers.address(tenant, pod);
    }

    /** The name in full by which tools may come. */
    String name() {
        return full(tenant, NAMES.getFirst());
    }

    /** Another of its names. */
    String otherName() {
        return full(tenant, NAMES.getLast());
    }

    private static String full(Tenant tenant, String name) {
        return name + "." + tenant.namespace() + ".svc.cluster.local";
    }

    /** PEM, of both names. */
    String certificate() {
        return new String(
                Base64.getDecoder().decode(lines("certificate").getFirst().split(" ")[1]), StandardCharsets.US_ASCII);
    }

    /** Requests that git's server had, as {@code method path}. Behind it stands {@code chunked} where a body came so. */
    List<String> asked() {
        return said("asked");
    }

    /** Where the branch of the repository was after each of them. */
    List<String> branch() {
        return said("main");
    }

    private List<String> said(String word) {
        return lines(word).stream()
                .map(line -> line.substring(word.length()).strip())
                .toList();
    }

    /** Connections that came to a port. */
    long hits(int port) {
        return lines("hit").stream().filter(line -> line.equals("hit " + port)).count();
    }

    long hits() {
        return lines("hit").size();
    }

    private List<String> lines(String word) {
        return Strangers.log(tenant, pod)
                .lines()
                .filter(line -> line.startsWith(word + " "))
                .toList();
    }
}
