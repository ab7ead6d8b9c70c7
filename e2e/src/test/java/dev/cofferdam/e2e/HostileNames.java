package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.stream.Stream;

/**
 * Names whose owner means harm (attacks/names.py), in a zone of which the cluster's name server asks him, until this is closed. So the gateway asks as it always does. Only
 * for tests that run alone: CoreDNS starts anew for it.
 */
final class HostileNames implements AutoCloseable {
    private static final String ZONE = "rebind.test";
    private static final int PORT = 5353;
    private static final String SYSTEM = "kube-system";
    private static final String CORE_DNS = "coredns";
    private static final String COREFILE = "Corefile";

    private final Tenant tenant;
    private final Pod pod;
    private final String before;

    private HostileNames(Tenant tenant, Pod pod, String before) {
        this.tenant = tenant;
        this.pod = pod;
        this.before = before;
    }

    /**
     * @param granted an address that tools are granted
     * @param other one that they are not
     */
    static HostileNames in(Tenant tenant, String granted, String other) {
        List<String> command =
                List.of("python3", "-u", "-c", Scripts.of("names.py"), Integer.toString(PORT), granted, other);
        Pod pod = tenant.client()
                .pods()
                .inNamespace(tenant.namespace())
                .resource(Serialization.unmarshal(Strangers.pod("names", "", command, "emptyDir: {}"), Pod.class))
                .create();
        await().atMost(Tenant.PATIENCE).until(() -> Strangers.log(tenant, pod).contains("listening"));
        HostileNames names = new HostileNames(
                tenant, pod, configuration(tenant).get().getData().get(COREFILE));
        try {
            names.configure(names.before
                    + "%s:53 {\n    errors\n    forward . %s:%d\n}\n"
                            .formatted(ZONE, Strangers.address(tenant, pod), PORT));
            return names;
        } catch (RuntimeException | Error failure) {
            names.close();
            throw failure;
        }
    }

    /** All of them, as a policy names hosts. */
    String all() {
        return "*." + ZONE;
    }

    String name(String label) {
        return label + "." + ZONE;
    }

    /** How often the name was asked for, with whatever was answered. */
    long asked(String label) {
        return Strangers.log(tenant, pod)
                .lines()
                .filter(line -> line.startsWith("asked " + name(label) + " "))
                .count();
    }

    private void configure(String corefile) {
        configuration(tenant).edit(found -> {
            found.getData().put(COREFILE, corefile);
            return found;
        });
        rollout("restart");
        rollout("status", Kubectl.PATIENCE);
    }

    private static void rollout(String what, String... options) {
        Kubectl.Answer done = Kubectl.kubectl(Stream.concat(
                        Stream.of("--namespace=" + SYSTEM, "rollout", what, "deployment/" + CORE_DNS),
                        Stream.of(options))
                .toArray(String[]::new));
        assertThat(done.exitCode()).as(done.text()).isZero();
    }

    private static Resource<ConfigMap> configuration(Tenant tenant) {
        return tenant.client().configMaps().inNamespace(SYSTEM).withName(CORE_DNS);
    }

    @Override
    public void close() {
        configure(before);
    }
}
