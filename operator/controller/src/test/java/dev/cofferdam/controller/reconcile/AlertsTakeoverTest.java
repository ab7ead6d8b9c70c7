package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AlertFiring;
import dev.cofferdam.api.v1alpha1.AlertStatus;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.alert.Firing;
import dev.cofferdam.policy.Disablement;
import java.time.Instant;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of counts when a controller is killed, or another one leads before it knows. */
class AlertsTakeoverTest extends AlertedPolicy {
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
}
