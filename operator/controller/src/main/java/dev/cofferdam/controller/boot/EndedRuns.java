package dev.cofferdam.controller.boot;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.record.EndedStatus;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;

/**
 * What the loop remembers of runs. One that has ended and waits for somebody to approve its changes is kept without what its tool said: the controller writes none of that, and
 * whoever copies the outcome of a run reads it live.
 */
final class EndedRuns extends BasicItemStore<ToolRun> {
    EndedRuns() {
        super(Cache::metaNamespaceKeyFunc);
    }

    @Override
    public ToolRun put(String key, ToolRun run) {
        return super.put(key, lean(run));
    }

    static ToolRun lean(ToolRun run) {
        if (run.getStatus() == null
                || run.getStatus().replayOf() != null
                || Lifetime.finishedAt(run).isEmpty()) {
            return run;
        }
        ToolRun lean = new ToolRun();
        lean.setMetadata(run.getMetadata());
        lean.setSpec(run.getSpec());
        lean.setStatus(EndedStatus.withoutOutput(run.getStatus()));
        return lean;
    }
}
