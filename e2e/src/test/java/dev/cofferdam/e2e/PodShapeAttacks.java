package dev.cofferdam.e2e;

import dev.cofferdam.e2e.tenant.Caller;
import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.HostAliasBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ProjectedVolumeSource;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What somebody who has the controller's account would do to the one pod that it may make. */
final class PodShapeAttacks {
    static final String POLICY = "cofferdam-pod-shape";

    /** The volume of a run that was granted one secret. */
    static final String SINGLE =
            "defaultMode: 288\nsources: [{secret: {name: any, items: [{key: k, path: a}], optional: true}}]";

    /** The volume of a run whose workspace begins with a claim. */
    static final String CLAIM = "persistentVolumeClaim: {claimName: any, readOnly: true}";

    /** The files of a run whose workspace begins with a ConfigMap. */
    static final String MAP = "defaultMode: 288\nsources: [{configMap: {name: any, optional: true}}]";

    /** In the order in which a reader may look for them. */
    static final List<Change> ALL = List.of(
            new Change("no sandbox", pod -> {
                pod.getSpec().setRuntimeClassName(null);
                pod.getSpec().setOverhead(null);
            }),
            new Change("the network of the node", pod -> pod.getSpec().setHostNetwork(true)),
            new Change("the processes of the node", pod -> pod.getSpec().setHostPID(true)),
            new Change("the shared memory of the node", pod -> pod.getSpec().setHostIPC(true)),
            new Change("a node of choice", pod -> pod.getSpec().setNodeName("node1")),
            new Change("a priority of the system", pod -> {
                pod.getSpec().setPriority(null);
                pod.getSpec().setPriorityClassName("system-node-critical");
            }),
            new Change("another account", pod -> pod.getSpec().setServiceAccountName("admin")),
            new Change("a token of the API", pod -> pod.getSpec().setAutomountServiceAccountToken(true)),
            new Change("variables of services", pod -> pod.getSpec().setEnableServiceLinks(true)),
            new Change("DNS", pod -> pod.getSpec().getDnsConfig().setNameservers(List.of("10.96.0.10"))),
            new Change(
                    "names of hosts",
                    pod -> pod.getSpec()
                            .setHostAliases(List.of(new HostAliasBuilder()
                                    .withIp("10.0.0.1")
                                    .withHostnames("gateway")
                                    .build()))),
            new Change("no deadline", pod -> pod.getSpec().setActiveDeadlineSeconds(null)),
            new Change("restarts", pod -> pod.getSpec().setRestartPolicy("Always")),
            new Change("root", pod -> pod.getSpec().getSecurityContext().setRunAsUser(0L)),
            new Change("another user", pod -> tool(pod).getSecurityContext().setRunAsUser(1000L)),
            new Change(
                    "another group", pod -> pod.getSpec().getSecurityContext().setSupplementalGroups(List.of(0L))),
            new Change(
                    "no seccomp",
                    pod -> pod.getSpec()
                            .getSecurityContext()
                            .getSeccompProfile()
                            .setType("Unconfined")),
            new Change(
                    "a capability",
                    pod -> tool(pod)
                            .getSecurityContext()
                            .setCapabilities(new Capabilities(List.of("NET_ADMIN"), List.of("ALL")))),
            new Change("privilege", pod -> {
                tool(pod).getSecurityContext().setPrivileged(true);
                tool(pod).getSecurityContext().setAllowPrivilegeEscalation(null);
            }),
            new Change(
                    "a root file system to write",
                    pod -> tool(pod).getSecurityContext().setReadOnlyRootFilesystem(false)),
            new Change(
                    "no limit of memory",
                    pod -> tool(pod).getResources().setLimits(Map.of("cpu", Quantity.parse("1")))),
            new Change(
                    "more than requested",
                    pod -> tool(pod)
                            .getResources()
                            .setLimits(Map.of("cpu", Quantity.parse("4"), "memory", Quantity.parse("4Gi")))),
            new Change(
                    "a directory of the node",
                    pod -> mount(
                            pod,
                            new VolumeBuilder()
                                    .withName("host")
                                    .withNewHostPath("/", "Directory")
                                    .build())),
            new Change(
                    "a Secret",
                    pod -> mount(
                            pod,
                            new VolumeBuilder()
                                    .withName("secret")
                                    .withNewSecret()
                                    .withSecretName("any")
                                    .endSecret()
                                    .build())),
            new Change(
                    "a Secret among the token's sources",
                    pod -> volume(pod, "token")
                            .getProjected()
                            .setSources(new VolumeBuilder()
                                    .withNewProjected()
                                    .addAllToSources(
                                            volume(pod, "token").getProjected().getSources())
                                    .addNewSource()
                                    .withNewSecret()
                                    .withName("any")
                                    .endSecret()
                                    .endSource()
                                    .endProjected()
                                    .build()
                                    .getProjected()
                                    .getSources())),
            new Change(
                    "another audience",
                    pod -> volume(pod, "token")
                            .getProjected()
                            .getSources()
                            .getFirst()
                            .getServiceAccountToken()
                            .setAudience("https://kubernetes.default.svc.cluster.local")),
            new Change("a whole Secret", pod -> secrets(pod, SINGLE.replace("items: [{key: k, path: a}], ", ""))),
            new Change(
                    "two keys of a Secret",
                    pod -> secrets(pod, SINGLE.replace("path: a}", "path: a}, {key: l, path: b}"))),
            new Change(
                    "a Secret to wait for", pod -> secrets(pod, SINGLE.replace("optional: true", "optional: false"))),
            new Change("a secret with a path", pod -> secrets(pod, SINGLE.replace("path: a", "path: a/b"))),
            new Change(
                    "a secret for all to read",
                    pod -> secrets(pod, SINGLE.replace("defaultMode: 288", "defaultMode: 292"))),
            new Change(
                    "a secret of a mode of its own",
                    pod -> secrets(pod, SINGLE.replace("path: a", "path: a, mode: 511"))),
            new Change(
                    "a ConfigMap among the secrets", pod -> secrets(pod, SINGLE.replace("secret: {", "configMap: {"))),
            new Change("secrets elsewhere", pod -> {
                secrets(pod, SINGLE);
                tool(pod).getVolumeMounts().getLast().setMountPath("/run/secrets");
            }),
            new Change("secrets to write", pod -> {
                secrets(pod, SINGLE);
                tool(pod).getVolumeMounts().getLast().setReadOnly(false);
            }),
            new Change("the token twice in place of the secrets", pod -> {
                secrets(pod, SINGLE);
                tool(pod).getVolumeMounts().getLast().setName("token");
            }),
            new Change("a volume to write", pod -> workspace(pod, CLAIM.replace("readOnly: true", "readOnly: false"))),
            new Change("a directory of the node as workspace", pod -> workspace(pod, "hostPath: {path: /}")),
            new Change("a Secret as workspace", pod -> workspace(pod, "secret: {secretName: any}")),
            new Change("a volume elsewhere", pod -> {
                workspace(pod, CLAIM);
                tool(pod).getVolumeMounts().getLast().setMountPath("/workspace");
            }),
            new Change("a part of a volume", pod -> {
                workspace(pod, CLAIM);
                tool(pod).getVolumeMounts().getLast().setSubPath("made/by/the/kubelet");
            }),
            new Change("a ConfigMap for all to read", pod -> files(pod, MAP.replace("288", "292"))),
            new Change("a ConfigMap to wait for", pod -> files(pod, MAP.replace("optional: true", "optional: false"))),
            new Change(
                    "a Secret as files",
                    pod -> files(pod, "defaultMode: 288\nsources: [{secret: {name: any, optional: true}}]")),
            new Change(
                    "a token among the files",
                    pod -> files(
                            pod, MAP.replace("]", ", {serviceAccountToken: {path: token, expirationSeconds: 600}}]"))),
            new Change("a ConfigMap elsewhere", pod -> {
                files(pod, MAP);
                tool(pod).getVolumeMounts().getLast().setMountPath("/.cofferdam/token/more");
            }),
            new Change("a volume and a ConfigMap", pod -> {
                files(pod, MAP);
                workspace(pod, CLAIM);
            }),
            new Change("two volumes", pod -> {
                workspace(pod, CLAIM);
                workspace(pod, CLAIM);
                pod.getSpec().getVolumes().getLast().setName("second");
                tool(pod).getVolumeMounts().getLast().setName("second");
                tool(pod).getVolumeMounts().getLast().setMountPath("/mnt");
            }),
            new Change("a Secret in place of the supervisor", pod -> {
                volume(pod, "supervisor").setImage(null);
                volume(pod, "supervisor")
                        .setSecret(new VolumeBuilder()
                                .withNewSecret()
                                .withSecretName("any")
                                .endSecret()
                                .build()
                                .getSecret());
            }),
            new Change(
                    "a supervisor to write",
                    pod -> tool(pod).getVolumeMounts().getFirst().setReadOnly(false)),
            new Change("another command", pod -> tool(pod).setCommand(List.of("sh"))),
            new Change("arguments", pod -> tool(pod).setArgs(List.of("-c", "id"))),
            new Change("a variable", pod -> tool(pod).getEnv().add(new EnvVar("LD_PRELOAD", "/tmp/x.so", null))),
            new Change(
                    "a Secret's value",
                    pod -> tool(pod)
                            .getEnv()
                            .set(
                                    0,
                                    new EnvVarBuilder()
                                            .withName("COFFERDAM_GATEWAY")
                                            .withNewValueFrom()
                                            .withNewSecretKeyRef("key", "any", true)
                                            .endValueFrom()
                                            .build())),
            new Change(
                    "a container more",
                    pod -> pod.getSpec()
                            .getContainers()
                            .add(new ContainerBuilder(tool(pod))
                                    .withName("second")
                                    .build())),
            new Change(
                    "a container before",
                    pod -> pod.getSpec()
                            .getInitContainers()
                            .add(new ContainerBuilder(tool(pod))
                                    .withName("first")
                                    .build())),
            new Change(
                    "a port",
                    pod -> tool(pod)
                            .getPorts()
                            .add(new ContainerPortBuilder()
                                    .withContainerPort(80)
                                    .build())),
            new Change(
                    "an annotation", pod -> pod.getMetadata().setAnnotations(Map.of("dev.gvisor.flag.debug", "true"))),
            new Change("no label", pod -> pod.getMetadata().getLabels().remove("app.kubernetes.io/managed-by")),
            new Change("no owner", pod -> pod.getMetadata().setOwnerReferences(List.of())),
            new Change("another owner", pod -> owner(pod).setKind("ConfigMap")),
            new Change("another run", pod -> owner(pod).setUid("00000000-0000-0000-0000-000000000000")),
            new Change("another name", pod -> pod.getMetadata().setName("mine")),
            new Change("kube-system", pod -> pod.getMetadata().setNamespace("kube-system")),
            new Change("cofferdam-system", pod -> pod.getMetadata().setNamespace("cofferdam-system")));

    private PodShapeAttacks() {}

    record Change(String what, Consumer<Pod> change) {}

    /** The pod of a run as the controller sent it, under the name of another attempt. */
    static Pod planned(Scene scene) {
        Pod pod = new PodBuilder(scene.pod())
                .editMetadata()
                .withName("cofferdam-" + scene.run().getMetadata().getUid() + "-9")
                .withUid(null)
                .withResourceVersion(null)
                .withGeneration(null)
                .withCreationTimestamp(null)
                .withManagedFields()
                .endMetadata()
                .editSpec()
                .withNodeName(null)
                .endSpec()
                .withStatus(null)
                .build();
        pod.getMetadata().setAdditionalProperties(Map.of());
        return pod;
    }

    /** The same where the supervisor does not come as an image. */
    static Pod plannedWithInstaller(Scene scene) {
        Pod pod = planned(scene);
        String image = volume(pod, "supervisor").getImage().getReference();
        volume(pod, "supervisor").setImage(null);
        volume(pod, "supervisor")
                .setEmptyDir(new VolumeBuilder()
                        .withNewEmptyDir()
                        .withSizeLimit(Quantity.parse("64Mi"))
                        .endEmptyDir()
                        .build()
                        .getEmptyDir());
        pod.getSpec()
                .getInitContainers()
                .add(new ContainerBuilder(tool(pod))
                        .withName("supervisor")
                        .withImage(image)
                        .withCommand("/supervisor", "install", "/.cofferdam/bin")
                        .withEnv()
                        .withVolumeMounts(new VolumeMountBuilder()
                                .withName("supervisor")
                                .withMountPath("/.cofferdam/bin")
                                .build())
                        .build());
        return pod;
    }

    /** Asks, as the controller, whether this pod could be made. */
    static Caller.Answer tryToMake(Pod pod) {
        return Caller.CONTROLLER.send(
                "POST",
                "/api/v1/namespaces/" + pod.getMetadata().getNamespace() + "/pods?dryRun=All",
                Attack.JSON,
                Serialization.asJson(pod));
    }

    static Caller.Answer tryToMake(Scene scene, Change change) {
        Pod pod = planned(scene);
        change.change().accept(pod);
        return tryToMake(pod);
    }

    private static Container tool(Pod pod) {
        return pod.getSpec().getContainers().getFirst();
    }

    private static OwnerReference owner(Pod pod) {
        return pod.getMetadata().getOwnerReferences().getFirst();
    }

    private static Volume volume(Pod pod, String name) {
        return pod.getSpec().getVolumes().stream()
                .filter(volume -> volume.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The pod of a run that was granted a secret. */
    static Pod plannedWithSecrets(Scene scene) {
        Pod pod = planned(scene);
        secrets(pod, SINGLE);
        return pod;
    }

    /** The pod of a run whose workspace begins with a volume. */
    static Pod plannedWithWorkspace(Scene scene) {
        Pod pod = planned(scene);
        workspace(pod, CLAIM);
        return pod;
    }

    private static void workspace(Pod pod, String source) {
        Volume volume = Serialization.unmarshal("name: workspace\n" + source, Volume.class);
        mount(pod, volume);
        tool(pod).getVolumeMounts().getLast().setMountPath("/.cofferdam/workspace");
        tool(pod).getVolumeMounts().getLast().setReadOnly(true);
    }

    /** The pod of a run whose workspace begins with a ConfigMap. */
    static Pod plannedWithFiles(Scene scene) {
        Pod pod = planned(scene);
        files(pod, MAP);
        return pod;
    }

    private static void files(Pod pod, String projected) {
        mount(
                pod,
                new VolumeBuilder()
                        .withName("files")
                        .withProjected(Serialization.unmarshal(projected, ProjectedVolumeSource.class))
                        .build());
        tool(pod).getVolumeMounts().getLast().setMountPath("/.cofferdam/files");
        tool(pod).getVolumeMounts().getLast().setReadOnly(true);
    }

    private static void secrets(Pod pod, String projected) {
        mount(
                pod,
                new VolumeBuilder()
                        .withName("secrets")
                        .withProjected(Serialization.unmarshal(projected, ProjectedVolumeSource.class))
                        .build());
        tool(pod).getVolumeMounts().getLast().setMountPath("/.cofferdam/secrets");
        tool(pod).getVolumeMounts().getLast().setReadOnly(true);
    }

    private static void mount(Pod pod, Volume volume) {
        pod.getSpec().getVolumes().add(volume);
        tool(pod)
                .getVolumeMounts()
                .add(new VolumeMountBuilder()
                        .withName(volume.getName())
                        .withMountPath("/mnt")
                        .build());
    }
}
