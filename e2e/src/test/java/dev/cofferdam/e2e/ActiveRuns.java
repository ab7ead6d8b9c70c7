package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.HashSet;
import java.util.Set;

/**
 * The runs of a policy that were claimed and had not ended, by the API server's own events and in their order. Not by an informer: one that lists anew tells of who has begun before it tells of who has
 * ended.
 */
final class ActiveRuns implements Watcher<ToolRun>, AutoCloseable {
    private final String policy;
    private final Watch watch;
    private final Set<String> active = new HashSet<>();
    private Set<String> most = Set.of();
    private WatcherException lost;

    ActiveRuns(Tenant tenant, String policy) {
        this.policy = policy;
        this.watch = tenant.client()
                .resources(ToolRun.class)
                .inNamespace(tenant.namespace())
                .watch(this);
    }

    /** Returns the names of those that were active when most were. */
    synchronized Set<String> most() {
        assertThat(lost).as("what became of the watch").isNull();
        return most;
    }

    @Override
    public synchronized void eventReceived(Action action, ToolRun run) {
        String name = run.getMetadata().getName();
        if (action != Action.DELETED && isActive(run)) {
            active.add(name);
        } else {
            active.remove(name);
        }
        if (active.size() > most.size()) {
            most = Set.copyOf(active);
        }
    }

    private boolean isActive(ToolRun run) {
        return run.getSpec().policyRef().name().equals(policy)
                && run.getStatus() != null
                && !run.getStatus().attempts().isEmpty()
                && !Tenant.condition(run, "Finished").getStatus().equals("True");
    }

    @Override
    public synchronized void onClose(WatcherException cause) {
        lost = cause;
    }

    @Override
    public void close() {
        watch.close();
    }
}
