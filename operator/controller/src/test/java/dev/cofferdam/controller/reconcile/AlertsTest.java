package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.alert.EndedRun;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Served;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When alerts fire, by what has ended. */
class AlertsTest extends AlertedPolicy {
    @Test
    void firesAboveItsNumberNotAtIt() {
        Controller controller = new Controller().leads();

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

    @Test
    void doesNotFireWhenSpreadOutOverMoreThanItsWindow() {
        Controller controller = new Controller().leads();
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
        Controller controller = new Controller().leads();
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

    @Test
    void whatComesAndGoesFiresOnceAMinute() {
        stored = policy("{odd: {condition: 'runs per 10s % 2 == 1'}}");
        Controller controller = new Controller().leads();
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
    void anotherConditionBeginsAnewAndAnotherSeverityDoesNot() {
        Controller controller = new Controller().leads();
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
        assertThat(stored.getStatus().alerts())
                .as("but that nobody was told")
                .singleElement()
                .satisfies(left -> assertThat(left.windows()).isEmpty());
    }

    @Test
    void aPolicyThatWasMadeAnewCountsAnew() {
        Controller controller = new Controller().leads();
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
        Controller controller = new Controller().leads();
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
    void whatIsRefusedBecauseToolsAreStoppedDoesNotCount() {
        stored = policy("{denied: {condition: 'denied_runs > 0 per day', action: quarantine}}");
        Controller controller = new Controller().leads();
        for (String reason : List.of("ToolDisabled", "PolicySuspended", "NamespaceSuspended")) {
            ToolRun run = begun();
            ToolRun end = ended(run, 0, now);
            end.getStatus().conditions().getFirst().setReason(reason);
            controller.ends(run, end);
        }
        assertThat(controller.fired).isEmpty();

        controller.ends(0);
        assertThat(controller.fired).hasSize(1);
    }

    /** As far as the gateways have told of it until then. */
    @Test
    void aRunThatWasDeletedWhileItRanCountsOnce() {
        stored = policy(
                "{denials: {condition: 'permission_denials > 3 per day'}, gone: {condition: \"reason == 'Deleted'\"}}");
        Controller controller = new Controller().leads();
        ToolRun last = run(
                begun().getMetadata().getName(),
                "Running",
                "{sources: [{source: gateway/a, total: 9, denied: 4, events: []}]}",
                "attempts: [{number: 1, podName: p, podUID: u}]",
                now);
        assertThat(controller.alerts.isOfAccount(last)).isTrue();

        EndedRun end = controller.alerts.asDeleted(last).orElseThrow();
        controller.alerts.deleted(last, end);
        controller.alerts.deleted(last, end);

        assertThat(controller.fired).extracting(Firing::alert).containsExactly("denials", "gone");
        assertThat(controller.alerts.isOfAccount(last)).as("it is counted").isFalse();
        ToolRun nothingRan = run(begun().getMetadata().getName(), "Queued", "{}", "", now);
        assertThat(controller.alerts.asDeleted(nothingRan)).isEmpty();
    }

    @Test
    void newHostsAreNewOnce() {
        stored = policy("{hosts: {condition: 'new_hosts > 1 per minute'}}");
        Controller controller = new Controller().leads();
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
        alerts.told(stored);
        alerts.caughtUp(stored);
        ToolRun run = begun();
        Thread slow = Thread.startVirtualThread(() -> alerts.ended(ended(run, 9, START)));
        try {
            asked.await();
            ToolRun other = begun();
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
}
