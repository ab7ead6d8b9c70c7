package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Call;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The runs that are not settled, by what they have in common. The informer's own index leaves a run out for a moment whenever a version of it comes (fabric8's kubernetes-client, issue 7265): for that
 * moment its place would be free. Here a run is there from its first version to its removal. Thread-safe.
 */
public final class RunIndex {
    private enum By {
        NAMESPACE,
        POLICY,
        KEY
    }

    private record Group(By by, String namespace, String name) {}

    private final Map<Group, Map<String, ToolRun>> groups = new ConcurrentHashMap<>();

    /**
     * Notes the newest version of a run.
     *
     * @param id of the run, the same for all its versions
     * @param before what was there under the id; null for the first
     * @param now what is there; null where it is gone
     */
    public void replace(String id, ToolRun before, ToolRun now) {
        Set<Group> kept = groups(now);
        kept.forEach(group -> groups.compute(group, (same, runs) -> with(runs, id, now)));
        Set<Group> left = groups(before);
        left.removeAll(kept);
        left.forEach(group -> groups.computeIfPresent(group, (same, runs) -> without(runs, id)));
    }

    public List<ToolRun> ofNamespace(String namespace) {
        return of(new Group(By.NAMESPACE, namespace, ""));
    }

    public List<ToolRun> ofPolicy(String namespace, String policy) {
        return of(new Group(By.POLICY, namespace, policy));
    }

    /** @param key an idempotency key */
    List<ToolRun> ofKey(String namespace, String key) {
        return of(new Group(By.KEY, namespace, key));
    }

    private List<ToolRun> of(Group group) {
        return new ArrayList<>(groups.getOrDefault(group, Map.of()).values());
    }

    private static Set<Group> groups(ToolRun run) {
        Set<Group> groups = new HashSet<>();
        if (run == null) {
            return groups;
        }
        String namespace = run.getMetadata().getNamespace();
        groups.add(new Group(By.NAMESPACE, namespace, ""));
        if (run.getSpec() != null && run.getSpec().policyRef() != null) {
            groups.add(new Group(By.POLICY, namespace, run.getSpec().policyRef().name()));
        }
        if (run.getSpec() != null && Call.isKeyed(run.getSpec())) {
            groups.add(new Group(By.KEY, namespace, run.getSpec().idempotencyKey()));
        }
        return groups;
    }

    private static Map<String, ToolRun> with(Map<String, ToolRun> runs, String id, ToolRun run) {
        Map<String, ToolRun> all = runs == null ? new ConcurrentHashMap<>() : runs;
        all.put(id, run);
        return all;
    }

    private static Map<String, ToolRun> without(Map<String, ToolRun> runs, String id) {
        runs.remove(id);
        return runs.isEmpty() ? null : runs;
    }
}
