package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.controller.status.PolicyStatus;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Disablement;
import dev.cofferdam.policy.Served;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When alerts fire, and what becomes of their counts when a controller is killed: each controller here begins with what the one before has stored. */
class AlertsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00.250Z");
    private static final String DENIALS = "{denials: {condition: 'permission_denials > 3 per minute'}}";

    private Instant now = START;
    private int runs;

    private final Clock clock = new Clock() {
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

    private SandboxPolicy stored = policy(DENIALS);
    private final List<ToolRun> settled = new ArrayList<>();

    /** A controller, from its start. */
    private final class Controller {
        final List<Firing> fired = new ArrayList<>();
        final List<SandboxPolicy> woken = new ArrayList<>();
        final List<SandboxPolicy> behind = new ArrayList<>();
        final Alerts alerts = new Alerts(clock, new Compilations(Served.NOW), fired::add);

        Controller() {
            alerts.tell(woken::add, behind::add, (namespace, name) -> Optional.of(stored));
        }

        /** A run ends, and its end is stored. */
        void ends(int denials) {
            ToolRun run = denied(denials);
            alerts.begin(run);
            ToolRun end = ended(run, denials, now);
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

        void catchesUp() {
            behind.forEach(policy -> {
                settled.forEach(alerts::seen);
                alerts.caughtUp(policy);
            });
            behind.clear();
        }
    }

    @Test
    void firesAboveItsNumberNotAtIt() {
        Controller controller = new Controller();
        controller.writes();

        controller.ends(2);
        controller.ends(1);
        assertThat(controller.fired).isEmpty();
        controller.ends(1);

        assertThat(controller.fired).hasSize(1);
        assertThat(controller.woken).hasSize(1);
        assertThat(controller.fired.getFirst().firing().counts()).containsExactly("permission_denials per 60s: 4");
        assertThat(controller.writes().urgent()).isTrue();
        assertThat(controller.writes().urgent()).isFalse();
    }

    /** Nobody is told only at the end what a tool does for a day. */
    @Test
    void firesWhileTheToolIsAtWorkAndNotAgainAtItsEnd() {
        Controller controller = new Controller();
        controller.writes();
        controller.catchesUp();
        Instant denied = now;
        controller.alerts.seen(atWork(denied, denied, denied));
        assertThat(controller.fired).isEmpty();

        controller.alerts.seen(atWork(denied, denied, denied, denied));
        controller.alerts.seen(atWork(denied, denied, denied, denied));

        assertThat(controller.fired).hasSize(1);
        assertThat(controller.fired.getFirst().firing().counts()).containsExactly("permission_denials per 60s: 4");

        // When it ends much later, and one more was denied
        now = now.plusSeconds(3600);
        controller.writes();
        controller.alerts.ended(told("Succeeded", denied, denied, denied, denied, now));
        controller.writes();
        assertThat(controller.fired).hasSize(1);
    }

    @Test
    void whatAToolAtWorkWasDeniedCountsWhenItWasWhoeverReadsIt() {
        ToolRun spread = atWork(now, now.plusSeconds(70), now.plusSeconds(140), now.plusSeconds(210));
        now = now.plusSeconds(211);
        Controller controller = new Controller();

        controller.alerts.seen(spread);

        assertThat(controller.fired).isEmpty();
    }

    @Test
    void doesNotFireWhenSpreadOutOverMoreThanItsWindow() {
        Controller controller = new Controller();
        for (int at = 0; at < 100; at++) {
            controller.ends(1);
            now = now.plusMillis(20_050);
        }
        assertThat(controller.fired).isEmpty();

        for (int at = 0; at < 4; at++) {
            controller.ends(1);
            now = now.plusSeconds(14);
        }
        assertThat(controller.fired).hasSize(1);
    }

    @Test
    void firesOnceUntilItHasNotHeldInBetween() {
        Controller controller = new Controller();
        controller.writes();
        controller.catchesUp();
        for (int at = 0; at < 20; at++) {
            controller.ends(5);
            now = now.plusSeconds(5);
            controller.writes();
        }
        assertThat(controller.fired).hasSize(1);

        now = now.plusSeconds(61);
        controller.writes();
        assertThat(stored.getStatus().alerts().getFirst().firing()).isEmpty();
        controller.ends(5);

        assertThat(controller.fired).hasSize(2);
        assertThat(controller.fired.get(0).firing().id())
                .isNotEqualTo(controller.fired.get(1).firing().id());
        assertThat(controller.fired.get(1).times()).isEqualTo(2);
    }

    /** Whatever was written when. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void aKilledControllerCountsNothingTwiceAndNothingNot(int written) {
        Controller first = new Controller();
        first.writes();
        for (int run = 0; run < 3; run++) {
            first.ends(1);
            now = now.plusMillis(100);
            if ((written & (1 << run)) != 0) {
                first.writes();
            }
        }

        Controller second = new Controller();
        second.alerts.told(stored);
        second.catchesUp();
        settled.forEach(second.alerts::seen);
        assertThat(second.fired).as("3 of 3").isEmpty();

        second.ends(1);
        assertThat(second.fired).as("4 of 3").hasSize(1);
    }

    @Test
    void anEndThatIsBeingWrittenIsNotBehindACut() {
        Controller first = new Controller();
        first.writes();
        ToolRun slow = denied(1);
        first.alerts.begin(slow);
        Instant itsTime = now;
        now = now.plusMillis(500);
        first.ends(3);
        now = now.plusMillis(500);
        first.writes();
        // Stored, and the controller is killed before it knows.
        settled.add(ended(slow, 1, itsTime));

        Controller second = new Controller();
        second.alerts.told(stored);
        second.catchesUp();

        assertThat(second.fired).hasSize(1);
    }

    @Test
    void whileItCatchesUpItWritesNoCut() {
        Controller first = new Controller();
        first.writes();
        first.ends(3);
        now = now.plusSeconds(1);

        Controller second = new Controller();
        second.alerts.told(stored);
        second.ends(0);
        second.writes();
        assertThat(second.behind).hasSize(1);

        Controller third = new Controller();
        third.alerts.told(stored);
        third.catchesUp();
        third.ends(1);
        assertThat(third.fired).hasSize(1);
    }

    @Test
    void whatFiredBeyondTheCutDoesNotFireAgain() {
        Controller first = new Controller();
        first.writes();
        ToolRun slow = denied(0);
        first.alerts.begin(slow);
        now = now.plusMillis(1);
        first.ends(2);
        first.ends(2);
        assertThat(first.fired).hasSize(1);
        first.writes();
        assertThat(stored.getStatus().alerts().getFirst().windows())
                .as("an end is under way before")
                .isEmpty();

        Controller second = new Controller();
        now = now.plusSeconds(1);
        second.writes();
        second.catchesUp();
        second.writes();

        assertThat(second.fired).isEmpty();
        assertThat(stored.getStatus().alerts().getFirst().firing()).containsExactly("*");
        now = now.plusSeconds(70);
        second.writes();
        assertThat(stored.getStatus().alerts().getFirst().firing()).isEmpty();
    }

    @Test
    void whatFiredStaysFiredAndIsToldUntilSomebodyHasTakenIt() {
        Controller first = new Controller();
        first.writes();
        first.ends(9);
        String id = first.fired.getFirst().firing().id();
        first.writes();

        Controller second = new Controller();
        second.catchesUp();
        assertThat(second.alerts.told(stored).untold())
                .extracting(firing -> firing.firing().id())
                .containsExactly(id);
        second.ends(1);
        assertThat(second.fired).isEmpty();

        second.alerts.notified(second.alerts.told(stored).untold().getFirst());
        assertThat(second.writes().untold()).isEmpty();
        assertThat(new Controller().alerts.told(stored).untold()).isEmpty();
        assertThat(stored.getStatus().alerts().getFirst().firings().getFirst().notifiedAt())
                .isEqualTo(now.toString());
    }

    @Test
    void ofTwoControllersOneFires() {
        Controller first = new Controller();
        first.writes();
        Controller second = new Controller();
        second.alerts.told(stored);
        first.ends(9);
        second.alerts.seen(settled.getLast());
        second.catchesUp();
        assertThat(second.fired).hasSize(1);

        first.writes();
        String id = first.fired.getFirst().firing().id();
        second.alerts.told(stored);
        second.writes();

        AlertStatus status = stored.getStatus().alerts().getFirst();
        assertThat(status.firings()).extracting(AlertFiring::id).containsExactly(id);
        assertThat(status.fired()).isOne();
    }

    @Test
    void anotherConditionBeginsAnewAndAnotherSeverityDoesNot() {
        Controller controller = new Controller();
        controller.ends(3);
        edit("{denials: {condition: 'permission_denials > 3 per minute', severity: critical}}");
        controller.ends(1);
        assertThat(controller.fired).hasSize(1);
        controller.writes();

        edit("{denials: {condition: 'permission_denials > 4 per minute'}}");
        now = now.plusSeconds(1);
        controller.writes();
        controller.ends(4);
        assertThat(controller.fired).hasSize(1);
        controller.ends(1);
        assertThat(controller.fired).hasSize(2);

        edit("{}");
        controller.writes();
        assertThat(stored.getStatus().alerts()).isEmpty();
    }

    @Test
    void aPolicyThatWasMadeAnewCountsAnew() {
        Controller controller = new Controller();
        controller.ends(3);
        controller.writes();
        now = now.plusSeconds(2);

        stored = policy(DENIALS);
        stored.getMetadata().setUid("another");
        stored.getMetadata().setCreationTimestamp(now.toString());
        controller.alerts.told(stored);
        controller.catchesUp();
        controller.ends(1);
        assertThat(controller.fired).isEmpty();
    }

    @Test
    void aClockThatJumpsStopsNothing() {
        Controller controller = new Controller();
        now = now.plus(Duration.ofDays(1000));
        controller.ends(1);
        controller.writes();
        now = START.plusSeconds(5);
        Controller second = new Controller();
        second.alerts.told(stored);
        second.catchesUp();
        second.ends(3);
        assertThat(second.fired)
                .as("what was counted in 1000 days is of no account")
                .isEmpty();
        second.ends(1);
        assertThat(second.fired).hasSize(1);
        second.writes();
        now = START.plusSeconds(1);
        second.ends(1);
        second.writes();
        assertThat(second.fired).hasSize(1);
    }

    @Test
    void stopsTheToolThatDidItUntilSomebodyLetsItRunAgain() {
        stored = policy(
                "{escalation: {condition: \"policy_violation.type == 'environment_request'\", action: disable_component}}");
        Controller controller = new Controller();
        controller.ends(1);

        assertThat(controller.writes().urgent()).isTrue();
        Disablement disablement = Disablement.of(stored, "sh").orElseThrow();
        assertThat(disablement.by().alert()).isEqualTo("escalation");
        assertThat(Disablement.of(stored, "other")).isEmpty();
        assertThat(disablement.message())
                .contains("annotate sandboxpolicy p --overwrite cofferdam.dev/resume="
                        + disablement.by().firing());

        Controller second = new Controller();
        edit("{}");
        second.writes();
        assertThat(Disablement.of(stored, "sh")).as("no edit lets it run again").isPresent();

        stored.getMetadata()
                .setAnnotations(
                        Map.of(Names.RESUME_ANNOTATION, "x," + disablement.by().firing()));
        assertThat(Disablement.of(stored, "sh")).isEmpty();
        second.writes();
        stored.getMetadata().setAnnotations(Map.of());
        assertThat(Disablement.of(stored, "sh")).isEmpty();
        assertThat(new Controller().alerts.told(stored).disabled()).isEmpty();
    }

    @Test
    void aToolThatRunsAgainIsStoppedAgainByWhatItDoesThen() {
        stored = policy("{denials: {condition: 'permission_denials > 3 per minute', action: disable_component}}");
        Controller controller = new Controller();
        controller.ends(4);
        controller.writes();
        String first = Disablement.of(stored, "sh").orElseThrow().by().firing();
        stored.getMetadata().setAnnotations(Map.of(Names.RESUME_ANNOTATION, first));
        controller.writes();

        controller.ends(3);
        controller.writes();
        assertThat(Disablement.of(stored, "sh")).isEmpty();
        controller.ends(1);
        controller.writes();
        assertThat(Disablement.of(stored, "sh").orElseThrow().by().firing()).isNotEqualTo(first);
    }

    @Test
    void aToolThatRanAgainWhileNobodyLedIsStoppedAgain() {
        stored = policy("{denials: {condition: 'permission_denials > 3 per day', action: disable_component}}");
        Controller first = new Controller();
        first.ends(4);
        first.writes();
        String firing = Disablement.of(stored, "sh").orElseThrow().by().firing();
        stored.getMetadata().setAnnotations(Map.of(Names.RESUME_ANNOTATION, firing));
        now = now.plusSeconds(30);

        Controller second = new Controller();
        second.writes();
        second.catchesUp();
        second.writes();
        second.ends(3);
        assertThat(second.fired).as("it counts anew").isEmpty();
        second.ends(1);
        second.writes();

        assertThat(Disablement.of(stored, "sh").orElseThrow().by().firing()).isNotEqualTo(firing);
    }

    @Test
    void aToolThatTwoAlertsStoppedRunsAgainWhenBothStopsAreTakenBack() {
        stored = policy("""
                {a: {condition: 'permission_denials > 3 per day', action: disable_component},
                 b: {condition: 'permission_denials > 3 per hour', action: disable_component}}""");
        Controller controller = new Controller();
        controller.ends(4);
        controller.writes();
        assertThat(controller.fired).hasSize(2);
        Disablement first = Disablement.of(stored, "sh").orElseThrow();

        stored.getMetadata()
                .setAnnotations(Map.of(Names.RESUME_ANNOTATION, first.by().firing()));
        controller.writes();
        Disablement second = Disablement.of(stored, "sh").orElseThrow();
        assertThat(second.by().alert()).isNotEqualTo(first.by().alert());

        stored.getMetadata()
                .setAnnotations(Map.of(Names.RESUME_ANNOTATION, second.by().firing()));
        controller.writes();
        assertThat(Disablement.of(stored, "sh")).isEmpty();

        controller.ends(4);
        controller.writes();
        assertThat(controller.fired).as("each counts anew").hasSize(4);
        assertThat(Disablement.of(stored, "sh")).isPresent();
    }

    @Test
    void aToolThatRunsAgainDoesSoAlsoWhileThePolicyCannotBeEnforced() {
        stored = policy("{denials: {condition: 'permission_denials > 3 per day', action: disable_component}}");
        Controller controller = new Controller();
        controller.ends(4);
        controller.writes();
        stored.getMetadata()
                .setAnnotations(Map.of(
                        Names.RESUME_ANNOTATION,
                        Disablement.of(stored, "sh").orElseThrow().by().firing()));
        edit("{denials: {condition: 'nonsense'}}", stored.getMetadata().getAnnotations());

        assertThat(controller.alerts.told(stored).disabled()).isEmpty();
    }

    @Test
    void whatComesAndGoesFiresOnceAMinute() {
        stored = policy("{odd: {condition: 'runs per 10s % 2 == 1'}}");
        Controller controller = new Controller();
        controller.writes();
        controller.catchesUp();
        for (int at = 0; at < 120; at++) {
            controller.ends(0);
            now = now.plusMillis(500);
            controller.writes();
        }
        assertThat(controller.fired).hasSize(1);

        for (int at = 0; at < 8; at++) {
            now = now.plusSeconds(1);
            controller.ends(0);
            controller.writes();
        }
        assertThat(controller.fired).as("and again after that").hasSize(2);
    }

    @Test
    void whatNobodyWasToldOfIsNotPushedOut() {
        Controller controller = new Controller();
        controller.writes();
        controller.catchesUp();
        for (int time = 0; time < 15; time++) {
            controller.ends(4);
            controller.writes();
            now = now.plusSeconds(122);
            controller.writes();
        }
        assertThat(controller.fired).hasSize(15);

        Controller second = new Controller();
        List<Firing> untold = second.alerts.told(stored).untold();
        assertThat(untold).hasSize(15);
        untold.forEach(second.alerts::notified);
        second.catchesUp();
        assertThat(second.writes().untold())
                .as("the status does not say so yet")
                .isEmpty();
        assertThat(stored.getStatus().alerts().getFirst().firings()).hasSize(10);
    }

    /** A policy that is being counted keeps no run of another one waiting: it could be slow. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatIsAskedOfOnePolicyKeepsNobodyElseWaiting() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        Alerts alerts = new Alerts(clock, new Compilations(Served.NOW), firing -> {
            asked.countDown();
            try {
                answered.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        alerts.tell(policy -> {}, policy -> {}, (namespace, name) -> Optional.of(stored));
        ToolRun run = denied(9);
        Thread slow = Thread.startVirtualThread(() -> alerts.ended(ended(run, 9, START)));
        try {
            asked.await();
            ToolRun other = denied(0);
            alerts.begin(other);
            alerts.over(other);
            SandboxPolicy another = policy(DENIALS);
            another.getMetadata().setUid("another");
            assertThat(alerts.told(another).urgent()).isFalse();
            assertThat(answered.getCount()).isOne();
        } finally {
            answered.countDown();
        }
        slow.join();
    }

    @Test
    void newHostsAreNewOnce() {
        stored = policy("{hosts: {condition: 'new_hosts > 1 per minute'}}");
        Controller controller = new Controller();
        controller.writes();
        hosts(controller, "a.example:443", "a.example:80");
        hosts(controller, "http://A.example/x?y");
        assertThat(controller.fired).isEmpty();
        controller.writes();

        Controller second = new Controller();
        second.alerts.told(stored);
        second.catchesUp();
        hosts(second, "a.example");
        assertThat(second.fired).isEmpty();
        hosts(second, "b.example:443");
        assertThat(second.fired).hasSize(1);
    }

    /** A tool is at work, and its run has so many denials by now, which happened at these times. */
    private ToolRun atWork(Instant... denials) {
        return told("Running", denials);
    }

    private ToolRun told(String phase, Instant... denials) {
        StringBuilder events = new StringBuilder();
        for (Instant denial : denials) {
            events.append(
                    "{seq: 1, timestamp: '" + denial + "', eventType: NetworkAccess, result: Denied, resource: x},");
        }
        return run(
                "at-work",
                phase,
                "{sources: [{source: gateway/a, denied: " + denials.length + ", events: [" + events + "]}]}",
                "",
                now);
    }

    private void hosts(Controller controller, String... resources) {
        ToolRun run = denied(0);
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
        settled.add(end);
        controller.alerts.ended(end);
    }

    private void store(Alerts.Told told) {
        stored.setStatus(new SandboxPolicyStatus(
                1L, "1", List.of(), null, PolicyStatus.tools(List.of(), told.disabled()), told.alerts()));
    }

    private void edit(String alerts) {
        edit(alerts, Map.of());
    }

    private void edit(String alerts, Map<String, String> annotations) {
        SandboxPolicy edited = policy(alerts);
        edited.getMetadata().setAnnotations(annotations);
        edited.getMetadata().setGeneration(stored.getMetadata().getGeneration() + 1);
        edited.setStatus(stored.getStatus());
        stored = edited;
    }

    private static SandboxPolicy policy(String alerts) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: SandboxPolicy
                metadata: {name: p, uid: p, namespace: n, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z'}
                spec:
                  tools: [{name: sh, image: x, command: [sh]}, {name: other, image: x, command: [sh]}]
                  alerts: %s
                """.formatted(alerts), SandboxPolicy.class);
    }

    private ToolRun denied(int denials) {
        runs++;
        return run("run-" + runs, "Pending", "{}", "", now);
    }

    private static ToolRun ended(ToolRun run, int denials, Instant at) {
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

    private static ToolRun run(String name, String phase, String audit, String decision, Instant at) {
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
