package dev.cofferdam.controller.boot;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.reconcile.RunIndex;
import dev.cofferdam.controller.status.Lifetime;
import dev.cofferdam.record.EndedStatus;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.function.Consumer;

/**
 * What the loop remembers of runs. One that has ended and waits for somebody to approve its changes is kept without what its tool said: the controller writes none of that, and
 * whoever copies the outcome of a run reads it live.
 */
final class EndedRuns extends BasicItemStore<ToolRun> {
    private final RunIndex index;
    private final Consumer<ToolRun> gone;

    /**
     * @param index is kept as the store is
     * @param gone is told of each run that is forgotten without an end: it was settled at once with that, or deleted. It must not block
     */
    EndedRuns(RunIndex index, Consumer<ToolRun> gone) {
        super(Cache::metaNamespaceKeyFunc);
        this.index = index;
        this.gone = gone;
    }

    @Override
    public ToolRun remove(String key) {
        ToolRun last = super.remove(key);
        index.replace(key, last, null);
        if (last != null && Lifetime.finishedAt(last).isEmpty()) {
            gone.accept(last);
        }
        return last;
    }

    @Override
    public ToolRun put(String key, ToolRun run) {
        ToolRun lean = lean(run);
        ToolRun before = super.put(key, lean);
        index.replace(key, before, lean);
        return before;
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
