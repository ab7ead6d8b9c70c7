package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.record.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HaltTest {
    private static final Ruling.Granted GRANTED = new Ruling.Granted("7@sha256:00", null, null, null, null);

    @Test
    void aNamespaceIsStoppedByItsOwnLabelOrTheSystems() {
        assertThat(halt(Map.of())).isEmpty();
        assertThat(halt(Map.of("other", "Suspended"))).isEmpty();
        assertThat(halt(Map.of("agents", "Suspended"))).contains(new Halt("agents", "Suspended"));
        assertThat(halt(Map.of("cofferdam-system", "Quarantined")))
                .contains(new Halt("cofferdam-system", "Quarantined"));
        assertThat(halt(Map.of("agents", "Suspended", "cofferdam-system", "Suspended")))
                .as("what stops more is named")
                .contains(new Halt("cofferdam-system", "Suspended"));
    }

    @Test
    void whatIsToBeLookedAtIsNotKilledByAnother() {
        Halt kills = new Halt("cofferdam-system", "Suspended");
        Halt freezes = new Halt("agents", "Quarantined");

        assertThat(halt(Map.of("agents", "Quarantined", "cofferdam-system", "Suspended")))
                .contains(freezes);
        assertThat(stops(freezes, Reason.Suspended)).contains(Reason.Quarantined);
        assertThat(stops(kills, Reason.Quarantined)).contains(Reason.Quarantined);
        assertThat(stops(kills, Reason.Suspended)).contains(Reason.NamespaceSuspended);
        assertThat(stops(kills, null)).contains(Reason.NamespaceSuspended);
        assertThat(stops(new Halt("agents", "quarantined"), null)).contains(Reason.NamespaceSuspended);
        assertThat(stops(null, Reason.Quarantined)).contains(Reason.Quarantined);
        assertThat(stops(null, null)).isEmpty();
    }

    private static Optional<Reason> stops(Halt halt, Reason byPolicy) {
        return Halt.stops(Optional.ofNullable(halt), () -> Optional.ofNullable(byPolicy));
    }

    @Test
    void whateverTheLabelSaysItStops() {
        for (String state : List.of("", "Active", "suspended", "false")) {
            assertThat(Halt.over(halt(Map.of("agents", state)), GRANTED)).isInstanceOf(Ruling.Refused.class);
        }
    }

    @Test
    void nothingStopsWhereNothingIsLabelled() {
        assertThat(Halt.over(Optional.empty(), GRANTED)).isSameAs(GRANTED);
    }

    @Test
    void whatWasGrantedIsRefusedByTheSamePolicy() {
        Ruling ruling = Halt.over(Optional.of(new Halt("agents", "Suspended")), GRANTED);

        assertThat(ruling).isInstanceOfSatisfying(Ruling.Refused.class, refused -> {
            assertThat(refused.policyVersion()).isEqualTo("7@sha256:00");
            assertThat(refused.reasons()).singleElement().satisfies(reason -> {
                assertThat(reason.code()).isEqualTo("NamespaceSuspended");
                assertThat(reason.resource()).isEqualTo("agents");
                assertThat(reason.message()).contains("\"agents\"", "cofferdam.dev/state=Suspended", "the verb resume");
            });
        });
    }

    @Test
    void whatIsRefusedAnywayKeepsItsReasonsWithinTheBound() {
        List<DecisionReason> many = IntStream.range(0, Bounds.REASONS_MOST)
                .mapToObj(i -> new DecisionReason(Reason.EnvironmentNotGranted.name(), "E" + i, "no"))
                .toList();

        Ruling ruling =
                Halt.over(Optional.of(new Halt("cofferdam-system", "Suspended")), new Ruling.Refused("v", many));

        assertThat(((Ruling.Refused) ruling).reasons())
                .hasSize(Bounds.REASONS_MOST)
                .startsWith(
                        ((Ruling.Refused) Halt.over(Optional.of(new Halt("cofferdam-system", "Suspended")), GRANTED))
                                .reasons()
                                .getFirst())
                .contains(many.getFirst());
    }

    private static Optional<Halt> halt(Map<String, String> states) {
        return Halt.of("agents", name -> Optional.ofNullable(states.get(name)));
    }
}
