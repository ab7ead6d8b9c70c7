package dev.cofferdam.e2e;

import dev.cofferdam.e2e.PodShapeAttacks.Change;
import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;

/** What somebody who has the controller's account would do to the one pod beside sandboxes that it may make: the one that writes a volume. */
final class CommitterShapeAttacks {
    static final String POLICY = "cofferdam-committer-shape";

    static final List<Change> ALL = List.of(
            new Change("another program", pod -> container(pod).setCommand(List.of("/bin/sh"))),
            new Change("another image", pod -> container(pod).setImage("cofferdam.local/shell:1")),
            new Change("arguments", pod -> container(pod).setArgs(List.of("install", "/x"))),
            new Change("a variable", pod -> container(pod).getEnv().add(new EnvVar("LD_PRELOAD", "/x.so", null))),
            new Change(
                    "a container more",
                    pod -> pod.getSpec()
                            .getContainers()
                            .add(new ContainerBuilder(container(pod))
                                    .withName("second")
                                    .build())),
            new Change(
                    "a container before",
                    pod -> pod.getSpec()
                            .getInitContainers()
                            .add(new ContainerBuilder(container(pod))
                                    .withName("first")
                                    .build())),
            new Change("a directory of the node", pod -> volume(pod, "name: workspace\nhostPath: {path: /}")),
            new Change("a Secret", pod -> volume(pod, "name: workspace\nsecret: {secretName: any}")),
            new Change("a second volume", pod -> pod.getSpec().getVolumes().add(unmarshal("name: more\nemptyDir: {}"))),
            new Change(
                    "a part of the volume",
                    pod -> container(pod).getVolumeMounts().getFirst().setSubPath("made/by/the/kubelet")),
            new Change(
                    "the volume elsewhere",
                    pod -> container(pod).getVolumeMounts().getFirst().setMountPath("/etc")),
            new Change(
                    "another audience",
                    pod -> pod.getSpec()
                            .getVolumes()
                            .get(1)
                            .getProjected()
                            .getSources()
                            .getFirst()
                            .getServiceAccountToken()
                            .setAudience("https://kubernetes.default.svc.cluster.local")),
            new Change("a token of the API", pod -> pod.getSpec().setAutomountServiceAccountToken(true)),
            new Change("another account", pod -> pod.getSpec().setServiceAccountName("admin")),
            new Change("DNS", pod -> pod.getSpec().getDnsConfig().setNameservers(List.of("10.96.0.10"))),
            new Change("the network of the node", pod -> pod.getSpec().setHostNetwork(true)),
            new Change("the processes of the node", pod -> pod.getSpec().setHostPID(true)),
            new Change("a node of choice", pod -> pod.getSpec().setNodeName("node1")),
            new Change("root", pod -> pod.getSpec().getSecurityContext().setRunAsUser(0L)),
            new Change(
                    "the volume for a group",
                    pod -> pod.getSpec().getSecurityContext().setFsGroup(65532L)),
            new Change(
                    "a capability",
                    pod -> container(pod)
                            .getSecurityContext()
                            .setCapabilities(new Capabilities(List.of("DAC_OVERRIDE"), List.of("ALL")))),
            new Change("privilege", pod -> {
                container(pod).getSecurityContext().setPrivileged(true);
                container(pod).getSecurityContext().setAllowPrivilegeEscalation(null);
            }),
            new Change("no deadline", pod -> pod.getSpec().setActiveDeadlineSeconds(null)),
            new Change("restarts for ever", pod -> pod.getSpec().setRestartPolicy("Always")),
            new Change("an annotation", pod -> pod.getMetadata().setAnnotations(Map.of("a", "b"))),
            new Change("no label", pod -> pod.getMetadata().getLabels().remove("app.kubernetes.io/managed-by")),
            new Change("no owner", pod -> pod.getMetadata().setOwnerReferences(List.of())),
            new Change(
                    "another run",
                    pod -> pod.getMetadata()
                            .getOwnerReferences()
                            .getFirst()
                            .setUid("00000000-0000-0000-0000-000000000000")),
            new Change("kube-system", pod -> pod.getMetadata().setNamespace("kube-system")));

    private CommitterShapeAttacks() {}

    /** The pod that the controller would make for a run. */
    static Pod planned(Scene scene) {
        return Serialization.unmarshal(
                """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: %s
                  namespace: %s
                  labels: {app.kubernetes.io/managed-by: cofferdam, app.kubernetes.io/part-of: cofferdam, cofferdam.dev/policy: tools, cofferdam.dev/run: %s}
                  ownerReferences: [{apiVersion: cofferdam.dev/v1alpha1, kind: ToolRun, name: %s, uid: %s, controller: true, blockOwnerDeletion: false}]
                spec:
                  activeDeadlineSeconds: 600
                  automountServiceAccountToken: false
                  dnsConfig: {nameservers: [127.0.0.1]}
                  dnsPolicy: None
                  enableServiceLinks: false
                  restartPolicy: OnFailure
                  securityContext: {runAsGroup: 65532, runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}
                  serviceAccountName: default
                  terminationGracePeriodSeconds: 30
                  containers:
                  - name: committer
                    image: cofferdam.local/sandbox:1
                    command: [/supervisor, commit]
                    env:
                    - {name: COFFERDAM_GATEWAYS, value: "10.0.0.1:8443"}
                    - {name: COFFERDAM_COMMIT, value: "{}"}
                    resources: {limits: {cpu: 250m, memory: 128Mi}, requests: {cpu: 250m, memory: 128Mi}}
                    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, readOnlyRootFilesystem: true, runAsNonRoot: true}
                    volumeMounts:
                    - {mountPath: /.cofferdam/workspace, name: workspace}
                    - {mountPath: /.cofferdam/token, name: token, readOnly: true}
                  volumes:
                  - {name: workspace, persistentVolumeClaim: {claimName: any}}
                  - name: token
                    projected: {defaultMode: 292, sources: [{serviceAccountToken: {audience: cofferdam, expirationSeconds: 600, path: token}}]}
                """.formatted(
                                Names.committerName(scene.run().getMetadata().getUid()),
                                scene.run().getMetadata().getNamespace(),
                                scene.run().getMetadata().getName(),
                                scene.run().getMetadata().getName(),
                                scene.run().getMetadata().getUid()),
                Pod.class);
    }

    static Caller.Answer tryToMake(Scene scene, Change change) {
        Pod pod = planned(scene);
        change.change().accept(pod);
        return PodShapeAttacks.tryToMake(pod);
    }

    private static Container container(Pod pod) {
        return pod.getSpec().getContainers().getFirst();
    }

    private static void volume(Pod pod, String yaml) {
        pod.getSpec().getVolumes().set(0, unmarshal(yaml));
    }

    private static Volume unmarshal(String yaml) {
        return Serialization.unmarshal(yaml, Volume.class);
    }
}
