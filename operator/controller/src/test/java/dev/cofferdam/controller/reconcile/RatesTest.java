package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.policy.RateRule;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who is let through, at N and at N + 1, and what a process that begins knows. */
class RatesTest {
    private static final RateRule THREE = new RateRule(3, Duration.ofSeconds(60));

    private final List<Rates.Passed> stored = new ArrayList<>();
    private final Rates rates = new Rates((namespace, policy) -> stored.stream(), Runnable::run);

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
        assertThat(ask(run("q", "d", 0), THREE)).isEmpty();
        stored.addAll(
                List.of(new Rates.Passed("a", at(0)), new Rates.Passed("b", at(0)), new Rates.Passed("c", at(0))));
        RateRule four = new RateRule(4, Duration.ofSeconds(60));
        assertThat(ask(run("p", "d", 0), four)).isEmpty();
        assertThat(ask(run("p", "e", 0), four)).isPresent();
    }

    /** A controller that was away finds them in no order: no choice of the order denies what came in time, or lets through more. */
    @Test
    void theOrderInWhichTheyAreLookedAtDeniesNobody() {
        Random random = new Random(7);
        for (int turn = 0; turn < 50; turn++) {
            Rates fresh = new Rates((namespace, policy) -> Stream.empty(), Runnable::run);
            List<Integer> order = new ArrayList<>(IntStream.range(0, 30).boxed().toList());
            Collections.shuffle(order, random);
            for (int at : order) {
                assertThat(fresh.ask(run("p", "r" + at, at * 20), THREE))
                        .as("r%d of %s", at, order)
                        .isEqualTo(new Rates.Answer.Through());
            }
        }
    }

    @Test
    void inWhateverOrderNoWindowHasMoreThanTheRuleSays() {
        Random random = new Random(8);
        for (int turn = 0; turn < 20; turn++) {
            Rates fresh = new Rates((namespace, policy) -> Stream.empty(), Runnable::run);
            List<Integer> through = IntStream.range(0, 200)
                    .map(any -> random.nextInt(500))
                    .boxed()
                    .filter(at ->
                            fresh.ask(run("p", "r" + random.nextLong(), at), THREE) instanceof Rates.Answer.Through)
                    .toList();
            assertThat(IntStream.range(0, 500))
                    .allMatch(from -> through.stream()
                                    .filter(at -> at >= from && at < from + 60)
                                    .count()
                            <= 3);
            assertThat(through).hasSizeGreaterThan(10);
        }
    }

    /** A key's next first may have waited for long, and others came meanwhile. */
    @Test
    void oneThatWaitedForLongIsCountedAmongThoseOfItsTime() {
        for (int at = 600; at < 1200; at += 20) {
            assertThat(ask("r" + at, at)).isEmpty();
        }
        assertThat(ask("waited", 530)).isEmpty();
        assertThat(ask("so did this", 531)).isEmpty();
        assertThat(ask("and this", 532)).isEmpty();
        assertThat(ask("one more", 533))
                .as("a time at which one would be let through")
                .contains(at(1200));
        assertThat(ask("then", 1200)).isEmpty();
    }

    @Test
    void whatWasGivenBackIsForAnother() {
        for (String name : List.of("a", "b", "c")) {
            assertThat(ask(name, 0)).isEmpty();
        }
        assertThat(ask("d", 1)).isPresent();
        rates.giveBack(run("p", "b", 0));
        assertThat(ask("d", 1)).isEmpty();
        assertThat(ask("b", 0)).as("it asks again").isPresent();
    }

    /** What passed by the other rule, or by none, counts when the former is back. */
    @Test
    void aRuleThatIsEditedAndEditedBackKnowsWhatPassedMeanwhile() {
        RateRule many = new RateRule(100, Duration.ofSeconds(60));
        assertThat(ask("a", 0)).isEmpty();
        for (int more = 0; more < 50; more++) {
            assertThat(ask(run("p", "many" + more, 1), many)).isEmpty();
        }
        assertThat(ask("b", 2)).contains(at(61));
        stored.addAll(
                List.of(new Rates.Passed("x", at(70)), new Rates.Passed("y", at(70)), new Rates.Passed("z", at(70))));
        assertThat(ask("c", 71)).as("not asked for again yet").isEmpty();
        rates.uncounted(run("p", "x", 70));
        assertThat(ask("d", 72)).contains(at(130));
    }

    /** One tenant's many runs stop neither another's nor the threads that ask. */
    @Test
    void nobodyWaitsForTheApiServer() {
        List<Runnable> asked = new ArrayList<>();
        Rates slow = new Rates((namespace, policy) -> stored.stream(), asked::add);
        stored.add(new Rates.Passed("a", at(0)));
        RateRule one = new RateRule(1, Duration.ofSeconds(60));

        assertThat(slow.ask(run("p", "b", 1), one)).isEqualTo(new Rates.Answer.Unknown());
        assertThat(slow.ask(run("p", "c", 1), one)).isEqualTo(new Rates.Answer.Unknown());
        assertThat(slow.ask(run("q", "d", 1), one)).isEqualTo(new Rates.Answer.Unknown());
        assertThat(asked).as("one at a time of a namespace").hasSize(1);
        assertThat(slow.ask(elsewhere(run("p", "e", 1)), one)).isEqualTo(new Rates.Answer.Unknown());
        assertThat(asked).as("and each its own").hasSize(2);

        asked.removeFirst().run();
        assertThat(slow.ask(run("p", "b", 1), one)).isEqualTo(new Rates.Answer.Late(at(60)));
        assertThat(slow.ask(run("q", "d", 1), one)).isEqualTo(new Rates.Answer.Unknown());
        assertThat(asked).hasSize(2);
    }

    @Test
    void whatTheApiServerDidNotSayIsAskedAgainAndNobodyPassesMeanwhile() {
        List<Runnable> asked = new ArrayList<>();
        Iterator<RuntimeException> failures = List.<RuntimeException>of(new KubernetesClientException("expired"))
                .iterator();
        Rates unlucky = new Rates(
                (namespace, policy) -> {
                    if (failures.hasNext()) {
                        throw failures.next();
                    }
                    return stored.stream();
                },
                asked::add);

        for (int turn = 0; turn < 2; turn++) {
            assertThat(unlucky.ask(run("p", "a", 0), THREE)).isEqualTo(new Rates.Answer.Unknown());
            asked.removeFirst().run();
        }
        assertThat(unlucky.ask(run("p", "a", 0), THREE)).isEqualTo(new Rates.Answer.Through());
    }

    /** Whoever writes policies takes nothing from another namespace. */
    @Test
    void manyPoliciesOfANamespaceMakeNobodyElseForget() {
        RateRule one = new RateRule(1, Duration.ofSeconds(60));
        assertThat(ask(elsewhere(run("p", "a", 0)), one)).isEmpty();
        for (int policy = 0; policy < 2000; policy++) {
            assertThat(ask(run("p" + policy, "a", 0), one)).isEmpty();
        }
        assertThat(ask(elsewhere(run("p", "b", 1)), one)).contains(at(60));
        assertThat(ask(run("p0", "b", 1), one))
                .as("its own, and nobody is there")
                .isEmpty();
    }

    /** It asks the API server again, which knows. */
    @Test
    void whereThereIsTooMuchToRememberItIsForgottenOfWhomNobodyAsks() {
        List<String> asked = new ArrayList<>();
        RateRule many = new RateRule(100, Duration.ofSeconds(60));
        Rates small = new Rates(
                (namespace, policy) -> {
                    asked.add(namespace);
                    return Stream.empty();
                },
                Runnable::run,
                10);
        for (int at = 0; at < 6; at++) {
            small.ask(run("p", "idle" + at, at), many);
        }
        for (int at = 0; at < 5; at++) {
            small.ask(elsewhere(run("p", "busy" + at, at)), many);
        }
        assertThat(asked).as("each once").containsExactly("n", "elsewhere");

        small.ask(elsewhere(run("p", "busy5", 5)), many);
        assertThat(asked).hasSize(2);
        small.ask(run("p", "idle6", 6), many);
        assertThat(asked).containsExactly("n", "elsewhere", "n");
    }

    private static ToolRun elsewhere(ToolRun run) {
        run.getMetadata().setNamespace("elsewhere");
        return run;
    }

    private Optional<Instant> ask(String name, int second) {
        return ask(run("p", name, second), THREE);
    }

    private Optional<Instant> ask(ToolRun run, RateRule rule) {
        return switch (rates.ask(run, rule)) {
            case Rates.Answer.Through through -> Optional.empty();
            case Rates.Answer.Late late -> Optional.of(late.again());
            case Rates.Answer.Unknown unknown -> throw new AssertionError("the API server has answered");
        };
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
