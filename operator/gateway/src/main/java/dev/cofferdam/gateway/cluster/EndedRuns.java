package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.record.EndedStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;

/** What a gateway remembers of runs that have ended. */
final class EndedRuns {
    private EndedRuns() {}

    /** The run without what its tool said and what it changed, where there are facts of it; nobody here writes those again. */
    static ToolRun lean(ToolRun run) {
        if (run.getStatus() == null || run.getStatus().result() == null) {
            return run;
        }
        ToolRun lean = new ToolRun();
        lean.setMetadata(run.getMetadata());
        lean.setSpec(run.getSpec());
        lean.setStatus(EndedStatus.withoutOutputAndItems(run.getStatus()));
        return lean;
    }

    /** The informer's own memory: what it has told is kept elsewhere, so it need only know what is there. */
    static BasicItemStore<GenericKubernetesResource> names() {
        return new BasicItemStore<>(Cache::metaNamespaceKeyFunc) {
            @Override
            public GenericKubernetesResource put(String key, GenericKubernetesResource run) {
                GenericKubernetesResource name = new GenericKubernetesResource();
                name.setApiVersion(run.getApiVersion());
                name.setKind(run.getKind());
                name.setMetadata(run.getMetadata());
                return super.put(key, name);
            }
        };
    }
}
