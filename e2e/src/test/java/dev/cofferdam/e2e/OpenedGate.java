package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirementBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MatchResources;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MatchResourcesBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBindingBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A gate that is open for one tenant's namespace, and for nobody else, until this is closed. By the namespace's name, which nobody can choose: the product
 * itself has no such exemption.
 */
final class OpenedGate implements AutoCloseable {
    /** The API server reads policies and bindings once a second. */
    private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

    private static final KubernetesClient CLIENT = TestCluster.Holder.client();

    private final Runnable close;

    private OpenedGate(Runnable close) {
        this.close = close;
    }

    @Override
    public void close() {
        close.run();
    }

    /** Opens an admission policy, does something once that is felt, and closes it, until that is felt, too. */
    static void without(String policy, Tenant tenant, Callable<Boolean> refused, Runnable action) {
        without(policy, List.of(tenant.namespace()), refused, action);
    }

    static void without(String policy, List<String> namespaces, Callable<Boolean> refused, Runnable action) {
        await().atMost(Tenant.PATIENCE).until(refused);
        try (OpenedGate _ = admission(policy, namespaces, () -> !refused.call())) {
            action.run();
        }
        await().atMost(Tenant.PATIENCE).until(refused);
    }

    /**
     * Takes namespaces out of what an admission policy is bound to.
     *
     * @param felt whether the API server lets in by now what the policy refuses
     */
    static OpenedGate admission(String policy, List<String> namespaces, Callable<Boolean> felt) {
        exempt(policy, others -> Stream.concat(others, namespaces.stream()));
        OpenedGate gate =
                new OpenedGate(() -> exempt(policy, others -> others.filter(name -> !namespaces.contains(name))));
        try {
            await().atMost(Tenant.PATIENCE).until(felt);
            return gate;
        } catch (RuntimeException | Error unfelt) {
            gate.close();
            throw unfelt;
        }
    }

    /** Lets all pods of the tenant's namespace reach the run channel, as the gateway's own NetworkPolicy lets sandboxes. */
    static OpenedGate channel(Tenant tenant) {
        return made(Serialization.unmarshal(
                """
                        apiVersion: networking.k8s.io/v1
                        kind: NetworkPolicy
                        metadata: {name: open-to-%1$s, namespace: %2$s}
                        spec:
                          podSelector: {matchLabels: {app.kubernetes.io/name: %3$s}}
                          policyTypes: [Ingress]
                          ingress: [{from: [{namespaceSelector: {matchLabels: {%4$s: %1$s}}}], ports: [{protocol: TCP, port: %5$d}]}]
                        """.formatted(
                        tenant.namespace(), Names.SYSTEM_NAMESPACE, Names.GATEWAY, NAMESPACE_NAME, Names.CHANNEL_PORT),
                NetworkPolicy.class));
    }

    /**
     * Not a gate: keeps the controller from making pods in the tenant's namespace for a while, by an answer that it takes for a passing one; returns when that is felt.
     *
     * @param call what the tenant's policy allows
     */
    static OpenedGate withoutPodsOfTheController(Tenant tenant, RunRequest call) {
        // As the controller would make it
        String planned = tenant.run(call.decideOnly()).getStatus().plan().pod();
        return held(
                tenant,
                "pods",
                "{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods]}",
                () -> Caller.CONTROLLER.send(
                        "POST",
                        "/api/v1/namespaces/" + tenant.namespace() + "/pods?dryRun=All",
                        "application/yaml",
                        planned));
    }

    /** Not a gate: keeps the controller from writing any status of a run of the tenant's, a claim or another, in the same way; returns when that is felt. */
    static OpenedGate withoutClaims(Tenant tenant) {
        // One that is over, and would be written unchanged
        String run = tenant.run(tool("none", "")).getMetadata().getName();
        return held(
                tenant,
                "claims",
                "{apiGroups: [cofferdam.dev], apiVersions: [\"*\"], operations: [UPDATE], resources: [toolruns/status]}",
                () -> Caller.CONTROLLER.send(
                        "PATCH",
                        "/apis/cofferdam.dev/v1alpha1/namespaces/" + tenant.namespace() + "/toolruns/" + run
                                + "/status?dryRun=All",
                        Attack.MERGE,
                        "{}"));
    }

    /** Not a gate: keeps the controller from taking the tenant's pods away, in the same way; returns when that is felt at one of them. */
    static OpenedGate withoutDeletions(Tenant tenant, String pod) {
        return held(
                tenant,
                "deletions",
                "{apiGroups: [\"\"], apiVersions: [v1], operations: [DELETE], resources: [pods]}",
                () -> Caller.CONTROLLER.send(
                        "DELETE", "/api/v1/namespaces/" + tenant.namespace() + "/pods/" + pod + "?dryRun=All", "", ""));
    }

    /** @param trial what is kept from the controller, tried by it, and with no effect */
    private static OpenedGate held(Tenant tenant, String what, String rule, Supplier<Caller.Answer> trial) {
        OpenedGate gate = made(Serialization.unmarshal(
                """
                        apiVersion: admissionregistration.k8s.io/v1
                        kind: ValidatingWebhookConfiguration
                        metadata: {name: hold-%2$s-of-%1$s}
                        webhooks:
                        - name: hold.cofferdam.dev
                          admissionReviewVersions: [v1]
                          sideEffects: None
                          failurePolicy: Fail
                          timeoutSeconds: 1
                          clientConfig: {url: "https://127.0.0.1:1/"}
                          namespaceSelector: {matchLabels: {%4$s: %1$s}}
                          rules: [%3$s]
                          matchConditions: [{name: controller, expression: "request.userInfo.username.endsWith(':%5$s')"}]
                        """.formatted(tenant.namespace(), what, rule, NAMESPACE_NAME, Names.CONTROLLER),
                ValidatingWebhookConfiguration.class));
        await().atMost(Tenant.PATIENCE).until(() -> trial.get().code() == HttpURLConnection.HTTP_INTERNAL_ERROR);
        return gate;
    }

    /** Not a gate: takes away the ConfigMap that names the supervisor's image, and brings it back as it was applied. */
    static OpenedGate withoutSandboxImage() {
        ConfigMap there = CLIENT.configMaps()
                .inNamespace(Names.SYSTEM_NAMESPACE)
                .withName("cofferdam-sandbox-image")
                .require();
        ConfigMap again = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(there.getMetadata().getNamespace())
                .withName(there.getMetadata().getName())
                .withLabels(there.getMetadata().getLabels())
                .endMetadata()
                .withData(there.getData())
                .build();
        CLIENT.resource(there).delete();
        return new OpenedGate(
                () -> CLIENT.resource(again).fieldManager("kubectl").serverSideApply());
    }

    private static OpenedGate made(HasMetadata object) {
        CLIENT.resource(object).create();
        return new OpenedGate(() -> CLIENT.resource(object).delete());
    }

    /** Changes which namespaces a policy's binding leaves out; the binding is as it was before when none is left. Tests side by side do this, too. */
    private static void exempt(String policy, Function<Stream<String>, Stream<String>> change) {
        await().atMost(Tenant.PATIENCE)
                .ignoreExceptionsMatching(OpenedGate::isConflict)
                .until(() -> {
                    ValidatingAdmissionPolicyBinding now = CLIENT.resources(ValidatingAdmissionPolicyBinding.class)
                            .withName(policy)
                            .require();
                    // With its resourceVersion: what another test has changed meanwhile is a conflict.
                    return CLIENT.resource(exempting(
                                            now, change.apply(exempted(now)).toList()))
                                    .update()
                            != null;
                });
    }

    private static boolean isConflict(Throwable failure) {
        return failure instanceof KubernetesClientException answer
                && answer.getCode() == HttpURLConnection.HTTP_CONFLICT;
    }

    private static ValidatingAdmissionPolicyBinding exempting(
            ValidatingAdmissionPolicyBinding binding, List<String> namespaces) {
        return new ValidatingAdmissionPolicyBindingBuilder(binding)
                .editSpec()
                .withMatchResources(namespaces.isEmpty() ? null : allBut(namespaces))
                .endSpec()
                .build();
    }

    private static Stream<String> exempted(ValidatingAdmissionPolicyBinding binding) {
        return Optional.ofNullable(binding.getSpec().getMatchResources())
                .map(MatchResources::getNamespaceSelector)
                .map(LabelSelector::getMatchExpressions)
                .orElse(List.of())
                .stream()
                .map(LabelSelectorRequirement::getValues)
                .flatMap(List::stream);
    }

    private static MatchResources allBut(List<String> namespaces) {
        LabelSelectorRequirement others = new LabelSelectorRequirementBuilder()
                .withKey(NAMESPACE_NAME)
                .withOperator("NotIn")
                .withValues(namespaces)
                .build();
        return new MatchResourcesBuilder()
                .withNamespaceSelector(
                        new LabelSelectorBuilder().withMatchExpressions(others).build())
                .build();
    }
}
