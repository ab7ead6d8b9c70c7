package dev.cofferdam.controller.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API server takes for the note of an Event. */
class EventsTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "ж", "漢", "𝕏", "\u202e"})
    void aNoteIsBoundedInBytesOfUtf8(String character) {
        String note = Events.note("a" + character.repeat(2000));

        assertThat(note.getBytes(UTF_8).length).isBetween(990, 1024);
        assertThat(note).startsWith("a").endsWith("…").doesNotContain("\ufffd");
        assertThat(Events.note("漢字")).isEqualTo("漢字");
    }
}
