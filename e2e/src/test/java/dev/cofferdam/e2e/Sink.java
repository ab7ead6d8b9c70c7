package dev.cofferdam.e2e;

import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** A server of the test's own in a pod, under two names, that tells who came: what is true of a tool's connections. */
final class Sink {
    /** Ports that answer what they hear. */
    static final int PORT = 7001;

    static final int OTHER_PORT = 7002;
    static final int THIRD_PORT = 7003;
    /** The same, over TLS. */
    static final int TLS_PORT = 7443;

    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {name: %s}
            spec: {clusterIP: None, selector: {app: sink}, ports: [{port: 7001}]}
            """;

    private final Tenant tenant;
    private final Pod pod;
    private final String address;
    private final String certificate;

    private Sink(Tenant tenant, Pod pod, String address, String certificate) {
        this.certificate = certificate;
        this.tenant = tenant;
        this.pod = pod;
        this.address = address;
    }

    /** One whose certificate is anybody's: for who sees its connections, and not whom they reach. */
    static Sink in(Tenant tenant) {
        return in(tenant, Keyed.OF_ANYBODY);
    }

    /** One that has a certificate of its own, for {@code sink}. */
    static Sink certified(Tenant tenant) {
        return in(tenant, Keyed.of(name(tenant, "sink")));
    }

    private static Sink in(Tenant tenant, Keyed keyed) {
        Stream.of("sink", "other")
                .map(name -> Serialization.unmarshal(SERVICE.formatted(name), Service.class))
                .forEach(service -> tenant.client()
                        .services()
                        .inNamespace(tenant.namespace())
                        .resource(service)
                        .create());
        List<String> command = List.of(
                "python3",
                "-u",
                "-c",
                Scripts.of("sink.py"),
                PORT + "," + OTHER_PORT + "," + THIRD_PORT,
                "" + TLS_PORT,
                keyed.key() + keyed.certificate());
        Pod pod = tenant.client()
                .pods()
                .inNamespace(tenant.namespace())
                .resource(Serialization.unmarshal(
                        Strangers.pod("sink", "labels: {app: sink}", command, "emptyDir: {}"), Pod.class))
                .create();
        Sink sink = new Sink(tenant, pod, "", keyed.certificate());
        await().atMost(Tenant.PATIENCE).until(() -> sink.lines("listening").size() == 4 && areNamed(tenant, 2));
        return new Sink(tenant, pod, Strangers.address(tenant, pod), keyed.certificate());
    }

    /** A key, and a certificate of its own; PEM. */
    private record Keyed(String key, String certificate) {
        /** Made once: a program of Java for each sink would be a good part of what tests side by side have of the processor. */
        static final Keyed OF_ANYBODY = of("sink.test");

        static Keyed of(String name) {
            try {
                return made(name);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        private static Keyed made(String name) throws IOException, InterruptedException, GeneralSecurityException {
            Path store = Files.createTempDirectory("sink").resolve("store.p12");
            String keytool =
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
            int code = new ProcessBuilder(
                            keytool,
                            // Half of the processor's time, for a program that ends at once
                            "-J-XX:TieredStopAtLevel=1",
                            "-J-XX:+UseSerialGC",
                            "-genkeypair",
                            "-keystore",
                            store.toString(),
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            "password",
                            "-alias",
                            "a",
                            "-keyalg",
                            "EC",
                            "-groupname",
                            "secp256r1",
                            "-dname",
                            "CN=sink",
                            "-ext",
                            "SAN=dns:" + name)
                    .inheritIO()
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IOException("keytool ended with " + code);
            }
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                keys.load(in, "password".toCharArray());
            }
            return new Keyed(
                    pem(
                            "PRIVATE KEY",
                            keys.getKey("a", "password".toCharArray()).getEncoded()),
                    pem("CERTIFICATE", keys.getCertificate("a").getEncoded()));
        }

        private static String pem(String kind, byte[] der) {
            return "-----BEGIN " + kind + "-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + kind
                    + "-----\n";
        }
    }

    /** Whether so many names lead to something, and so whether that is known by its address. */
    static boolean areNamed(Tenant tenant, int names) {
        return tenant
                        .client()
                        .discovery()
                        .v1()
                        .endpointSlices()
                        .inNamespace(tenant.namespace())
                        .list()
                        .getItems()
                        .stream()
                        .filter(slice -> slice.getEndpoints() != null
                                && !slice.getEndpoints().isEmpty())
                        .count()
                == names;
    }

    String address() {
        return address;
    }

    /** One of its two names, in full. */
    String name(String service) {
        return name(tenant, service);
    }

    private static String name(Tenant tenant, String service) {
        return service + "." + tenant.namespace() + ".svc.cluster.local";
    }

    /** PEM, for the name of {@code sink} alone where it is {@link #certified}. Nobody trusts it by itself. */
    String certificate() {
        return certificate;
    }

    /** Connections that came to a port. */
    long hits(int port) {
        return lines("hit").stream().filter(line -> line.equals("hit " + port)).count();
    }

    long hits() {
        return lines("hit").size();
    }

    /** How much came by each connection to a port that is over. */
    List<Integer> received(int port) {
        return lines("gone " + port).stream()
                .map(line -> Integer.parseInt(line.split(" ")[2]))
                .toList();
    }

    /** When the last byte came by each connection to a port that is over and brought one, by the sink's clock. */
    List<Instant> lastBytes(int port) {
        return lines("gone " + port).stream()
                .map(line -> Instant.ofEpochMilli(Long.parseLong(line.split(" ")[3])))
                .filter(Instant.EPOCH::isBefore)
                .toList();
    }

    /** Connections that are over. */
    long gone() {
        return lines("gone").size();
    }

    /** Requests of HTTP that came, as {@code port method path Host: host}. */
    List<String> asked() {
        return lines("asked").stream()
                .map(line -> line.substring("asked ".length()))
                .toList();
    }

    /** What came as Authorization, as {@code port value}. */
    List<String> authorized() {
        return lines("authorized").stream()
                .map(line -> line.substring("authorized ".length()))
                .toList();
    }

    private List<String> lines(String word) {
        return Strangers.log(tenant, pod)
                .lines()
                .filter(line -> line.startsWith(word + " "))
                .toList();
    }
}
