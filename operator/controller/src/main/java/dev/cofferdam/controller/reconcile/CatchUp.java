package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.controller.alert.EndedRun;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Shows alerts the runs that the loop does not see any more, or not soon: those that ended when another controller led, or when nobody knew whether the API server
 * had stored the end. Beside the loop, and again until it is done. Policies, whose runs may be many and large, a page of each namespace's in turn; single runs on
 * another thread, for these hold up what is written down of all policies.
 */
public final class CatchUp {
    private static final Logger LOG = Logger.getLogger(CatchUp.class);
    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final Duration SOON = Duration.ofSeconds(2);

    /** With so much to look at, runs that are gone find no room: they are as many as somebody makes and deletes. */
    private static final int WAITING_MOST = 10_000;

    private final KubernetesClient client;
    private final Alerts alerts;
    private final AuditLog auditLog;
    private final ScheduledExecutorService runs;
    private final ScheduledExecutorService policies;
    private final Rounds rounds;
    private final Set<String> waiting = new HashSet<>();

    /**
     * @param runs does one thing at a time: looks at one run
     * @param policies does one thing at a time: looks at a page of a policy's runs
     */
    public CatchUp(
            KubernetesClient client,
            Alerts alerts,
            AuditLog auditLog,
            ScheduledExecutorService runs,
            ScheduledExecutorService policies) {
        this.client = client;
        this.alerts = alerts;
        this.auditLog = auditLog;
        this.runs = runs;
        this.policies = policies;
        this.rounds = new Rounds(policies);
    }

    /** Shows all runs of a policy: of those that ended and are not settled yet, the loop may see the last long after a cut behind it is written. */
    void look(SandboxPolicy policy) {
        look(policy, Duration.ZERO);
    }

    private void look(SandboxPolicy policy, Duration delay) {
        soon(
                policies,
                "policy " + policy.getMetadata().getUid(),
                delay,
                () -> rounds.add(policy.getMetadata().getNamespace(), new AllOf(policy)));
    }

    /** All runs of one policy, as many at a time as are read at one time. */
    private final class AllOf implements Rounds.Work {
        private final SandboxPolicy policy;

        /** Of the page for its next turn: between two of them nothing of a page is kept. */
        private String next = Pages.END;

        AllOf(SandboxPolicy policy) {
            this.policy = policy;
        }

        @Override
        public boolean piece() {
            try {
                Pages.Page<ToolRun> page = Pages.page(
                        client.resources(ToolRun.class)
                                .inNamespace(policy.getMetadata().getNamespace())
                                .withField(
                                        "spec.policyRef.name",
                                        policy.getMetadata().getName()),
                        Sweeps.RUNS,
                        next);
                page.items().forEach(alerts::seen);
                next = page.next();
                if (!next.equals(Pages.END)) {
                    return false;
                }
                alerts.caughtUp(policy);
            } catch (RuntimeException e) {
                failed("policy " + policy.getMetadata().getUid(), e);
                look(policy, AGAIN);
            }
            return true;
        }
    }

    /** Shows one run, after a while. */
    void look(ToolRun run) {
        soon(runs, "run " + run.getMetadata().getUid(), AGAIN, () -> {
            Optional.ofNullable(live(run)).ifPresent(now -> {
                auditLog.seen(now);
                alerts.seen(now);
            });
            alerts.over(run);
        });
    }

    /** Looks, after a while, whether what could not be stored of a run is stored all the same: the first answer may have been lost, and another one heard. */
    void record(ToolRun run) {
        soon(
                runs,
                "record " + run.getMetadata().getUid(),
                AGAIN,
                () -> Optional.ofNullable(live(run)).ifPresent(auditLog::seen));
    }

    /**
     * Looks what became of a run that the loop sees no more, after a while: by then the write that settled it is known here, where it was ours. Until then nothing is
     * kept but its name and what it counts for: nearly all runs go this way.
     *
     * @param last as it was last seen, without an end
     */
    public void gone(ToolRun last) {
        if (alerts.isOfAccount(last)) {
            alerts.asDeleted(last).ifPresent(end -> gone(named(last), end));
        }
    }

    private void gone(ToolRun run, EndedRun end) {
        if (isCrowded()) {
            LOG.warnf(
                    "so many runs are gone at once that nobody looks whether %s/%s was deleted before its end; then no alert counts it",
                    run.getMetadata().getNamespace(), run.getMetadata().getName());
            return;
        }
        soon(runs, "gone " + run.getMetadata().getUid(), SOON, () -> {
            if (!alerts.isOfAccount(run)) {
                return;
            }
            ToolRun now = live(run);
            if (now == null) {
                alerts.deleted(run, end);
            } else {
                alerts.seen(now);
            }
        });
    }

    /** Which run it is, and of which policy. */
    private static ToolRun named(ToolRun run) {
        ToolRun named = new ToolRun();
        named.setMetadata(new ObjectMetaBuilder()
                .withNamespace(run.getMetadata().getNamespace())
                .withName(run.getMetadata().getName())
                .withUid(run.getMetadata().getUid())
                .build());
        named.setSpec(new ToolRunSpec(
                run.getSpec().policyRef(),
                null,
                run.getSpec().tool(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null));
        return named;
    }

    private boolean isCrowded() {
        synchronized (waiting) {
            return waiting.size() >= WAITING_MOST;
        }
    }

    /** Null where it is gone. */
    private ToolRun live(ToolRun run) {
        ToolRun now = client.resources(ToolRun.class)
                .inNamespace(run.getMetadata().getNamespace())
                .withName(run.getMetadata().getName())
                .get();
        return now != null
                        && now.getMetadata().getUid().equals(run.getMetadata().getUid())
                ? now
                : null;
    }

    private void soon(ScheduledExecutorService executor, String what, Duration delay, Runnable look) {
        if (executor.isShutdown()) {
            return;
        }
        synchronized (waiting) {
            if (!waiting.add(what)) {
                return;
            }
        }
        executor.schedule(() -> now(executor, what, look), delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void now(ScheduledExecutorService executor, String what, Runnable look) {
        synchronized (waiting) {
            waiting.remove(what);
        }
        try {
            look.run();
        } catch (RuntimeException e) {
            failed(what, e);
            soon(executor, what, AGAIN, look);
        }
    }

    /** It is tried again, whatever it was: alerts that wait for it would say nothing for good. */
    private static void failed(String what, RuntimeException e) {
        if (e instanceof KubernetesClientException) {
            LOG.infof("not caught up with %s, which is tried again: %s", what, e.getMessage());
        } else {
            LOG.errorf(e, "not caught up with %s, which is tried again", what);
        }
    }
}
