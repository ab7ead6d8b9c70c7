package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class AgendaTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Agenda agenda = new Agenda();

    @Test
    void givesWhatIsDueOnceEarliestFirst() {
        agenda.add(entry(2, "later"));
        agenda.add(entry(1, "sooner"));
        agenda.add(entry(9, "much later"));

        assertThat(agenda.due(NOW)).isEmpty();
        assertThat(agenda.due(NOW.plusSeconds(2)))
                .extracting(Agenda.Entry::name)
                .containsExactly("sooner", "later");
        assertThat(agenda.due(NOW.plusSeconds(2))).isEmpty();
        assertThat(agenda.due(NOW.plusSeconds(9)))
                .extracting(Agenda.Entry::name)
                .containsExactly("much later");
    }

    @Test
    void forgetsBeforeAPass() {
        agenda.add(entry(1, "found again by the pass"));

        agenda.clear();

        assertThat(agenda.due(NOW.plusSeconds(9))).isEmpty();
    }

    private static Agenda.Entry entry(int seconds, String name) {
        return new Agenda.Entry(NOW.plusSeconds(seconds), Agenda.Kind.RUN, "agents", name);
    }
}
