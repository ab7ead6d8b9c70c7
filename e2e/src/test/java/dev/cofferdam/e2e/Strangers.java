package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What somebody with {@code edit} rights does in the tenant's namespace, and the gates that are opened for him there. */
final class Strangers {
    static final String SECRET = "only-for-the-tool";
    private static final String AS_STRANGER = "--as=" + Caller.DEVELOPER.user();

    private Strangers() {}

    /** Runs that go on until somebody ends them. */
    static void withLongRuns(Tenant tenant) {
        tenant.withDeveloper().policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 600s"));
    }

    /** A claimed pod of an impostor that does nothing. */
    static ToolRun idle(Impostors impostors) {
        return impostors.create("idle", tool("python", SECRET));
    }

    static OpenedGate mintable(Tenant tenant) {
        String path = "/api/v1/namespaces/" + tenant.namespace() + "/serviceaccounts/default/token";
        return OpenedGate.admission(
                "cofferdam-tokens",
                List.of(tenant.namespace()),
                () -> Caller.DEVELOPER
                                .send("POST", path, Attack.JSON, "{\"spec\":{\"audiences\":[\"cofferdam\"]}}")
                                .code()
                        == 201);
    }

    static OpenedGate creatable(Tenant tenant, String policy, String metadata) {
        String path = "/api/v1/namespaces/" + tenant.namespace() + "/pods?dryRun=All";
        return OpenedGate.admission(
                policy,
                List.of(tenant.namespace()),
                () -> !Caller.DEVELOPER
                        .send("POST", path, Attack.JSON, Attacks.pod(metadata, ""))
                        .body()
                        .contains(policy));
    }

    /** A pod that is not there is not found, once its name is let in. */
    static OpenedGate enterable(Tenant tenant) {
        String path = "/api/v1/namespaces/" + tenant.namespace() + "/pods/cofferdam-x/exec?command=id&stdout=true";
        return OpenedGate.admission(
                "cofferdam-pod-access",
                List.of(tenant.namespace()),
                () -> !Caller.DEVELOPER.send("GET", path, "", "").body().contains("cofferdam-pod-access"));
    }

    static String minted(Tenant tenant, Pod pod, String audience) {
        Kubectl.Answer token = tenant.kubectl(
                "create",
                "token",
                "default",
                "--audience=" + audience,
                "--bound-object-kind=Pod",
                "--bound-object-name=" + pod.getMetadata().getName(),
                AS_STRANGER);
        assertThat(token.exitCode()).as(token.text()).isZero();
        return token.text().strip();
    }

    /** What a program prints that the stranger runs in a sandbox pod, beside its supervisor and outside its box. */
    static String inside(Tenant tenant, Pod pod, String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "exec",
                pod.getMetadata().getName(),
                AS_STRANGER,
                "--",
                "python3",
                "-c",
                Scripts.of("client.py", script),
                gateway(tenant)));
        command.addAll(List.of(arguments));
        await().atMost(Tenant.PATIENCE)
                .until(() -> tenant.kubectl("exec", pod.getMetadata().getName(), AS_STRANGER, "--", "true")
                                .exitCode()
                        == 0);
        return tenant.kubectl(command.toArray(String[]::new)).text();
    }

    static String gateway(Tenant tenant) {
        return tenant.client()
                        .services()
                        .inNamespace(Names.SYSTEM_NAMESPACE)
                        .withName(Names.GATEWAY)
                        .get()
                        .getSpec()
                        .getClusterIP()
                + ":" + Names.CHANNEL_PORT;
    }

    static Pod strangersPod(Tenant tenant, String name, String metadata, String volume, List<String> arguments) {
        return strangersPod(tenant, name, metadata, volume, arguments, "stranger.py");
    }

    /** A pod of the stranger, without gVisor, that runs a script. */
    static Pod strangersPod(
            Tenant tenant, String name, String metadata, String volume, List<String> arguments, String script) {
        List<String> command = Stream.concat(
                        Stream.of("python3", "-u", "-c", Scripts.of("client.py", script)), arguments.stream())
                .toList();
        Pod pod = Serialization.unmarshal(pod(name, metadata, command, volume), Pod.class);
        Caller.Answer made = Caller.DEVELOPER.send(
                "POST", "/api/v1/namespaces/" + tenant.namespace() + "/pods", Attack.JSON, Serialization.asJson(pod));
        assertThat(made.code()).as(made.body()).isEqualTo(201);
        return Serialization.unmarshal(made.body(), Pod.class);
    }

    /**
     * A pod that runs a command without gVisor, as YAML.
     *
     * @param metadata lines besides the name
     * @param volume what is at /token
     */
    static String pod(String name, String metadata, List<String> command, String volume) {
        return """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: %s
                  %s
                spec:
                  restartPolicy: Never
                  automountServiceAccountToken: false
                  terminationGracePeriodSeconds: 0
                  securityContext: {runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: {type: RuntimeDefault}}
                  containers:
                  - name: tool
                    image: cofferdam.local/python:1
                    command: %s
                    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
                    volumeMounts: [{name: token, mountPath: /token}]
                  volumes:
                  - {name: token, %s}
                """.formatted(name, metadata, Serialization.asJson(command), volume);
    }

    /** What a pod of the stranger printed, when it has ended. */
    static String ended(Tenant tenant, Pod pod) {
        tenant.client()
                .pods()
                .inNamespace(tenant.namespace())
                .withName(pod.getMetadata().getName())
                .waitUntilCondition(
                        now -> now != null
                                && List.of("Succeeded", "Failed")
                                        .contains(now.getStatus().getPhase()),
                        Tenant.PATIENCE.toSeconds(),
                        java.util.concurrent.TimeUnit.SECONDS);
        return log(tenant, pod);
    }

    static String log(Tenant tenant, Pod pod) {
        return tenant.log(pod.getMetadata().getName());
    }

    static String address(Tenant tenant, Pod pod) {
        return Optional.of(tenant.client()
                        .pods()
                        .inNamespace(tenant.namespace())
                        .withName(pod.getMetadata().getName())
                        .get())
                .orElseThrow()
                .getStatus()
                .getPodIP();
    }
}
