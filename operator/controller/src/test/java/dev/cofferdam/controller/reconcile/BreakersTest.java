package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Circuit;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolCircuit;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Breaker;
import dev.cofferdam.policy.CircuitRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which runs spend the probes of a circuit that is half open. */
class BreakersTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");
    private static final CircuitRule ONE_PROBE = new CircuitRule(5, Duration.ofSeconds(300), Duration.ofSeconds(60), 1);
    private static final SandboxPolicy POLICY = policy("sh", "sh");

    private final List<Circuit> became = new ArrayList<>();
    private final Breakers breakers = new Breakers(became::add);

    @Test
    void theRunThatSpentAProbeIsLetThroughUntilItIsClaimed() {
        assertThat(breakers.ask(POLICY, run("a"), ONE_PROBE, NOW)).isEmpty();
        assertThat(breakers.ask(POLICY, run("a"), ONE_PROBE, NOW))
                .as("its claim was not stored")
                .isEmpty();
        assertThat(breakers.ask(POLICY, run("b"), ONE_PROBE, NOW)).contains(NOW.plusSeconds(60));
    }

    @Test
    void aProbeThatNothingCameOfIsAnothersAndOneThatWasClaimedIsNot() {
        breakers.ask(POLICY, run("a"), ONE_PROBE, NOW);
        breakers.giveBack(run("a"));

        assertThat(breakers.ask(POLICY, run("b"), ONE_PROBE, NOW)).isEmpty();
        breakers.claimed(run("b"));
        breakers.giveBack(run("b"));
        assertThat(breakers.ask(POLICY, run("c"), ONE_PROBE, NOW)).isPresent();
    }

    @Test
    void eachChangeOfACircuitIsMeasuredOnce() {
        CircuitRule two = new CircuitRule(2, Duration.ofSeconds(300), Duration.ofSeconds(60), 1);
        SandboxPolicy fresh = policy("sh", "other");
        breakers.ended(fresh, "sh", Breaker.Word.Failed, two, NOW);
        assertThat(became).as("one failure of two").isEmpty();

        breakers.ended(fresh, "sh", Breaker.Word.Failed, two, NOW);
        breakers.ended(fresh, "sh", Breaker.Word.Failed, two, NOW);
        assertThat(breakers.ask(fresh, run("a"), two, NOW)).isPresent();
        breakers.ask(fresh, run("a"), two, NOW.plusSeconds(60));
        breakers.ended(fresh, "sh", Breaker.Word.Well, two, NOW.plusSeconds(61));

        assertThat(became).containsExactly(Circuit.Open, Circuit.HalfOpen, Circuit.Closed);
    }

    @Test
    void aToolThatThePolicyHasNoMoreIsToldNoMore() {
        assertThat(breakers.told(POLICY)).extracting(ToolCircuit::name).containsExactly("sh");

        assertThat(breakers.told(policy("another", "sh"))).isEmpty();
    }

    private static SandboxPolicy policy(String tool, String told) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: SandboxPolicy
                metadata: {name: p, uid: p, namespace: n}
                spec: {tools: [{name: %s, image: x}]}
                status: {tools: [{name: %s, circuit: Open, until: '2026-01-01T00:09:00Z'}]}
                """.formatted(tool, told), SandboxPolicy.class);
    }

    private static ToolRun run(String name) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: %1$s, uid: uid-%1$s, namespace: n, creationTimestamp: '2026-01-01T00:00:00Z'}
                spec: {policyRef: {name: p}, tool: sh}
                """.formatted(name), ToolRun.class);
    }
}
