package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The alerts that people begin with, as docs/policy.md has them: each fires at N + 1, not at N, not when spread out, once, and also when the controller is killed in between. */
class AlertExamplesTest extends AlertedPolicy {
    /** What is counted in a window. */
    enum Counted {
        Denials("permission_denials > 10 per minute", 10, Duration.ofMinutes(1)),
        Hosts("new_hosts > 5 per hour", 5, Duration.ofHours(1));

        private final String condition;
        private final int most;
        private final Duration window;

        Counted(String condition, int most, Duration window) {
            this.condition = condition;
            this.most = most;
            this.window = window;
        }
    }

    private int hosts;

    private Controller begins(Counted example) {
        stored = policy("{example: {condition: '" + example.condition + "'}}");
        return new Controller().leads();
    }

    private void one(Counted example, Controller controller) {
        switch (example) {
            case Denials -> controller.ends(1);
            case Hosts -> hosts(controller, "host-" + hosts++ + ".example:443", "host-0.example:443");
        }
        now = now.plusMillis(20);
    }

    @ParameterizedTest
    @EnumSource
    void firesAtOneMoreThanItsNumber(Counted example) {
        Controller controller = begins(example);
        for (int at = 0; at < example.most; at++) {
            one(example, controller);
            controller.writes();
        }
        assertThat(controller.fired).as("%d", example.most).isEmpty();

        one(example, controller);
        assertThat(controller.fired).as("%d", example.most + 1).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void doesNotFireWhenSpreadOut(Counted example) {
        Controller controller = begins(example);
        for (int at = 0; at < 5 * example.most; at++) {
            one(example, controller);
            controller.writes();
            now = now.plus(example.window.dividedBy(example.most)).plusMillis(50);
        }

        assertThat(controller.fired).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void firesOnceUntilItHasNotHeldInBetween(Counted example) {
        Controller controller = begins(example);
        for (int at = 0; at < 3 * example.most; at++) {
            one(example, controller);
            controller.writes();
        }
        assertThat(controller.fired).hasSize(1);

        now = now.plus(example.window).plusSeconds(2);
        controller.writes();
        for (int at = 0; at <= example.most; at++) {
            one(example, controller);
        }
        assertThat(controller.fired).hasSize(2);
    }

    /** Before each run and behind each run, whether the policy's status could be written in between or not. */
    @ParameterizedTest
    @EnumSource
    void firesOnceAlsoWhenControllersAreKilledInBetween(Counted example) {
        Controller controller = begins(example);
        int fired = 0;
        for (int at = 0; at < 2 * example.most; at++) {
            one(example, controller);
            if (at % 3 == 0) {
                controller.writes();
            }
            fired += controller.fired.size();
            assertThat(fired).as("%d of %d", at + 1, example.most).isEqualTo(at >= example.most ? 1 : 0);
            if (fired > 0) {
                // What fired is stored before anybody is told.
                controller.writes();
            }
            now = now.plusMillis(7);
            controller = new Controller().leads();
            assertThat(controller.fired).as("by a new leader").isEmpty();
        }
        assertThat(stored.getStatus().alerts().getFirst().fired()).isOne();
    }

    @Test
    void aCapabilityThatIsNotGrantedFires() {
        stored = policy(
                "{escalation: {condition: \"policy_violation.type == 'capability_request'\", severity: critical}}");
        Controller controller = new Controller().leads();
        controller.ends(9);
        assertThat(controller.fired).as("other violations").isEmpty();

        decided(controller, "CapabilityNotGranted");
        decided(controller, "CapabilityNotGranted");
        controller.writes();
        controller = new Controller().leads();
        decided(controller, "CapabilityNotGranted");
        assertThat(controller.fired).as("it holds still").isEmpty();
        assertThat(stored.getStatus().alerts().getFirst().fired()).isOne();

        now = now.plusSeconds(61);
        controller.writes();
        decided(controller, "CapabilityNotGranted");
        assertThat(controller.fired).hasSize(1);
    }

    private void decided(Controller controller, String code) {
        ToolRun run = begun();
        controller.ends(
                run,
                run(
                        run.getMetadata().getName(),
                        "Denied",
                        "{}",
                        "decision: {verdict: Denied, reasons: [{code: " + code + ", resource: NETWORK_CONNECT}]}",
                        now));
        now = now.plusMillis(20);
    }

    @Test
    void memoryAboveItsShareFires() {
        stored = policy("{memory: {condition: 'memory_usage > 90%'}}");
        Controller controller = new Controller().leads();
        used(controller, 900);
        assertThat(controller.fired).as("90%").isEmpty();
        used(controller, 901);
        assertThat(controller.fired).as("90.1%").hasSize(1);

        controller.writes();
        controller = new Controller().leads();
        used(controller, 1000);
        assertThat(controller.fired).as("it holds still").isEmpty();
    }

    private void used(Controller controller, int memory) {
        ToolRun run = begun();
        controller.ends(
                run,
                run(
                        run.getMetadata().getName(),
                        "Succeeded",
                        "{}",
                        "effective: {limits: {memory: '1000'}}\n  result: {outcome: Exited, podUID: x, peakMemoryBytes: "
                                + memory + "}",
                        now));
        now = now.plusMillis(20);
    }
}
