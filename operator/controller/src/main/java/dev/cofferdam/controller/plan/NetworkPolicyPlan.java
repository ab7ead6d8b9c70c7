package dev.cofferdam.controller.plan;

import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import java.util.Map;

/** The one NetworkPolicy of a tenant namespace: our pods there reach the gateway's run channel and nothing else, and nobody reaches them. */
public final class NetworkPolicyPlan {
    private static final String NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";
    private static final String NAME_LABEL = "app.kubernetes.io/name";

    private NetworkPolicyPlan() {}

    /** Without an owner: a deleted SandboxPolicy must not open the network of a tool that still runs. */
    public static NetworkPolicy plan(String namespace) {
        return new NetworkPolicyBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(Names.NETWORK_POLICY)
                .withLabels(Map.of(Names.MANAGED_BY_LABEL, Names.MANAGED_BY, Names.PART_OF_LABEL, Names.PART_OF))
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .addToMatchLabels(Names.MANAGED_BY_LABEL, Names.MANAGED_BY)
                .endPodSelector()
                .withPolicyTypes("Ingress", "Egress")
                .addNewEgress()
                .addNewTo()
                .withNewNamespaceSelector()
                .addToMatchLabels(NAMESPACE_NAME_LABEL, Names.SYSTEM_NAMESPACE)
                .endNamespaceSelector()
                .withNewPodSelector()
                .addToMatchLabels(NAME_LABEL, Names.GATEWAY)
                .endPodSelector()
                .endTo()
                .addNewPort()
                .withProtocol("TCP")
                .withPort(new IntOrString(Names.CHANNEL_PORT))
                .endPort()
                .endEgress()
                .endSpec()
                .build();
    }

    /** Whether what is there does exactly what the plan says, and is marked as ours. */
    public static boolean holds(NetworkPolicy there) {
        NetworkPolicy planned = plan(there.getMetadata().getNamespace());
        return planned.getSpec().equals(there.getSpec())
                && there.getMetadata().getLabels() != null
                && there.getMetadata()
                        .getLabels()
                        .entrySet()
                        .containsAll(planned.getMetadata().getLabels().entrySet());
    }
}
