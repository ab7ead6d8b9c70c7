package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class TokenSubjectTest {
    private static final String WHOLE = """
            authenticated: true
            audiences: [cofferdam]
            user:
              username: system:serviceaccount:ns:default
              extra:
                authentication.kubernetes.io/pod-name: [cofferdam-x-1]
                authentication.kubernetes.io/pod-uid: [u]
            """;

    @Test
    void aTokenOfAPodOfOursHasASubject() {
        assertThat(TokenSubject.isAuthentic(status(WHOLE))).isTrue();
        assertThat(TokenSubject.of(status(WHOLE))).contains(new TokenSubject("ns", "cofferdam-x-1", "u"));
    }

    @Test
    void anotherAudienceOrNoneIsNotAuthentic() {
        assertThat(TokenSubject.isAuthentic(null)).isFalse();
        assertThat(TokenSubject.isAuthentic(status(WHOLE.replace("[cofferdam]", "[other]"))))
                .isFalse();
        assertThat(TokenSubject.isAuthentic(status(WHOLE.replace("audiences: [cofferdam]", ""))))
                .isFalse();
        assertThat(TokenSubject.isAuthentic(status(WHOLE.replace("true", "false"))))
                .isFalse();
    }

    @Test
    void whatIsNotBoundToOnePodOfOursHasNone() {
        for (String other : new String[] {
            WHOLE.replace("system:serviceaccount:ns:default", "admin"),
            WHOLE.replace("system:serviceaccount:ns:default", "system:serviceaccount:ns"),
            WHOLE.replace("system:serviceaccount:ns:default", "system:serviceaccount:a:b:c"),
            WHOLE.replace("cofferdam-x-1", "web-0"),
            WHOLE.replace("[u]", "[]"),
            WHOLE.replace("[u]", "[u, v]"),
            WHOLE.substring(0, WHOLE.indexOf("  extra")),
        }) {
            assertThat(TokenSubject.of(status(other))).as(other).isEmpty();
        }
    }

    private static TokenReviewStatus status(String yaml) {
        return Serialization.unmarshal(yaml, TokenReviewStatus.class);
    }
}
