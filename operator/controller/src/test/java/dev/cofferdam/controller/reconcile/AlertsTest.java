package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.alert.EndedRun;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.policy.Compilations;
import dev.cofferdam.policy.Disablement;
import dev.cofferdam.policy.Served;
import dev.cofferdam.record.Names;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When alerts fire, and what becomes of their counts when a controller is killed. */
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

    /** Nobody is told only at the end what a tool does for a day. */
    @Test
    void firesWhileTheToolIsAtWorkAndNotAgainAtItsEnd() {
        Controller controller = new Controller().leads();
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

    /** Whether its end was written down before that, or not. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatFiredWhileTheToolWasAtWorkDoesNotFireAgainForWhoeverGoesOn(boolean written) {
        Controller first = new Controller().leads();
        Instant denied = now;
        first.alerts.seen(atWork(denied, denied, denied, denied));
        assertThat(first.fired).hasSize(1);
        first.writes();
        now = now.plusSeconds(3600);
        first.writes();
        assertThat(stored.getStatus().alerts().getFirst().firing()).isEmpty();
        ToolRun end = told("Succeeded", denied, denied, denied, denied, now);
        first.ends(atWork(denied), end);
        now = now.plusSeconds(1);
        if (written) {
            first.writes();
        }
        assertThat(first.fired).hasSize(1);

        Controller second = new Controller().leads();
        second.writes();
        assertThat(second.fired).isEmpty();
        second.ends(2);
        assertThat(second.fired).as("1 and 2").isEmpty();
        second.ends(1);
        assertThat(second.fired).as("1 and 3").hasSize(1);
    }

    /** A gateway tells of it every ten seconds at most, and nobody may have listened for longer. */
    @Test
    void whatIsToldOfWhenItsWindowIsOverFiresOnce() {
        Controller first = new Controller().leads();
        now = now.plusSeconds(10);
        Instant denied = now;
        ToolRun three = atWork(denied, denied.plusSeconds(1), denied.plusSeconds(2));
        ToolRun four = atWork(denied, denied.plusSeconds(1), denied.plusSeconds(2), denied.plusSeconds(3));
        now = now.plusSeconds(600);
        first.alerts.seen(three);
        assertThat(first.fired).isEmpty();
        first.alerts.seen(four);
        assertThat(first.fired).hasSize(1);
        first.writes();
        now = now.plusSeconds(600);
        first.writes();
        assertThat(stored.getStatus().alerts().getFirst().firing()).isEmpty();

        first.alerts.seen(atWork(denied, denied, denied, denied, denied));
        Controller second = new Controller();
        second.writes();
        settled.add(told("Succeeded", denied, denied, denied, denied, denied));
        second.catchesUp();
        assertThat(first.fired).hasSize(1);
        assertThat(second.fired).isEmpty();
    }

    /** They were before all that it keeps, whatever that is. */
    @Test
    void whatTheRunKeepsNoMoreIsNotOfNow() {
        String events = "{seq: 9, timestamp: '" + now + "', eventType: NetworkAccess, result: Allowed, resource: x}";
        now = now.plusSeconds(3600);
        Controller controller = new Controller().leads();

        controller.alerts.seen(run(
                "at-work",
                "Running",
                "{sources: [{source: gateway/a, denied: 61, events: [" + events + ", {seq: 10, timestamp: '" + now
                        + "', eventType: NetworkAccess, result: Denied, resource: x}]}]}",
                "",
                now));

        assertThat(controller.fired).isEmpty();
    }

    @Test
    void whatAToolAtWorkWasDeniedCountsWhenItWasWhoeverReadsIt() {
        ToolRun spread = atWork(now, now.plusSeconds(70), now.plusSeconds(140), now.plusSeconds(210));
        now = now.plusSeconds(211);
        Controller controller = new Controller().leads();

        controller.alerts.seen(spread);

        assertThat(controller.fired).isEmpty();
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

    /** Whatever was written when. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void aKilledControllerCountsNothingTwiceAndNothingNot(int written) {
        Controller first = new Controller().leads();
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
        Controller first = new Controller().leads();
        ToolRun slow = begun();
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
        Controller first = new Controller().leads();
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
        Controller first = new Controller().leads();
        ToolRun slow = begun();
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
        Controller first = new Controller().leads();
        first.ends(9);
        String id = first.fired.getFirst().firing().id();
        first.writes();

        Controller second = new Controller().leads();
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
        Controller first = new Controller().leads();
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
    void stopsTheToolThatDidItUntilSomebodyLetsItRunAgain() {
        stored = policy(
                "{escalation: {condition: \"policy_violation.type == 'environment_request'\", action: disable_component}}");
        Controller controller = new Controller().leads();
        controller.ends(1);

        assertThat(controller.writes().urgent()).isTrue();
        Disablement disablement = Disablement.of(stored, "sh").orElseThrow();
        assertThat(disablement.by().alert()).isEqualTo("escalation");
        assertThat(Disablement.of(stored, "other")).isEmpty();
        assertThat(disablement.message())
                .contains("annotate --overwrite -n n sandboxpolicy p cofferdam.dev/resume="
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
        Controller controller = new Controller().leads();
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
        Controller first = new Controller().leads();
        first.ends(4);
        first.writes();
        String firing = Disablement.of(stored, "sh").orElseThrow().by().firing();
        stored.getMetadata().setAnnotations(Map.of(Names.RESUME_ANNOTATION, firing));
        now = now.plusSeconds(30);

        Controller second = new Controller().leads();
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
        Controller controller = new Controller().leads();
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
        Controller controller = new Controller().leads();
        controller.ends(4);
        controller.writes();
        stored.getMetadata()
                .setAnnotations(Map.of(
                        Names.RESUME_ANNOTATION,
                        Disablement.of(stored, "sh").orElseThrow().by().firing()));
        edit("{denials: {condition: 'nonsense'}}", stored.getMetadata().getAnnotations());

        assertThat(controller.alerts.told(stored).disabled()).isEmpty();
    }

    /** As its pages come, which are in the order of names. */
    @Test
    void whatEndedBeforeIsAskedInTheOrderInWhichItEnded() {
        stored = policy("{failing: {condition: 'failures > 2 per 5m && failures per 5m * 2 > runs per 5m'}}");
        new Controller().leads();
        for (int well = 0; well < 4; well++) {
            now = now.plusMillis(10);
            settled.add(ended(begun(), 0, now));
        }
        for (int failed = 0; failed < 3; failed++) {
            now = now.plusMillis(10);
            settled.add(run(begun().getMetadata().getName(), "Failed", "{}", "", now));
        }
        Collections.reverse(settled);
        now = now.plusSeconds(1);

        Controller second = new Controller().leads();
        assertThat(second.fired).as("3 of 7").isEmpty();

        for (int failed = 0; failed < 2; failed++) {
            ToolRun run = begun();
            second.ends(run, run(run.getMetadata().getName(), "Failed", "{}", "", now));
        }
        assertThat(second.fired).as("5 of 9").hasSize(1);
    }

    @Test
    void whatFiresByOneRunFiresHoweverLateThatIsMet() {
        stored = policy("{failed: {condition: \"phase == 'Failed'\", action: disable_component}}");
        new Controller().leads();
        settled.add(run(begun().getMetadata().getName(), "Failed", "{}", "", now));
        Instant ended = now;
        now = now.plusSeconds(300);

        Controller second = new Controller().leads();
        second.writes();

        assertThat(second.fired).hasSize(1);
        assertThat(second.fired.getFirst().firing().at()).isEqualTo(ended.toString());
        assertThat(Disablement.of(stored, "sh")).isPresent();
        assertThat(stored.getStatus().alerts().getFirst().firing())
                .as("it holds no longer")
                .isEmpty();
    }

    @Test
    void whatIsAboutOneRunAloneDoesNotWaitForOthers() {
        stored = policy("{failed: {condition: \"phase == 'Failed'\"}, many: {condition: 'failures > 1 per day'}}");
        Controller controller = new Controller();
        controller.writes();
        for (int failed = 0; failed < 2; failed++) {
            ToolRun run = begun();
            controller.ends(run, run(run.getMetadata().getName(), "Failed", "{}", "", now));
        }
        assertThat(controller.fired).extracting(Firing::alert).containsExactly("failed");

        controller.catchesUp();
        assertThat(controller.fired).extracting(Firing::alert).containsExactly("failed", "many");
    }

    @Test
    void quarantinesThePolicyUntilSomebodyLetsItRunAgain() {
        stored = policy("{flood: {condition: 'permission_denials > 3 per day', action: quarantine}}");
        Controller first = new Controller().leads();
        first.ends(3);
        first.writes();
        assertThat(Disablement.of(stored, "sh")).isEmpty();
        first.ends(1);

        assertThat(first.writes().urgent()).isTrue();
        Disablement stop = Disablement.of(stored, "sh").orElseThrow();
        assertThat(stop.quarantines()).isTrue();
        assertThat(Disablement.of(stored, "other")).as("all of it").contains(stop);
        assertThat(stored.getStatus().tools()).isEmpty();
        assertThat(stored.getStatus().quarantined().alert()).isEqualTo("flood");
        assertThat(stop.message())
                .contains(
                        "\"flood\" quarantined the policy \"p\"",
                        "annotate --overwrite -n n sandboxpolicy p cofferdam.dev/resume="
                                + stop.by().firing());

        edit("{}");
        first.writes();
        new Controller().leads();
        edit("{other: {condition: 'nonsense'}}");
        new Controller().writes();
        edit("{flood: {condition: 'permission_denials > 3 per day', action: notify}}");
        Controller second = new Controller().leads();
        now = now.plus(Duration.ofDays(30));
        second.writes();
        assertThat(Disablement.of(stored, "sh"))
                .as("no edit, no time and no new leader lets it run")
                .contains(stop);

        stored.getMetadata()
                .setAnnotations(Map.of(Names.RESUME_ANNOTATION, stop.by().firing()));
        assertThat(Disablement.of(stored, "sh")).isEmpty();
        second.writes();
        stored.getMetadata().setAnnotations(Map.of());
        assertThat(Disablement.of(stored, "sh")).isEmpty();
    }

    @Test
    void aPolicyThatRunsAgainIsQuarantinedAgainByWhatItDoesThen() {
        stored = policy("""
                {a: {condition: 'permission_denials > 3 per day', action: quarantine}, b: {condition: 'permission_denials > 3 per hour', action: quarantine},
                 c: {condition: 'permission_denials > 3 per hour'}}""");
        Controller controller = new Controller().leads();
        controller.ends(4);
        controller.writes();
        assertThat(controller.fired).hasSize(3);
        String a = stored.getStatus().quarantined().firing();

        stored.getMetadata().setAnnotations(Map.of(Names.RESUME_ANNOTATION, a));
        controller.writes();
        String b = Disablement.quarantine(stored).orElseThrow().firing();
        assertThat(b).as("the other one's").isNotEqualTo(a);
        stored.getMetadata().setAnnotations(Map.of(Names.RESUME_ANNOTATION, a + "," + b));
        controller.writes();
        assertThat(Disablement.quarantine(stored)).isEmpty();

        now = now.plusSeconds(1);
        controller.ends(3);
        controller.writes();
        assertThat(Disablement.quarantine(stored)).as("it counts anew").isEmpty();
        controller.ends(1);
        controller.writes();
        assertThat(Disablement.quarantine(stored).orElseThrow().firing()).isNotIn(a, b);
        assertThat(controller.fired).as("but not for who is only told").hasSize(5);
    }

    /** A run may be quicker than the look at the policy that says so. */
    @Test
    void whatFiresRightAfterItWasResumedStopsItAgain() {
        stored = policy("{flood: {condition: 'permission_denials > 3 per minute', action: quarantine}}");
        Controller controller = new Controller().leads();
        controller.ends(4);
        controller.writes();
        now = now.plusSeconds(300);
        controller.writes();
        String first = Disablement.quarantine(stored).orElseThrow().firing();

        stored.getMetadata().setAnnotations(Map.of(Names.RESUME_ANNOTATION, first));
        controller.ends(4);
        controller.writes();

        assertThat(controller.fired).hasSize(2);
        assertThat(Disablement.quarantine(stored).orElseThrow().firing())
                .isEqualTo(controller.fired.getLast().firing().id());
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
    void whatWasFiredByAnAlertThatIsNoMoreIsToldAsItWas() {
        Controller controller = new Controller().leads();
        controller.ends(9);
        controller.writes();

        edit("{denials: {condition: 'permission_denials > 99 per minute', severity: critical, action: quarantine}}");
        controller.writes();
        assertThat(controller.alerts.told(stored).untold()).singleElement().satisfies(this::isAsItWas);
        edit("{}");
        controller.writes();
        controller.writes();
        assertThat(controller.alerts.told(stored).untold()).singleElement().satisfies(this::isAsItWas);
        assertThat(stored.getStatus().alerts()).hasSize(1);
        assertThat(Disablement.quarantine(stored)).isEmpty();

        Controller second = new Controller();
        Firing left = second.alerts.told(stored).untold().getFirst();
        isAsItWas(left);
        second.alerts.notified(left);
        second.writes();
        assertThat(stored.getStatus().alerts()).isEmpty();
    }

    private void isAsItWas(Firing firing) {
        assertThat(firing.condition()).isEqualTo("permission_denials > 3 per minute");
        assertThat(firing.severity()).isEqualTo(AlertSeverity.Warning);
        assertThat(firing.action()).isEqualTo(AlertAction.Notify);
    }

    @Test
    void anAlertThatComesBackTellsWhatNobodyWasToldOf() {
        Controller controller = new Controller().leads();
        controller.ends(9);
        controller.writes();
        edit("{}");
        controller.writes();
        edit(DENIALS);
        controller.writes();

        assertThat(controller.alerts.told(stored).untold()).singleElement().satisfies(this::isAsItWas);
        assertThat(stored.getStatus().alerts()).hasSize(1);
        now = now.plusSeconds(1);
        controller.ends(3);
        assertThat(controller.fired).as("it counts anew").hasSize(1);
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
    void whatNobodyWasToldOfIsNotPushedOut() {
        Controller controller = new Controller().leads();
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
}
