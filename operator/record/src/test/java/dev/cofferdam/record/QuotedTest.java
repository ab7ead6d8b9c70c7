package dev.cofferdam.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuotedTest {
    @Test
    void plainTextIsOnlyQuoted() {
        assertThat(Quoted.of("héllo wörld 🙂", 64)).isEqualTo("\"héllo wörld 🙂\"");
        assertThat(Quoted.of(null, 64)).isEqualTo("nothing");
        assertThat(Quoted.bounded(null, 64)).isEmpty();
    }

    @Test
    void whatALogOrATerminalCouldMisreadIsEscaped() {
        assertThat(Quoted.of("a\n\u001b[31m\"\\\u202e\u2028\u200b\ud800", 100))
                .isEqualTo("\"a\\u000a\\u001b[31m\\\"\\\\\\u202e\\u2028\\u200b\\ud800\"");
    }

    @Test
    void theBoundHoldsWithEscapesAndNeverCutsOne() {
        assertThat(Quoted.bounded("\n".repeat(10), 20)).isEqualTo("\\u000a\\u000a\\u000a…");
        assertThat(Quoted.bounded("abcd", 4)).isEqualTo("abcd");
        assertThat(Quoted.bounded("abcde", 4)).isEqualTo("abc…");
        assertThat(Quoted.bounded("🙂🙂🙂", 4)).isEqualTo("🙂…");
    }
}
