package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretGrantTest {
    /** As it is where it can be nothing else: the event of one that is granted names it so. Whatever else is in quotes, with escapes. */
    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            registry_token | registry_token
            a.b-C          | a.b-C
            `a b`          | `"a b"`
            `a"b`          | `"a\\"b"`
            `token\u001b`   | `"token\\u001b"`
            ``             | `""`
            """, delimiter = '|')
    void whatIsRefusedIsNamed(String asked, String shown) {
        assertThat(SecretGrant.NOTHING.decide(asked))
                .isInstanceOfSatisfying(
                        Answer.Denied.class,
                        denied -> assertThat(denied.reasons())
                                .extracting(DecisionReason::resource)
                                .containsExactly(shown));
    }
}
