package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Halt;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where the tool of each run may connect to, as it was found last, for as long as all that it follows from is the very same: each request asks several times, and to
 * rule on a run and compile its claim takes longer than all the answers. Those asked for last are kept, as long as their rules together are few enough. Thread-safe;
 * nobody waits while somebody finds out.
 */
final class LastConnections {
    /** Rules of all that is kept, of the claims: some 20 MB. One with more is found out each time. */
    static final int RULES_MOST = 20_000;

    /** What a run takes beside its rules, in rules. */
    private static final int OWN = 20;

    /**
     * All that it follows from. Objects of the view are replaced, and never changed, so they are compared as objects.
     *
     * @param stage of the namespace
     * @param halt of the namespace
     */
    record From(ToolRun run, SandboxPolicy policy, Optional<String> stage, Optional<Halt> halt) {
        private boolean isSame(From other) {
            return run == other.run && policy == other.policy && stage.equals(other.stage) && halt.equals(other.halt);
        }

        private int rules() {
            Effective claimed = run.getStatus() == null ? null : run.getStatus().effective();
            return OWN
                    + (claimed == null
                            ? 0
                            : claimed.network().size() + claimed.networkDenied().size());
        }
    }

    private record Found(From from, Connections connections) {}

    private final Map<String, Found> kept = new LinkedHashMap<>(16, 0.75f, true);
    private int rules;

    /** @param find what may be, where that is not known */
    Connections of(String podUid, From from, Supplier<Connections> find) {
        synchronized (kept) {
            Found known = kept.get(podUid);
            if (known != null && known.from().isSame(from)) {
                return known.connections();
            }
        }
        Connections found = find.get();
        keep(podUid, new Found(from, found));
        return found;
    }

    private void keep(String podUid, Found found) {
        synchronized (kept) {
            Found before = kept.put(podUid, found);
            rules += found.from().rules() - (before == null ? 0 : before.from().rules());
            Iterator<Found> eldest = kept.values().iterator();
            while (rules > RULES_MOST) {
                rules -= eldest.next().from().rules();
                eldest.remove();
            }
        }
    }
}
