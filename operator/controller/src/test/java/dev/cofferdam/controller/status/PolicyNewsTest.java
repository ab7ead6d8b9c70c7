package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of which changes of a policy's status there is an Event. */
class PolicyNewsTest {
    private static final String WELL = "{conditions: [{type: Ready, status: 'True', reason: Compiled, message: m}]}";
    private static final String WRONG =
            "{conditions: [{type: Ready, status: 'False', reason: NotEnforceable, message: spec.tools is empty}]}";

    @Test
    void tellsWhatIsWrongAndWhatIsRightAgain() {
        assertThat(news(null, WELL)).isEmpty();
        assertThat(news(null, WRONG)).containsExactly("Warning NotEnforceable Ready: spec.tools is empty");
        assertThat(news(WELL, WRONG)).containsExactly("Warning NotEnforceable Ready: spec.tools is empty");
        assertThat(news(WRONG, WELL)).containsExactly("Normal Compiled Ready: m");
        assertThat(news(WRONG, WRONG)).isEmpty();
        assertThat(news(WELL, WELL)).isEmpty();
        assertThat(news(WRONG, "{}")).isEmpty();
        assertThat(news(WRONG, "{conditions: [{type: Ready, status: Unknown, reason: NotEnforceable, message: m}]}"))
                .as("neither wrong nor right")
                .isEmpty();
    }

    /** The condition Reviewed tells it, with the command. */
    @Test
    void tellsOnceThatAReviewIsMissing() {
        String missing =
                "{conditions: [{type: Reviewed, status: 'False', reason: ReviewRequired, message: m}, {type: Active, status: 'False', reason: ReviewRequired, message: n}]}";
        String suspended = missing.replace(
                "Active, status: 'False', reason: ReviewRequired", "Active, status: 'False', reason: PolicySuspended");

        assertThat(news(null, missing)).containsExactly("Warning ReviewRequired Reviewed: m");
        assertThat(news(missing, suspended)).containsExactly("Warning PolicySuspended Active: n");
        assertThat(news(null, "{conditions: [{type: Active, status: 'False', reason: StageUnknown, message: n}]}"))
                .containsExactly("Warning StageUnknown Active: n");
    }

    @Test
    void tellsOfCircuitsAndOfWhatRunsAgain() {
        String open = "{tools: [{name: sh, circuit: Open, until: later}]}";
        String half = "{tools: [{name: sh, circuit: HalfOpen, until: later}]}";
        String disabled = "{tools: [{name: sh, circuit: Closed, disabled: {alert: a, firing: f, at: then}}]}";
        String quarantined = "{quarantined: {alert: a, firing: f, at: then}}";

        assertThat(news("{}", open))
                .singleElement()
                .asString()
                .startsWith("Warning CircuitOpen")
                .contains("\"sh\"", "later");
        assertThat(news(open, half)).isEmpty();
        assertThat(news(half, "{}")).singleElement().asString().startsWith("Normal CircuitClosed");
        assertThat(news("{}", disabled)).as("AlertFired says so").isEmpty();
        assertThat(news(disabled, "{}"))
                .containsExactly(
                        "Normal Resumed somebody let the tool \"sh\" run again, which the alert \"a\" had stopped at then");
        assertThat(news(quarantined, "{quarantined: {alert: b, firing: g, at: then}}"))
                .as("it does not run")
                .isEmpty();
        assertThat(news(quarantined, "{}"))
                .containsExactly(
                        "Normal Resumed somebody let the policy run again, which the alert \"a\" had stopped at then");
    }

    @Test
    void whatComesAndGoesIsToldOnceInAWhile() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        PolicyNews wrong = PolicyNews.of(status(WELL), status(WRONG)).getFirst();
        PolicyNews well = PolicyNews.of(status(WRONG), status(WELL)).getFirst();

        assertThat(wrong.key(now)).isEqualTo(wrong.key(now.plusSeconds(599)));
        assertThat(wrong.key(now)).isNotEqualTo(wrong.key(now.plusSeconds(600)));
        assertThat(wrong.key(now)).isNotEqualTo(well.key(now));
    }

    private static List<String> news(String before, String now) {
        return PolicyNews.of(before == null ? null : status(before), status(now)).stream()
                .map(told -> (told.well() ? "Normal " : "Warning ") + told.reason() + " " + told.note())
                .toList();
    }

    private static SandboxPolicyStatus status(String yaml) {
        return Serialization.unmarshal("status: " + yaml, SandboxPolicy.class).getStatus();
    }
}
