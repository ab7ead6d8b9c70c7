package dev.cofferdam.controller.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.api.v1alpha1.Changes;
import dev.cofferdam.api.v1alpha1.ClaimSource;
import dev.cofferdam.api.v1alpha1.Commitment;
import dev.cofferdam.api.v1alpha1.Contents;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Origin;
import dev.cofferdam.record.ChangedFiles;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pod that writes the approved changes of a run into the volume that they were made from. Nothing of the tool is in it: its program is ours, and what it writes it has
 * from the gateway, by the digest that was approved. On the host's kernel, whose way to open a file below a directory and nowhere else it needs. One shape for every
 * run; an admission policy of its own holds the controller to it.
 */
public final class CommitterPlan {
    /** From the kubelet's acceptance: what is not written by then, another pod writes. */
    public static final long DEADLINE_SECONDS = 600;

    private static final String WORKSPACE_VOLUME = "workspace";
    private static final String TOKEN_VOLUME = "token";
    private static final long TOKEN_SECONDS = 600;

    /** There is no group that the volume is given to, so the token is for everybody in the pod: that is the committer. */
    private static final int ALL_READ = 0444;

    /** It finishes what it has begun to write; nobody may be there to start another. */
    private static final long GRACE_SECONDS = 30;

    private static final Map<String, Quantity> RESOURCES =
            Map.of("cpu", new Quantity("250m"), "memory", new Quantity("384Mi"));
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private CommitterPlan() {}

    /**
     * @param commit what was decided; its pod is not looked at
     * @param gateways {@code ip:port} of every replica: which of them keeps the contents, nobody else knows
     */
    public static Pod plan(ToolRun run, Commitment commit, List<String> gateways, SandboxSettings settings) {
        ClaimSource claim = Origin.claim(run.getSpec()).orElseThrow();
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(run.getMetadata().getNamespace())
                .withName(Names.committerName(run.getMetadata().getUid()))
                .withLabels(Ownership.labels(run))
                .withOwnerReferences(Ownership.reference(run))
                .endMetadata()
                .withSpec(PodPlan.confined())
                .editSpec()
                .withRestartPolicy("OnFailure")
                .withTerminationGracePeriodSeconds(GRACE_SECONDS)
                .withActiveDeadlineSeconds(DEADLINE_SECONDS)
                .withContainers(committer(run, commit, gateways, claim, settings))
                .withVolumes(token(), workspace(claim))
                .endSpec()
                .build();
    }

    private static Container committer(
            ToolRun run, Commitment commit, List<String> gateways, ClaimSource claim, SandboxSettings settings) {
        return new ContainerBuilder()
                .withName(Names.COMMITTER)
                .withImage(settings.supervisorImage())
                .withImagePullPolicy("IfNotPresent")
                .withCommand("/supervisor", "commit")
                .withEnv(
                        new EnvVar("COFFERDAM_GATEWAYS", String.join(",", gateways), null),
                        new EnvVar("COFFERDAM_GATEWAY_NAME", Names.GATEWAY_SERVER_NAME, null),
                        new EnvVar("COFFERDAM_GATEWAY_CA", settings.gatewayCa(), null),
                        new EnvVar("COFFERDAM_COMMIT", order(run, commit, claim), null))
                .withNewResources()
                .withRequests(RESOURCES)
                .withLimits(RESOURCES)
                .endResources()
                .withSecurityContext(PodPlan.restricted())
                .withVolumeMounts(
                        PodPlan.mount(TOKEN_VOLUME, PodPlan.TOKEN_DIRECTORY, true),
                        PodPlan.mount(WORKSPACE_VOLUME, PodPlan.DIRECTORY + WORKSPACE_VOLUME, false))
                .build();
    }

    /** As sandbox-image/channel has it. */
    private static String order(ToolRun run, Commitment commit, ClaimSource claim) {
        Changes changes = run.getStatus().changes();
        Contents contents = changes.contents();
        try {
            return JSON.writeValueAsString(ordered(
                    "run",
                    run.getMetadata().getUid(),
                    "digest",
                    commit.digest(),
                    "contents",
                    ordered("sha256", contents.sha256(), "bytes", contents.bytes()),
                    "shown",
                    shown(changes),
                    "subPath",
                    claim.subPath() == null ? "" : claim.subPath(),
                    "storage",
                    ordered("allow", rules(commit.storage()), "deny", rules(commit.storageDenied()))));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings and numbers always serialise", e);
        }
    }

    /** What whoever approved the digest could see of the set: the committer takes no other for it, where the digest alone is the supervisor's word. */
    private static Map<String, Object> shown(Changes changes) {
        return ordered(
                "added",
                count(changes.added()),
                "modified",
                count(changes.modified()),
                "deleted",
                count(changes.deleted()),
                "items",
                changes.items().size(),
                "digest",
                ChangedFiles.digest(changes.items()));
    }

    private static int count(Integer told) {
        return told == null ? 0 : told;
    }

    private static List<Map<String, Object>> rules(List<GrantedFiles> rules) {
        return rules.stream()
                .map(rule -> ordered(
                        "uri",
                        rule.uri(),
                        "access",
                        rule.access().stream().map(StorageAccess::text).toList()))
                .toList();
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    /** All of the volume, to be written: the committer looks for the sub-path itself, and follows no link on the way. */
    private static Volume workspace(ClaimSource claim) {
        return new VolumeBuilder()
                .withName(WORKSPACE_VOLUME)
                .withNewPersistentVolumeClaim()
                .withClaimName(claim.claimName())
                .endPersistentVolumeClaim()
                .build();
    }

    private static Volume token() {
        return new VolumeBuilder()
                .withName(TOKEN_VOLUME)
                .withNewProjected()
                .withDefaultMode(ALL_READ)
                .addNewSource()
                .withNewServiceAccountToken()
                .withAudience(Names.AUDIENCE)
                .withExpirationSeconds(TOKEN_SECONDS)
                .withPath(PodPlan.TOKEN_FILE)
                .endServiceAccountToken()
                .endSource()
                .endProjected()
                .build();
    }
}
