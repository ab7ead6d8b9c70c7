package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.Connections;
import dev.cofferdam.policy.Halt;
import java.lang.ref.WeakReference;
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
     * All that it follows from.
     *
     * @param stage of the namespace
     * @param halt of the namespace
     */
    record From(ToolRun run, SandboxPolicy policy, Optional<String> stage, Optional<Halt> halt) {
        private int rules() {
            Effective claimed = run.getStatus() == null ? null : run.getStatus().effective();
            return OWN
                    + (claimed == null
                            ? 0
                            : claimed.network().size() + claimed.networkDenied().size());
        }
    }

    /**
     * Objects of the view are replaced, and never changed, so they are compared as objects. Once the view has let them go nobody comes with them again: what is kept
     * here does not hold them, for a run has its arguments and files with it.
     */
    private record Found(
            WeakReference<ToolRun> run,
            WeakReference<SandboxPolicy> policy,
            Optional<String> stage,
            Optional<Halt> halt,
            int rules,
            Connections connections) {
        private static Found of(From from, Connections connections) {
            return new Found(
                    new WeakReference<>(from.run),
                    new WeakReference<>(from.policy),
                    from.stage,
                    from.halt,
                    from.rules(),
                    connections);
        }

        private boolean isOf(From from) {
            return run.refersTo(from.run)
                    && policy.refersTo(from.policy)
                    && stage.equals(from.stage)
                    && halt.equals(from.halt);
        }
    }

    private final Map<String, Found> kept = new LinkedHashMap<>(16, 0.75f, true);
    private int rules;

    /** @param find what may be, where that is not known */
    Connections of(String podUid, From from, Supplier<Connections> find) {
        synchronized (kept) {
            Found known = kept.get(podUid);
            if (known != null && known.isOf(from)) {
                return known.connections();
            }
        }
        Connections found = find.get();
        keep(podUid, Found.of(from, found));
        return found;
    }

    private void keep(String podUid, Found found) {
        synchronized (kept) {
            Found before = kept.put(podUid, found);
            rules += found.rules() - (before == null ? 0 : before.rules());
            Iterator<Found> eldest = kept.values().iterator();
            while (rules > RULES_MOST) {
                rules -= eldest.next().rules();
                eldest.remove();
            }
        }
    }
}
