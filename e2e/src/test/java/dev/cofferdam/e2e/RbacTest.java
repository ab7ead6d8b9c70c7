package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.table.Aim;
import dev.cofferdam.e2e.table.Gate;
import dev.cofferdam.e2e.table.Withstands;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Kubectl;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each of our parts may do what is written here, and is refused every other verb on every resource that the API server has. */
@ClusterTest
class RbacTest {
    private static final String SYSTEM = "cofferdam-system";
    private static final String ELSEWHERE = "kube-system";
    private static final int AT_ONCE = 8;
    private static final List<String> VERBS =
            List.of("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection");

    /** Verbs that are none of the eight, and what they are for. */
    private static final List<Right> SPECIAL = List.of(
            new Right("impersonate", "", "users"),
            new Right("impersonate", "", "groups"),
            new Right("impersonate", "", "serviceaccounts"),
            new Right("escalate", "rbac.authorization.k8s.io", "roles"),
            new Right("escalate", "rbac.authorization.k8s.io", "clusterroles"),
            new Right("bind", "rbac.authorization.k8s.io", "roles"),
            new Right("bind", "rbac.authorization.k8s.io", "clusterroles"),
            new Right("sign", "certificates.k8s.io", "signers"),
            new Right("approve", "certificates.k8s.io", "signers"),
            new Right("use", "cofferdam.dev", "sandboxpolicies"),
            new Right("commit", "cofferdam.dev", "toolruns"));

    /** What every account may: ask about itself. */
    private static final String EVERYBODY = """
            create authentication.k8s.io/selfsubjectreviews
            create authorization.k8s.io/selfsubjectaccessreviews
            create authorization.k8s.io/selfsubjectrulesreviews
            """;

    private static final String CONTROLLER = EVERYBODY + """
            get,list,watch,delete cofferdam.dev/toolruns
            patch cofferdam.dev/toolruns/status
            get,list,watch cofferdam.dev/sandboxpolicies
            patch cofferdam.dev/sandboxpolicies/status
            get,list,watch,create,delete /pods
            list,watch,create networking.k8s.io/networkpolicies
            get,list,create,update,delete coordination.k8s.io/leases
            get node.k8s.io/runtimeclasses
            list /nodes
            list,watch /namespaces
            create events.k8s.io/events
            """;

    private static final String GATEWAY = EVERYBODY + """
            get,list,watch cofferdam.dev/toolruns
            patch cofferdam.dev/toolruns/status
            get,list,watch cofferdam.dev/sandboxpolicies
            list,watch /pods
            list,watch /namespaces
            list,watch /nodes
            create authentication.k8s.io/tokenreviews
            """;

    private final KubernetesClient client = TestCluster.Holder.client();

    record Right(String verb, String group, String resource) {
        @Override
        public String toString() {
            return verb + " " + group + "/" + resource;
        }
    }

    @Withstands(
            value = "whoever has the controller uses every verb on every resource",
            at = Aim.ApiServer,
            by = {Gate.NetworkPolicy, Gate.Rbac},
            unopened = "a right that is given is had, so none is given")
    @Test
    void theController() {
        assertThat(granted("cofferdam-controller", ELSEWHERE)).isEqualTo(rights(CONTROLLER));
        assertThat(granted("cofferdam-controller", SYSTEM)).isEqualTo(rights(CONTROLLER));
    }

    @Withstands(
            value = "whoever has the gateway uses every verb on every resource",
            at = Aim.ApiServer,
            by = {Gate.NetworkPolicy, Gate.Rbac},
            unopened = "a right that is given is had, so none is given")
    @Test
    void theGateway() {
        assertThat(granted("cofferdam-gateway", ELSEWHERE)).isEqualTo(rights(GATEWAY));
        assertThat(granted("cofferdam-gateway", SYSTEM)).isEqualTo(rights(GATEWAY));
    }

    @Withstands(
            value = "whoever has the certificate command uses every verb on every resource",
            at = Aim.ApiServer,
            by = {Gate.NetworkPolicy, Gate.Rbac},
            unopened = "a right that is given is had, so none is given")
    @Test
    void theCertificateCommand() {
        assertThat(granted("cofferdam-certificates", ELSEWHERE)).isEqualTo(rights(EVERYBODY));
        assertThat(granted("cofferdam-certificates", SYSTEM)).isEqualTo(rights(EVERYBODY));
    }

    /** What is granted for one name: there, and nowhere else. */
    @Withstands(
            value = "whoever has a part uses every verb on the one object of a kind that is its own, and on others",
            at = Aim.ApiServer,
            by = {Gate.NetworkPolicy, Gate.Rbac},
            unopened = "a right that is given is had, so none is given")
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    controller   | kube-system      | cofferdam-sandboxes   | get,update,delete networking.k8s.io/networkpolicies
                    controller   | cofferdam-system | cofferdam-controller  | patch coordination.k8s.io/leases
                    controller   | cofferdam-system | cofferdam-gateway     | get /services
                    certificates | cofferdam-system | cofferdam-gateway-tls | get,update /secrets
                    certificates | cofferdam-system | cofferdam-gateway-ca  | get,update /configmaps
                    gateway      | cofferdam-system | cofferdam-gateway-tls |
                    gateway      | cofferdam-system | cofferdam-gateway     | list,watch /services
                    gateway      | cofferdam-system | cofferdam-controller  | list,watch /services
                    gateway      | kube-system      | kube-dns              | list,watch /services
                    gateway      | default          | kubernetes            | list,watch /services; list,watch discovery.k8s.io/endpointslices
                    controller   | cofferdam-system | cofferdam-gateway-tls |
                    """)
    void oneName(String part, String namespace, String name, String more) {
        List<Right> candidates = Stream.of(
                        "/secrets",
                        "/configmaps",
                        "/services",
                        "discovery.k8s.io/endpointslices",
                        "coordination.k8s.io/leases",
                        "networking.k8s.io/networkpolicies")
                .map(resource -> resource.split("/"))
                .flatMap(resource -> VERBS.stream().map(verb -> new Right(verb, resource[0], resource[1])))
                .toList();

        Set<String> surplus = granted(candidates, "cofferdam-" + part, namespace, name);
        surplus.removeAll(granted(candidates, "cofferdam-" + part, namespace, "any"));

        assertThat(surplus).isEqualTo(more == null ? Set.of() : rights(more.replace("; ", "\n")));
    }

    @Withstands(
            value =
                    "whoever has the controller or the gateway reads, makes or deletes Secrets, makes tokens, enters pods",
            at = Aim.ApiServer,
            by = {Gate.NetworkPolicy, Gate.Rbac},
            unopened = "a right that is given is had, so none is given")
    @ParameterizedTest
    @ValueSource(strings = {"controller", "gateway"})
    void secretsAreRefusedForReal(String part) {
        String account = "system:serviceaccount:" + SYSTEM + ":cofferdam-" + part;
        String one = "--namespace=" + SYSTEM;
        for (List<String> request : List.of(
                List.of("get", "secrets", "--all-namespaces"),
                List.of("get", "secrets", one),
                List.of("get", "secret", "cofferdam-gateway-tls", one),
                List.of("get", "secrets", one, "--watch", "--request-timeout=60s"),
                List.of("get", "--raw", "/api/v1/namespaces/" + SYSTEM + "/secrets/cofferdam-gateway-tls"),
                List.of("create", "secret", "generic", "e2e-rbac", one),
                List.of("delete", "secret", "e2e-rbac", one),
                List.of("delete", "secrets", "--all", "--dry-run=server", one),
                List.of("create", "token", "cofferdam-certificates", one),
                List.of("exec", "--namespace=" + SYSTEM, "deployment/cofferdam-gateway", "--", "true"))) {
            List<String> as = new ArrayList<>(
                    List.of("--as=" + account, "--as-group=system:serviceaccounts", "--as-group=system:authenticated"));
            as.addAll(0, request.subList(0, 1));
            as.addAll(request.subList(1, request.size()));

            Kubectl.Answer answer = Kubectl.kubectl(as.toArray(String[]::new));

            assertThat(answer.exitCode()).as("%s: %s", request, answer.text()).isNotZero();
            assertThat(answer.text()).containsIgnoringCase("forbidden");
        }
    }

    /** Everything that an account may do in a namespace. */
    private Set<String> granted(String account, String namespace) {
        return granted(everything(), account, namespace, "any");
    }

    /** Those of the rights that an account has on the object of a name. */
    private Set<String> granted(Collection<Right> rights, String account, String namespace, String name) {
        Set<String> granted = new ConcurrentSkipListSet<>();
        // A review adds no groups to whom it is about.
        Caller part = new Caller(
                "system:serviceaccount:" + SYSTEM + ":" + account,
                List.of("system:serviceaccounts", "system:serviceaccounts:" + SYSTEM, "system:authenticated"));
        Semaphore places = new Semaphore(AT_ONCE);
        // Not a parallel stream: the tests themselves run on the pool that it would use.
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> answers = rights.stream()
                    .<Future<?>>map(right -> threads.submit(() -> {
                        places.acquireUninterruptibly();
                        try {
                            if (part.may(right.verb(), right.group(), right.resource(), namespace, name)) {
                                granted.add(right.toString());
                            }
                        } finally {
                            places.release();
                        }
                    }))
                    .toList();
            for (Future<?> answer : answers) {
                answer.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
        return granted;
    }

    /** Every verb on every resource and subresource that the API server has. */
    private Collection<Right> everything() {
        List<Right> all = new ArrayList<>(SPECIAL);
        Stream<String> groups = Stream.concat(
                Stream.of("/api/v1"),
                stream(json("/apis").path("groups"))
                        .map(group -> group.at("/preferredVersion/groupVersion").asText())
                        // Other tests come and go with groups of their own.
                        .filter(Predicate.not(version -> version.startsWith("test-")))
                        .map(version -> "/apis/" + version));
        groups.forEach(path -> {
            String group = path.equals("/api/v1") ? "" : path.split("/")[2];
            stream(json(path).path("resources"))
                    .map(resource -> resource.path("name").asText())
                    .forEach(resource -> VERBS.forEach(verb -> all.add(new Right(verb, group, resource))));
        });
        assertThat(all).as("the API server's resources").hasSizeGreaterThan(500);
        return all;
    }

    private JsonNode json(String path) {
        try {
            String text = client.raw(path);
            return text == null ? new ObjectMapper().createObjectNode() : new ObjectMapper().readTree(text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(path, e);
        }
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return java.util.stream.StreamSupport.stream(array.spliterator(), false);
    }

    private static Set<String> rights(String table) {
        return table.lines()
                .map(line -> line.split(" "))
                .flatMap(line -> Stream.of(line[0].split(",")).map(verb -> verb + " " + line[1]))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
