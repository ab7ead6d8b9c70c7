package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is denied to a tool that is at work. */
class AlertsAtWorkTest extends AlertedPolicy {
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
