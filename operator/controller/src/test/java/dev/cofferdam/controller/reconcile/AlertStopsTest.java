package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.policy.Disablement;
import dev.cofferdam.record.Names;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What alerts stop, and until when. */
class AlertStopsTest extends AlertedPolicy {
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
}
