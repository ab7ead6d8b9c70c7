package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.controller.status.PolicyStatus;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Served;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A policy with alerts, its runs, and the controllers that count them: each begins with what the one before has stored. */
abstract class AlertedPolicy {
    static final Instant START = Instant.parse("2026-01-01T00:00:00.250Z");
    static final String DENIALS = "{denials: {condition: 'permission_denials > 3 per minute'}}";

    Instant now = START;
    private int runs;

    final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    SandboxPolicy stored = policy(DENIALS);
    final List<ToolRun> settled = new ArrayList<>();

    /** A controller, from its start. */
    final class Controller {
        final List<Firing> fired = new ArrayList<>();
        final List<SandboxPolicy> woken = new ArrayList<>();
        final List<SandboxPolicy> behind = new ArrayList<>();
        final Alerts alerts = new Alerts(clock, new Compilations(Served.NOW), fired::add);

        Controller() {
            alerts.tell(woken::add, behind::add, (namespace, name) -> Optional.of(stored));
        }

        /** A run ends, and its end is stored. */
        void ends(int denials) {
            ToolRun run = begun();
            ends(run, ended(run, denials, now));
        }

        void ends(ToolRun run, ToolRun end) {
            alerts.begin(run);
            settled.add(end);
            alerts.ended(end);
            alerts.over(run);
        }

        /** As the policy's reconciler does. */
        Alerts.Told writes() {
            Alerts.Told told = alerts.told(stored);
            store(told);
            return told;
        }

        /** Begins to lead, and has seen all that was there. */
        Controller leads() {
            writes();
            catchesUp();
            return this;
        }

        void catchesUp() {
            behind.forEach(policy -> {
                settled.forEach(alerts::seen);
                alerts.caughtUp(policy);
            });
            behind.clear();
        }
    }

    void hosts(Controller controller, String... resources) {
        ToolRun run = begun();
        StringBuilder events = new StringBuilder();
        for (String resource : resources) {
            events.append(
                    "{seq: 1, timestamp: '%s', eventType: NetworkAccess, action: connect, result: Allowed, resource: '%s'},"
                            .formatted(now, resource));
        }
        ToolRun end = run(
                run.getMetadata().getName(),
                "Succeeded",
                "{sources: [{source: gateway/a, total: 1, denied: 0, events: [" + events + "]}]}",
                "",
                now);
        controller.ends(run, end);
    }

    private void store(Alerts.Told told) {
        stored.setStatus(new SandboxPolicyStatus(
                1L,
                "1",
                List.of(),
                null,
                PolicyStatus.tools(List.of(), told.disabled()),
                told.alerts(),
                told.quarantined().orElse(null)));
    }

    void edit(String alerts) {
        edit(alerts, Map.of());
    }

    void edit(String alerts, Map<String, String> annotations) {
        SandboxPolicy edited = policy(alerts);
        edited.getMetadata().setAnnotations(annotations);
        edited.getMetadata().setGeneration(stored.getMetadata().getGeneration() + 1);
        edited.setStatus(stored.getStatus());
        stored = edited;
    }

    static SandboxPolicy policy(String alerts) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: SandboxPolicy
                metadata: {name: p, uid: p, namespace: n, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z'}
                spec:
                  tools: [{name: sh, image: x, command: [sh]}, {name: other, image: x, command: [sh]}]
                  alerts: %s
                """.formatted(alerts), SandboxPolicy.class);
    }

    ToolRun begun() {
        runs++;
        return run("run-" + runs, "Pending", "{}", "", now);
    }

    static ToolRun ended(ToolRun run, int denials, Instant at) {
        StringBuilder reasons = new StringBuilder();
        for (int denial = 0; denial < denials; denial++) {
            reasons.append("{code: EnvironmentNotGranted, resource: V")
                    .append(denial)
                    .append("},");
        }
        return run(
                run.getMetadata().getName(),
                "Denied",
                "{sources: [{source: controller, events: [{seq: 1, timestamp: '" + at
                        + "', eventType: ProcessExec, action: end, result: Denied}]}]}",
                "decision: {verdict: Denied, time: '" + at + "', reasons: [" + reasons + "]}",
                at);
    }

    static ToolRun run(String name, String phase, String audit, String decision, Instant at) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %1$s, uid: uid-%1$s, namespace: n}
                spec: {policyRef: {name: p}, tool: sh}
                status:
                  phase: %2$s
                  conditions: [{type: Finished, status: "True", reason: X, lastTransitionTime: '%5$s'}]
                  audit: %3$s
                  %4$s
                """.formatted(name, phase, audit, decision, at), ToolRun.class);
    }
}
