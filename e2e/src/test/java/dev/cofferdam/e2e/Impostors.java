package dev.cofferdam.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.RunRequest;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;

/**
 * Makes the tenant's sandboxes what they would be if a tool had taken its supervisor over: pods that the controller makes and claims, in which
 * attacks/impostor.py stands in the supervisor's place. One gate is opened for it, the one that holds the controller to its pods' shape, and a mutating policy
 * changes the command.
 */
final class Impostors implements AutoCloseable {
    /** The image and the last argument are what an impostor needs; what it does, it takes from its run's name. */
    static final String TOOLS = """
            tools: [{name: python, image: cofferdam.local/python:1, command: [python3, -c]}]
            permissions: {resources: {limits: {cpu: 100m, memory: 128Mi, timeout: 600s}}}
            """;

    private final Tenant tenant;
    private final List<AutoCloseable> opened;

    private Impostors(Tenant tenant, List<AutoCloseable> opened) {
        this.tenant = tenant;
        this.opened = opened;
    }

    static Impostors in(Tenant tenant) {
        tenant.policy(Tenant.POLICY, TOOLS);
        GenericKubernetesResource policy = resource("""
                apiVersion: admissionregistration.k8s.io/v1
                kind: MutatingAdmissionPolicy
                metadata: {name: impostors-%1$s}
                spec:
                  failurePolicy: Fail
                  reinvocationPolicy: Never
                  matchConstraints:
                    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %1$s}}
                    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
                  matchConditions:
                  - name: sandbox
                    expression: "object.metadata.?labels[?'app.kubernetes.io/managed-by'].orValue('') == 'cofferdam'"
                  mutations:
                  - patchType: JSONPatch
                    jsonPatch:
                      expression: %2$s
                """.formatted(
                        tenant.namespace(),
                        json("[JSONPatch{op: 'add', path: '/spec/containers/0/command', value: ['python3', '-u', '-c', "
                                + json(Scripts.of("client.py", "impostor.py"))
                                + ", string(object.metadata.labels['cofferdam.dev/run'])]}]")));
        GenericKubernetesResource binding = resource("""
                apiVersion: admissionregistration.k8s.io/v1
                kind: MutatingAdmissionPolicyBinding
                metadata: {name: impostors-%1$s}
                spec: {policyName: impostors-%1$s}
                """.formatted(tenant.namespace()));
        Impostors impostors = new Impostors(
                tenant,
                List.of(
                        () -> tenant.client().resource(binding).delete(),
                        () -> tenant.client().resource(policy).delete(),
                        OpenedGate.admission(
                                PodShapeAttacks.POLICY,
                                List.of(tenant.namespace()),
                                () -> trial(tenant).code() == 201)));
        try {
            tenant.client().resource(policy).create();
            tenant.client().resource(binding).create();
            await().atMost(Tenant.PATIENCE).until(() -> trial(tenant).body().contains("python3"));
            return impostors;
        } catch (RuntimeException | Error failure) {
            impostors.close();
            throw failure;
        }
    }

    /** Creates a run, and waits until an impostor's pod is claimed for it. */
    ToolRun create(String name, RunRequest call) {
        return create(Map.of(name, call)).getFirst();
    }

    /** The same of many at once, by their names. */
    List<ToolRun> create(Map<String, RunRequest> calls) {
        List<ToolRun> made = calls.entrySet().stream()
                .map(call -> tenant.create(call.getKey(), call.getValue()))
                .toList();
        return made.stream()
                .map(run -> claimed(run, calls.get(run.getMetadata().getName())))
                .toList();
    }

    /**
     * An impostor's pod is not as planned. So where the controller has to take a step again between the pod and its claim, as on a busy machine, it finds a stranger's pod in the place of the
     * run's own, which it must not claim: then the run is made anew.
     */
    private ToolRun claimed(ToolRun made, RunRequest call) {
        ToolRun run = tenant.until(made, Impostors::isClaimedOrOver);
        boolean isTaken = run.getStatus().attempts().isEmpty()
                && Tenant.condition(run, "Finished").getReason().equals(Reason.PodNameTaken.name());
        if (!isTaken) {
            return run;
        }
        tenant.resource(run).delete();
        await().atMost(Tenant.PATIENCE).until(() -> tenant.resource(run).get() == null);
        return claimed(tenant.create(run.getMetadata().getName(), call), call);
    }

    private static boolean isClaimedOrOver(ToolRun run) {
        return run.getStatus() != null
                && (!run.getStatus().attempts().isEmpty()
                        || Boolean.TRUE.equals(run.getStatus().settled()));
    }

    /** What the API server would make of a pod of the controller. */
    private static Caller.Answer trial(Tenant tenant) {
        return Caller.CONTROLLER.send(
                "POST",
                "/api/v1/namespaces/" + tenant.namespace() + "/pods?dryRun=All",
                Attack.JSON,
                Attacks.pod("""
                        "name":"cofferdam-trial","labels":{"app.kubernetes.io/managed-by":"cofferdam","cofferdam.dev/run":"trial"}""", ""));
    }

    private static GenericKubernetesResource resource(String yaml) {
        return Serialization.unmarshal(yaml, GenericKubernetesResource.class);
    }

    /** A string of JSON is one of YAML and one of CEL, too. */
    private static String json(String text) {
        try {
            return new ObjectMapper().writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("every string can be written", e);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable each : opened) {
            try {
                each.close();
            } catch (Exception e) {
                throw new IllegalStateException("a gate stays open", e);
            }
        }
    }
}
