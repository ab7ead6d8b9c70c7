package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.RateRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who is let through, at N and at N + 1, and what a process that begins knows. */
class RatesTest {
    private static final RateRule THREE = new RateRule(3, Duration.ofSeconds(60));

    private final List<Rates.Passed> stored = new ArrayList<>();
    private final Rates rates = new Rates((namespace, policy) -> stored.stream());

    @Test
    void asManyAsTheRuleSaysAndNotOneMore() {
        assertThat(ask("a", 0)).isEmpty();
        assertThat(ask("b", 10)).isEmpty();
        assertThat(ask("c", 20)).isEmpty();
        assertThat(ask("d", 59)).as("N + 1").contains(at(60));
        assertThat(ask("b", 10)).as("asks again").isEmpty();
        assertThat(ask("e", 60)).as("when it was told to come").isEmpty();
        assertThat(ask("f", 69)).contains(at(70));
        assertThat(ask("g", 200)).isEmpty();
    }

    @Test
    void whoWasNotLetThroughCountsForNobody() {
        for (String name : List.of("a", "b", "c")) {
            assertThat(ask(name, 0)).isEmpty();
        }
        for (int more = 0; more < 10; more++) {
            assertThat(ask("more" + more, 30 + more)).contains(at(60));
        }
        assertThat(ask("z", 60)).isEmpty();
    }

    @Test
    void whatCameInTimeIsLetThroughHoweverLateItIsLookedAt() {
        for (int at = 0; at < 30; at++) {
            assertThat(ask("r" + at, at * 20)).as("r" + at).isEmpty();
        }
        assertThat(ask("in-between", 100)).as("looked at last").isPresent();
    }

    @Test
    void anotherProcessCountsWhatIsThereAndADeletedRunOnlyItsOwn() {
        stored.add(new Rates.Passed("a", at(0)));
        stored.add(new Rates.Passed("b", at(1)));
        assertThat(ask("b", 1)).isEmpty();
        assertThat(ask("c", 2)).isEmpty();
        stored.clear();
        assertThat(ask("d", 3)).as("deleting wins nothing").contains(at(60));
    }

    @Test
    void anotherRuleIsAnotherCountAndSoIsAnotherPolicy() {
        for (String name : List.of("a", "b", "c")) {
            ask(name, 0);
        }
        assertThat(rates.ask(run("q", "d", 0), THREE)).isEmpty();
        stored.addAll(
                List.of(new Rates.Passed("a", at(0)), new Rates.Passed("b", at(0)), new Rates.Passed("c", at(0))));
        RateRule four = new RateRule(4, Duration.ofSeconds(60));
        assertThat(rates.ask(run("p", "d", 0), four)).isEmpty();
        assertThat(rates.ask(run("p", "e", 0), four)).isPresent();
    }

    private Optional<Instant> ask(String name, int second) {
        return rates.ask(run("p", name, second), THREE);
    }

    private static Instant at(int second) {
        return Instant.parse("2026-01-01T00:00:00Z").plusSeconds(second);
    }

    private static ToolRun run(String policy, String name, int second) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %2$s, uid: %2$s, namespace: n, creationTimestamp: '%3$s'}
                spec: {policyRef: {name: %1$s}, tool: sh}
                """.formatted(policy, name, at(second)), ToolRun.class);
    }
}
