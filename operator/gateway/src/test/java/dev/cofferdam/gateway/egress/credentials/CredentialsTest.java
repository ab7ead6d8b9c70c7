package dev.cofferdam.gateway.egress.credentials;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cofferdam.policy.Credential;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
    private static final String GOOD =
            "credentials: [{name: a, namespaces: [n], hosts: [h.example.com, 'g.example.com:8443'], headers: [X-Api-Key], prefix: 'k '}]";
    private final Credentials credentials = new Credentials();

    private Credentials.Asked ask(String namespace, String place, String header) {
        return credentials.ask(new Credential("a", header), namespace, place);
    }

    private void use(String yaml, String value) {
        credentials.use(Map.of("some.yaml", yaml.getBytes(US_ASCII)), Map.of("a", value.getBytes(US_ASCII)));
    }

    @Test
    void whoeverDeclaresHasAFileOfHisOwn() {
        byte[] good = GOOD.getBytes(US_ASCII);
        byte[] other = GOOD.replace("name: a", "name: b").getBytes(US_ASCII);
        Map<String, byte[]> values = Map.of("a", "a-secret-value".getBytes(US_ASCII));

        assertThat(credentials.use(Map.of("one", good, "two", other, "three", new byte[0]), values))
                .containsExactlyInAnyOrder("a", "b");
        assertThat(ask("n", "h.example.com:443", "x-api-key")).isInstanceOf(Credentials.Asked.Usable.class);

        // Which of the two would be meant?
        assertThatThrownBy(() -> credentials.use(Map.of("one", good, "two", good), values))
                .hasMessage("two credentials have the name a");
        assertThat(ask("n", "h.example.com:443", "x-api-key")).isInstanceOf(Credentials.Asked.Refused.class);

        assertThatThrownBy(() -> credentials.use(Map.of("one", good, "two", "[]".getBytes(US_ASCII)), values))
                .hasMessageStartingWith("two: ");
        assertThat(ask("n", "h.example.com:443", "x-api-key")).isInstanceOf(Credentials.Asked.Refused.class);
    }

    @Test
    void allThatIsDeclaredMustFit() {
        use(GOOD, "a-secret-value\n");
        assertThat(ask("n", "h.example.com:443", "x-api-key"))
                .isInstanceOfSatisfying(
                        Credentials.Asked.Usable.class,
                        usable -> assertThat(usable.field()).isEqualTo("k a-secret-value"));
        assertThat(ask("n", "g.example.com:8443", "x-api-key")).isInstanceOf(Credentials.Asked.Usable.class);
        assertThat(ask("m", "h.example.com:443", "x-api-key")).isInstanceOf(Credentials.Asked.Refused.class);
        assertThat(ask("n", "h.example.com:8443", "x-api-key")).isInstanceOf(Credentials.Asked.Refused.class);
        assertThat(ask("n", "x.h.example.com:443", "x-api-key")).isInstanceOf(Credentials.Asked.Refused.class);
        assertThat(ask("n", "h.example.com:443", "authorization")).isInstanceOf(Credentials.Asked.Refused.class);
        assertThat(credentials.ask(new Credential("b", "x-api-key"), "n", "h.example.com:443"))
                .isInstanceOf(Credentials.Asked.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "with\r\nX: y and more", "with\u0000nul-and-more", ""})
    void aValueThatIsNoFieldIsNotUsed(String value) {
        use(GOOD, value);
        assertThat(ask("n", "h.example.com:443", "x-api-key")).isInstanceOf(Credentials.Asked.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "credentials:",
                "credentials: [{name: a, namespaces: [n], hosts: [h.example.com], hoots: [x]}]",
                "credentials: [{name: a, namespaces: [n], hosts: ['*.example.com']}]",
                "credentials: [{name: a, namespaces: [n], hosts: ['*']}]",
                "credentials: [{name: a, namespaces: [n], hosts: [10.0.0.1]}]",
                "credentials: [{name: a, namespaces: [], hosts: [h.example.com]}]",
                "credentials: [{name: a, hosts: [h.example.com]}]",
                "credentials: [{namespaces: [n], hosts: [h.example.com]}]",
                "credentials: [{name: a, namespaces: [n], hosts: [h.example.com], prefix: \"a\\r\\nb\"}]",
                "credentials: [{name: a, namespaces: [n], hosts: [h.example.com]}, {name: a, namespaces: [m], hosts: [h.example.com]}]",
                "credentials: [{name: a, name: b, namespaces: [n], hosts: [h.example.com]}]",
                "credentials: []\nother: 1"
            })
    void whatIsNotUnderstoodLeavesNone(String yaml) {
        use(GOOD, "a-secret-value");
        assertThatThrownBy(() -> use(yaml, "a-secret-value")).isInstanceOf(IllegalArgumentException.class);
        assertThat(ask("n", "h.example.com:443", "x-api-key")).isInstanceOf(Credentials.Asked.Refused.class);
    }
}
