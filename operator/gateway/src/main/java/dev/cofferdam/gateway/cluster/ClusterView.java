package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Undecided;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Pods of ours, unsettled runs, policies, and namespaces that are stopped or have a stage, as far as the API server has told. Behind it by moments; what must be exact is read live. Thread-safe.
 */
public final class ClusterView {
    static final int GONE_MOST = 10_000;

    private final Map<String, Pod> pods = new ConcurrentHashMap<>();
    private final Map<String, ToolRun> runs = new ConcurrentHashMap<>();
    private final Map<String, Known> policies = new ConcurrentHashMap<>();
    private final Map<String, String> states = new ConcurrentHashMap<>();
    private final Map<String, Optional<String>> stages = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> changes = new ConcurrentHashMap<>();

    /** Policies that are gone, by their keys, those that went first ahead; only runs that began before ask for them. */
    private final LinkedHashSet<String> gone = new LinkedHashSet<>();

    /** A policy as it was last seen; after its deletion no more of it than tells it from others of its name. */
    private record Known(SandboxPolicy policy, boolean deleted) {}

    Optional<Pod> pod(String uid) {
        return Optional.ofNullable(pods.get(uid));
    }

    Optional<ToolRun> run(String uid) {
        return Optional.ofNullable(runs.get(uid));
    }

    /** The policy; empty where none was seen yet. */
    Optional<SandboxPolicy> policy(String namespace, String name) {
        return Optional.ofNullable(policies.get(key(namespace, name)))
                .filter(known -> !known.deleted())
                .map(Known::policy);
    }

    /** Whether the policy was seen going. One that was never seen may only be late. */
    boolean policyDeleted(String namespace, String name) {
        return Optional.ofNullable(policies.get(key(namespace, name)))
                .map(Known::deleted)
                .orElse(false);
    }

    /** What stops all runs of a namespace. */
    Optional<Halt> halt(String namespace) {
        return Halt.of(namespace, name -> Optional.ofNullable(states.get(name)));
    }

    /** A namespace with the label {@link Names#STATE_LABEL}. */
    void put(Namespace stopped) {
        states.put(
                stopped.getMetadata().getName(),
                stopped.getMetadata().getLabels().getOrDefault(Names.STATE_LABEL, ""));
    }

    void remove(Namespace noLongerStopped) {
        states.remove(noLongerStopped.getMetadata().getName());
    }

    /** The stage of a namespace; empty where it has none. */
    Optional<String> stage(String namespace) {
        return stages.getOrDefault(namespace, Optional.empty());
    }

    /** A namespace with the label {@link Names#STAGE_LABEL}. */
    void putStaged(Namespace staged) {
        stages.put(staged.getMetadata().getName(), Optional.of(stageOf(staged)));
    }

    /** The same, read live: where the watch has told nothing of it, not even that the label is gone. */
    void putStagedRead(Namespace staged) {
        stages.putIfAbsent(staged.getMetadata().getName(), Optional.of(stageOf(staged)));
    }

    static String stageOf(Namespace staged) {
        return staged.getMetadata().getLabels().getOrDefault(Names.STAGE_LABEL, "");
    }

    void removeStaged(Namespace noLongerStaged) {
        stages.put(noLongerStaged.getMetadata().getName(), Optional.empty());
    }

    /** Completes at the next change of this pod or of the run that owns it. To be asked for before looking, so that no change falls in between. */
    CompletableFuture<Void> change(String podUid) {
        return changes.computeIfAbsent(podUid, uid -> new CompletableFuture<>());
    }

    /** Nobody waits for this change any longer. */
    void forget(String podUid, CompletableFuture<Void> change) {
        changes.remove(podUid, change);
    }

    void put(Pod pod) {
        pods.put(pod.getMetadata().getUid(), pod);
        changed(pod.getMetadata().getUid());
    }

    void remove(Pod pod) {
        pods.remove(pod.getMetadata().getUid());
        changed(pod.getMetadata().getUid());
    }

    void put(ToolRun run) {
        runs.put(run.getMetadata().getUid(), EndedRuns.lean(run));
        if (run.getStatus() != null) {
            run.getStatus().attempts().forEach(attempt -> {
                if (attempt.podUID() != null) {
                    changed(attempt.podUID());
                }
            });
        }
    }

    void removeRun(String uid) {
        runs.remove(uid);
    }

    /** Runs whose changes are kept, and that nobody has decided about. */
    Set<Undecided> undecided() {
        return runs.values().stream()
                .filter(run -> run.getStatus() != null
                        && run.getStatus().changes() != null
                        && run.getStatus().changes().contents() != null)
                .map(run -> new Undecided(
                        run.getMetadata().getNamespace(), run.getMetadata().getUid()))
                .collect(Collectors.toSet());
    }

    /** Takes a policy as the watch tells it, unless a newer one is known: a live read can be ahead of the watch. */
    void put(SandboxPolicy policy) {
        policies.merge(
                key(policy), new Known(policy, false), (known, now) -> older(policy, known.policy()) ? known : now);
    }

    /**
     * Takes a policy that was read live, where it is newer for certain. The watch may have overtaken the read, with a deletion, or with what stops a tool and leaves the generation as it is; no
     * event would correct that any more. Of one generation, nothing but the watch says which is the later (resource versions are for equality alone).
     */
    void putRead(SandboxPolicy policy) {
        policies.merge(key(policy), new Known(policy, false), (known, read) -> isNewer(policy, known) ? read : known);
    }

    private static boolean isNewer(SandboxPolicy read, Known known) {
        return sameUid(read, known.policy())
                ? !known.deleted() && generation(read) > generation(known.policy())
                : created(read, known.policy()) > 0 || known.deleted() && created(read, known.policy()) == 0;
    }

    void removePolicy(SandboxPolicy policy) {
        Known now = policies.merge(
                key(policy),
                new Known(trace(policy), true),
                (known, trace) -> sameUid(policy, known.policy()) ? trace : known);
        if (now.deleted()) {
            remember(key(policy));
        }
    }

    /** Whoever makes and deletes policies fills nobody's memory. */
    private void remember(String key) {
        synchronized (gone) {
            gone.remove(key);
            gone.add(key);
            if (gone.size() > GONE_MOST) {
                policies.computeIfPresent(gone.removeFirst(), (eldest, known) -> known.deleted() ? null : known);
            }
        }
    }

    /** Which policy it was, without what its author wrote, which may be a lot. */
    static SandboxPolicy trace(SandboxPolicy policy) {
        SandboxPolicy trace = new SandboxPolicy();
        trace.setMetadata(new ObjectMetaBuilder()
                .withNamespace(policy.getMetadata().getNamespace())
                .withName(policy.getMetadata().getName())
                .withUid(policy.getMetadata().getUid())
                .withGeneration(policy.getMetadata().getGeneration())
                .withCreationTimestamp(policy.getMetadata().getCreationTimestamp())
                .build());
        return trace;
    }

    private void changed(String podUid) {
        CompletableFuture<Void> change = changes.remove(podUid);
        if (change != null) {
            change.complete(null);
        }
    }

    private static boolean older(HasMetadata one, HasMetadata other) {
        return sameUid(one, other) ? generation(one) < generation(other) : created(one, other) < 0;
    }

    /** Which was made first; in whole seconds. */
    private static int created(HasMetadata one, HasMetadata other) {
        return one.getMetadata()
                .getCreationTimestamp()
                .compareTo(other.getMetadata().getCreationTimestamp());
    }

    private static boolean sameUid(HasMetadata one, HasMetadata other) {
        return one.getMetadata().getUid().equals(other.getMetadata().getUid());
    }

    private static long generation(HasMetadata object) {
        Long generation = object.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }

    private static String key(HasMetadata object) {
        return key(object.getMetadata().getNamespace(), object.getMetadata().getName());
    }

    private static String key(String namespace, String name) {
        return namespace + "/" + name;
    }

    /** The run that controls a pod. */
    static Optional<OwnerReference> owner(Pod pod) {
        return pod.getMetadata().getOwnerReferences().stream()
                .filter(owner -> Boolean.TRUE.equals(owner.getController())
                        && owner.getKind().equals(HasMetadata.getKind(ToolRun.class))
                        && owner.getApiVersion().equals(HasMetadata.getApiVersion(ToolRun.class)))
                .findFirst();
    }
}
