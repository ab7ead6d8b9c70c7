package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.AlertStop;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.alert.EndedRun;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.controller.alert.Meanwhile;
import dev.cofferdam.controller.alert.PolicyAlerts;
import dev.cofferdam.policy.AlertRule;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.CompiledPolicy;
import dev.cofferdam.policy.Disablement;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * The alerts of all policies. Each run counts when it has ended, by its status alone, once: what is written down of a policy is a cut through time, before which all runs
 * are counted, and a run is looked at when its end is stored, and again by whoever looks through all runs. Thread-safe.
 */
public final class Alerts {
    /** Policies; one that is forgotten is read from its status again. */
    private static final int POLICIES_MOST = 10_000;

    private final Clock clock;
    private final Compilations compilations;
    private final Consumer<Firing> fired;
    private final OfPolicies<Counted> byPolicy = new OfPolicies<>(POLICIES_MOST);
    private final Counting counting;

    /**
     * What is counted of one policy; also the lock under which its conditions are compiled and asked, so that they keep nobody else waiting. Whoever holds it may
     * take the lock of all, or that of {@link Counting}, and never the other way round.
     */
    private static final class Counted {
        /** Null until somebody asks. */
        private PolicyAlerts alerts;
    }

    private volatile Consumer<SandboxPolicy> changed = policy -> {};
    private volatile Consumer<SandboxPolicy> catchUp = policy -> {};
    private volatile BiFunction<String, String, Optional<SandboxPolicy>> policies =
            (namespace, name) -> Optional.empty();

    /** @param fired is told of each firing as it happens */
    public Alerts(Clock clock, Compilations compilations, Consumer<Firing> fired) {
        this.clock = clock;
        this.compilations = compilations;
        this.fired = fired;
        this.counting = new Counting(clock);
    }

    /**
     * @param changed has a policy's status written
     * @param catchUp has all runs of a policy shown to {@link #seen}, and then says {@link #caughtUp}
     * @param policies as a cache knows them
     */
    void tell(
            Consumer<SandboxPolicy> changed,
            Consumer<SandboxPolicy> catchUp,
            BiFunction<String, String, Optional<SandboxPolicy>> policies) {
        this.changed = changed;
        this.catchUp = catchUp;
        this.policies = policies;
    }

    /** The time for one look at a run. Until that is over, no cut is made behind it. */
    Instant begin(ToolRun run) {
        return counting.begin(uid(run));
    }

    /** What the look came to is known. */
    void over(ToolRun run) {
        counting.over(uid(run));
    }

    /** The end of a run is stored. */
    void ended(ToolRun stored) {
        count(stored, EndedRun.of(stored), true);
    }

    /** A run that may have ended, and may have been counted; or whose tool is at work. */
    void seen(ToolRun run) {
        count(run, EndedRun.of(run), false);
        Meanwhile.of(run).ifPresent(denied -> meanwhile(run, denied));
    }

    /**
     * What a run counts for, if it was deleted now.
     *
     * @param last as it was last seen
     * @return empty where nothing of it was executed
     */
    Optional<EndedRun> asDeleted(ToolRun last) {
        return EndedRun.deleted(last, clock.instant());
    }

    /**
     * A run was deleted before its end was stored: it counts for what is known of it, so that who may delete runs does not thereby keep them from being counted.
     *
     * @param run which one; no more of it is needed
     */
    void deleted(ToolRun run, EndedRun end) {
        count(run, Optional.of(end), true);
    }

    /** Whether a run counts for any alert, and was not counted yet. */
    boolean isOfAccount(ToolRun run) {
        return !counting.isCounted(uid(run))
                && policyOf(run)
                        .flatMap(this::rules)
                        .filter(rules -> !rules.isEmpty())
                        .isPresent();
    }

    /** All that ended before this process began was shown. */
    void caughtUp(SandboxPolicy policy) {
        Counted counted = counted(policy);
        synchronized (counted) {
            counting.caughtUp(policy.getMetadata().getUid());
            if (counted.alerts != null) {
                SandboxPolicy now = shown(policy);
                announce(now, counted.alerts.caughtUp(now, clock.instant()));
            }
        }
    }

    /** As a cache knows it now, where it is still that one. */
    private SandboxPolicy shown(SandboxPolicy policy) {
        return policies.apply(
                        policy.getMetadata().getNamespace(),
                        policy.getMetadata().getName())
                .filter(there ->
                        there.getMetadata().getUid().equals(policy.getMetadata().getUid()))
                .orElse(policy);
    }

    private Counted counted(SandboxPolicy policy) {
        return counted(policy.getMetadata().getNamespace(), policy.getMetadata().getUid());
    }

    private Optional<SandboxPolicy> policyOf(ToolRun run) {
        return Optional.ofNullable(run.getSpec().policyRef())
                .flatMap(policy -> policies.apply(run.getMetadata().getNamespace(), policy.name()));
    }

    private synchronized Counted counted(String namespace, String policyUid) {
        return byPolicy.get(namespace, policyUid, uid -> new Counted());
    }

    private void count(ToolRun run, Optional<EndedRun> ended, boolean isNews) {
        if (ended.isPresent() && !counting.isCounted(uid(run))) {
            policyOf(run).ifPresent(policy -> count(policy, run, ended.get(), isNews));
        }
    }

    private void count(SandboxPolicy policy, ToolRun run, EndedRun ended, boolean isNews) {
        Counted counted = counted(policy);
        synchronized (counted) {
            Map<String, AlertRule> rules = rules(policy).orElse(Map.of());
            if (!rules.isEmpty() && counting.isFirst(uid(run))) {
                announce(policy, of(counted, policy, rules).add(policy, ended, isNews, clock.instant()));
            }
        }
    }

    private void meanwhile(ToolRun run, Meanwhile denied) {
        if (!counting.isCounted(uid(run))) {
            policyOf(run).ifPresent(policy -> meanwhile(policy, run, denied));
        }
    }

    private void meanwhile(SandboxPolicy policy, ToolRun run, Meanwhile denied) {
        Counted counted = counted(policy);
        synchronized (counted) {
            Map<String, AlertRule> rules = rules(policy).orElse(Map.of());
            // Its end may have been counted since it was looked at.
            if (!rules.isEmpty() && !counting.isCounted(uid(run))) {
                announce(policy, of(counted, policy, rules).meanwhile(policy, uid(run), denied, clock.instant()));
            }
        }
    }

    private void announce(SandboxPolicy policy, List<Firing> firings) {
        firings.forEach(fired);
        if (!firings.isEmpty()) {
            changed.accept(policy);
        }
    }

    /** Empty while a policy cannot be enforced: then its alerts stay as they were. */
    private Optional<Map<String, AlertRule>> rules(SandboxPolicy policy) {
        return compilations.of(policy).compiled().map(CompiledPolicy::alerts);
    }

    private PolicyAlerts of(Counted counted, SandboxPolicy policy, Map<String, AlertRule> rules) {
        Instant now = clock.instant();
        if (counted.alerts == null) {
            counted.alerts = PolicyAlerts.of(policy, rules, now);
            if (!rules.isEmpty()
                    && counting.isBehindFromNow(policy.getMetadata().getUid())) {
                counted.alerts.behind();
                catchUp.accept(policy);
            }
        }
        counted.alerts.become(policy, rules, now);
        return counted.alerts;
    }

    /**
     * What there is to tell of a policy.
     *
     * @param alerts as they are to be stored
     * @param disabled which tools are stopped by themselves
     * @param quarantined what has stopped all of the policy
     * @param urgent whether at once
     * @param untold firings that are stored, and of which nobody was told
     */
    record Told(
            List<AlertStatus> alerts,
            Map<String, AlertStop> disabled,
            Optional<AlertStop> quarantined,
            List<String> holding,
            boolean urgent,
            List<Firing> untold) {}

    /** Looks at a policy, and says what there is to tell. */
    Told told(SandboxPolicy policy) {
        Counted counted = counted(policy);
        synchronized (counted) {
            return told(counted, policy);
        }
    }

    private Told told(Counted counted, SandboxPolicy policy) {
        List<AlertStatus> before =
                policy.getStatus() == null ? List.of() : policy.getStatus().alerts();
        Optional<Map<String, AlertRule>> rules = rules(policy);
        boolean isKnown = counted.alerts != null;
        if (rules.isEmpty() && !isKnown
                || rules.isPresent()
                        && rules.get().isEmpty()
                        && !isKnown
                        && before.isEmpty()
                        && Disablement.all(policy).isEmpty()
                        && Disablement.quarantine(policy).isEmpty()) {
            return new Told(
                    before, Disablement.all(policy), Disablement.quarantine(policy), List.of(), false, List.of());
        }
        if (rules.isEmpty()) {
            return new Told(
                    before,
                    counted.alerts.disabled(policy),
                    counted.alerts.quarantined(policy),
                    counted.alerts.holding(),
                    false,
                    counted.alerts.untold(policy));
        }
        PolicyAlerts alerts = of(counted, policy, rules.get());
        Instant now = clock.instant();
        alerts.pass(policy, now).forEach(fired);
        List<Firing> untold = alerts.untold(policy);
        boolean urgent = alerts.isUrgent();
        return new Told(
                alerts.isChanged()
                        ? alerts.told(counting.until(policy.getMetadata().getUid()), now)
                        : before,
                alerts.disabled(policy),
                alerts.quarantined(policy),
                alerts.holding(),
                urgent,
                untold);
    }

    /** What was told last of a policy is not stored. */
    void again(SandboxPolicy policy, boolean urgently) {
        Counted counted = counted(policy);
        synchronized (counted) {
            if (counted.alerts != null) {
                counted.alerts.again(urgently);
            }
        }
    }

    /** Everybody was told of a firing who is to be. */
    void notified(Firing firing) {
        Counted counted = counted(firing.namespace(), firing.policyUid());
        synchronized (counted) {
            if (counted.alerts != null) {
                counted.alerts.notified(firing.alert(), firing.firing().id(), clock.instant());
            }
        }
        // There may be others to be told of, which waited for this one.
        policies.apply(firing.namespace(), firing.policy()).ifPresent(changed);
    }

    private static String uid(ToolRun run) {
        return run.getMetadata().getUid();
    }
}
