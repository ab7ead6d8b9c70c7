package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AlertAction;
import dev.cofferdam.api.v1alpha1.AlertSeverity;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.policy.Disablement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What has fired is told until somebody has taken it. */
class AlertsUntoldTest extends AlertedPolicy {
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

    private void isAsItWas(Firing firing) {
        assertThat(firing.condition()).isEqualTo("permission_denials > 3 per minute");
        assertThat(firing.severity()).isEqualTo(AlertSeverity.Warning);
        assertThat(firing.action()).isEqualTo(AlertAction.Notify);
    }
}
