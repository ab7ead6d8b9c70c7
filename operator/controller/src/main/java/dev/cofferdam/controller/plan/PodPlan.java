package dev.cofferdam.controller.plan;

import dev.cofferdam.api.v1alpha1.ClaimSource;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.GrantedSecret;
import dev.cofferdam.api.v1alpha1.SupervisorSource;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Origin;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.VolumeProjectionBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The pod of one attempt. It carries nothing of what the run asks for: arguments, environment and stdin travel by the run channel, to the pod that the claim
 * names, and of the secrets and the source of its workspace only where they are. One shape for every run; an admission policy holds the controller to it.
 */
public final class PodPlan {
    static final String BIN = "/.cofferdam/bin";
    static final String TOKEN_DIRECTORY = "/.cofferdam/token";
    static final String TOKEN_FILE = "token";
    static final String SECRETS_DIRECTORY = "/.cofferdam/secrets";
    static final String DIRECTORY = "/.cofferdam/";
    static final long USER = 65532;

    private static final String BIN_VOLUME = "supervisor";
    private static final String TOKEN_VOLUME = "token";
    private static final String SECRETS_VOLUME = "secrets";
    private static final String WORKSPACE_VOLUME = "workspace";
    private static final String FILES_VOLUME = "files";
    private static final long TOKEN_SECONDS = 600;
    private static final long BRINGING_SECONDS = 60;
    private static final Duration PATIENCE_MOST = Duration.ofMinutes(1);

    /** Files of the kubelet are root's; the supervisor reads them by the pod's group. */
    private static final int GROUP_READS = 0440;

    private static final long GRACE_SECONDS = 2;
    private static final Quantity BIN_SIZE = new Quantity("64Mi");

    private PodPlan() {}

    /** @param image the tool's */
    public static Pod plan(ToolRun run, int attempt, String image, Effective effective, SandboxSettings settings) {
        Map<String, Quantity> resources = Map.of(
                "cpu", effective.limits().cpu(), "memory", effective.limits().memory());
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(run.getMetadata().getNamespace())
                .withName(Names.podName(run.getMetadata().getUid(), attempt))
                .withLabels(Ownership.labels(run))
                .withOwnerReferences(Ownership.reference(run))
                .endMetadata()
                .withSpec(confined())
                .editSpec()
                .withRuntimeClassName(effective.runtimeClassName())
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(GRACE_SECONDS)
                .withActiveDeadlineSeconds(deadlineSeconds(effective, settings) + bringing(run) + keeping(effective))
                .editSecurityContext()
                .withFsGroup(USER)
                .endSecurityContext()
                .withInitContainers(installers(settings, resources))
                .withContainers(tool(image, effective.secrets(), workspace(run), settings, resources))
                .withVolumes(supervisor(settings), token())
                .addAllToVolumes(secrets(effective.secrets()))
                .addAllToVolumes(workspace(run))
                .endSpec()
                .build();
    }

    /** The kubelet's backstop, from the moment it accepts the pod: above all that the supervisor needs to end the run by itself. */
    public static long deadlineSeconds(Effective effective, SandboxSettings settings) {
        long timeout = Math.ceilDiv(effective.limits().timeoutMillis(), 1000L);
        return settings.startAllowance().toSeconds()
                + timeout
                + settings.endMargin().toSeconds();
    }

    /** The most that a pod's deadline gives above the timeout of its tool, where nothing is planned to be kept frozen. */
    public static Duration slack(Duration startAllowance, Duration endMargin) {
        return startAllowance.plus(endMargin).plusSeconds(BRINGING_SECONDS);
    }

    /** How long a supervisor tries without a channel: a minute; and no longer than its container had to start in, because the gateway goes by a part of it to tell what starts late. */
    public static Duration patience(Duration startAllowance) {
        return startAllowance.compareTo(PATIENCE_MOST) < 0 ? startAllowance : PATIENCE_MOST;
    }

    /** What the tool has changed is read and brought to the gateway after its end, which takes the supervisor at most as long. */
    private static long bringing(ToolRun run) {
        return Origin.commit(run.getSpec()) == Commit.Never ? 0 : BRINGING_SECONDS;
    }

    /** A pod's deadline can only be made shorter, and the kubelet ends a frozen one at it, too: so time to keep it is there from the beginning. */
    private static long keeping(Effective effective) {
        return effective.quarantineKeepMillis() == null ? 0 : Math.ceilDiv(effective.quarantineKeepMillis(), 1000L);
    }

    private static Container tool(
            String image,
            List<GrantedSecret> secrets,
            List<Volume> workspace,
            SandboxSettings settings,
            Map<String, Quantity> resources) {
        return new ContainerBuilder()
                .withName(Names.CONTAINER)
                .withImage(image)
                .withImagePullPolicy("IfNotPresent")
                .withCommand(BIN + "/supervisor")
                .withEnv(
                        new EnvVar("COFFERDAM_GATEWAY", settings.gatewayAddress(), null),
                        new EnvVar("COFFERDAM_GATEWAY_NAME", Names.GATEWAY_SERVER_NAME, null),
                        new EnvVar("COFFERDAM_GATEWAY_CA", settings.gatewayCa(), null),
                        new EnvVar(
                                "COFFERDAM_DEADLINE_SECONDS",
                                Long.toString(
                                        patience(settings.startAllowance()).toSeconds()),
                                null))
                .withNewResources()
                .withRequests(resources)
                .withLimits(resources)
                .endResources()
                .withSecurityContext(restricted())
                .withVolumeMounts(mount(BIN_VOLUME, BIN, true), mount(TOKEN_VOLUME, TOKEN_DIRECTORY, true))
                .addAllToVolumeMounts(
                        secrets.isEmpty() ? List.of() : List.of(mount(SECRETS_VOLUME, SECRETS_DIRECTORY, true)))
                .addAllToVolumeMounts(workspace.stream()
                        .map(volume -> mount(volume.getName(), DIRECTORY + volume.getName(), true))
                        .toList())
                .build();
    }

    /** Where the cluster cannot mount an image: the supervisor copies itself into the volume. */
    private static List<Container> installers(SandboxSettings settings, Map<String, Quantity> resources) {
        if (settings.supervisorSource() == SupervisorSource.ImageVolume) {
            return List.of();
        }
        return List.of(new ContainerBuilder()
                .withName("supervisor")
                .withImage(settings.supervisorImage())
                .withImagePullPolicy("IfNotPresent")
                .withCommand("/supervisor", "install", BIN)
                .withNewResources()
                .withRequests(resources)
                .withLimits(resources)
                .endResources()
                .withSecurityContext(restricted())
                .withVolumeMounts(mount(BIN_VOLUME, BIN, false))
                .build());
    }

    /** What holds for every pod of ours: no account, no address of the cluster, nothing of the node, no root. */
    static PodSpec confined() {
        return new PodSpecBuilder()
                .withServiceAccountName("default")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withHostNetwork(false)
                .withHostPID(false)
                .withHostIPC(false)
                .withDnsPolicy("None")
                .withNewDnsConfig()
                .withNameservers("127.0.0.1")
                .endDnsConfig()
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withRunAsGroup(USER)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .build();
    }

    static SecurityContext restricted() {
        return new SecurityContextBuilder()
                .withRunAsNonRoot(true)
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .build();
    }

    private static Volume supervisor(SandboxSettings settings) {
        VolumeBuilder volume = new VolumeBuilder().withName(BIN_VOLUME);
        return settings.supervisorSource() == SupervisorSource.ImageVolume
                ? volume.withNewImage()
                        .withReference(settings.supervisorImage())
                        .withPullPolicy("IfNotPresent")
                        .endImage()
                        .build()
                : volume.withNewEmptyDir().withSizeLimit(BIN_SIZE).endEmptyDir().build();
    }

    private static Volume token() {
        return new VolumeBuilder()
                .withName(TOKEN_VOLUME)
                .withNewProjected()
                .withDefaultMode(GROUP_READS)
                .addNewSource()
                .withNewServiceAccountToken()
                .withAudience(Names.AUDIENCE)
                .withExpirationSeconds(TOKEN_SECONDS)
                .withPath(TOKEN_FILE)
                .endServiceAccountToken()
                .endSource()
                .endProjected()
                .build();
    }

    /** One file a secret, named as the run asked for it. Optional, because a pod that waits for a missing one hangs: the supervisor tells of it. */
    private static List<Volume> secrets(List<GrantedSecret> secrets) {
        if (secrets.isEmpty()) {
            return List.of();
        }
        return List.of(new VolumeBuilder()
                .withName(SECRETS_VOLUME)
                .withNewProjected()
                .withDefaultMode(GROUP_READS)
                .withSources(secrets.stream().map(PodPlan::source).toList())
                .endProjected()
                .build());
    }

    private static VolumeProjection source(GrantedSecret granted) {
        return new VolumeProjectionBuilder()
                .withNewSecret()
                .withName(granted.secret())
                .withOptional(true)
                .addNewItem()
                .withKey(granted.key())
                .withPath(granted.name())
                .endItem()
                .endSecret()
                .build();
    }

    /** What the workspace begins with, where that is not in the job. */
    private static List<Volume> workspace(ToolRun run) {
        return Stream.concat(
                        Origin.claim(run.getSpec()).map(PodPlan::claim).stream(),
                        Origin.configMap(run.getSpec()).map(PodPlan::configMap).stream())
                .toList();
    }

    /**
     * All of the volume: which directory is meant, the supervisor looks itself, because the kubelet would make a sub-path that is not there. Read-only as a volume, too,
     * and not only where it is mounted: otherwise the kubelet would give its files to the pod's group.
     */
    private static Volume claim(ClaimSource claim) {
        return new VolumeBuilder()
                .withName(WORKSPACE_VOLUME)
                .withNewPersistentVolumeClaim()
                .withClaimName(claim.claimName())
                .withReadOnly(true)
                .endPersistentVolumeClaim()
                .build();
    }

    /** By the kubelet, as secrets: no part of ours may read ConfigMaps. Optional as they are, for the same reason. */
    private static Volume configMap(String name) {
        return new VolumeBuilder()
                .withName(FILES_VOLUME)
                .withNewProjected()
                .withDefaultMode(GROUP_READS)
                .addNewSource()
                .withNewConfigMap()
                .withName(name)
                .withOptional(true)
                .endConfigMap()
                .endSource()
                .endProjected()
                .build();
    }

    static VolumeMount mount(String volume, String path, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(volume)
                .withMountPath(path)
                .withReadOnly(readOnly)
                .build();
    }
}
