package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SessionSecretsTest {
    private static final Claim OTHER_POD = Claims.of("ns", "run-uid", "other");
    private static final Claim OTHER_RUN = Claims.of("ns", "other", "pod-uid");
    private static final Claim CLAIM = Claims.of("ns", "run-uid", "pod-uid");

    @Test
    void aSecretHoldsForItsPodAndRunOnly() {
        SessionSecrets secrets = with(1);
        String secret = secrets.issue(CLAIM);
        assertThat(secret).matches("[A-Za-z0-9_-]{64}").isNotEqualTo(secrets.issue(CLAIM));
        assertThat(secrets.verify(secret, CLAIM)).isTrue();
        assertThat(secrets.verify(secret, OTHER_POD)).isFalse();
        assertThat(secrets.verify(secret, OTHER_RUN)).isFalse();
        assertThat(with(1).verify(secret, CLAIM)).isTrue();
        assertThat(with(2).verify(secret, CLAIM)).isFalse();
    }

    @Test
    void nothingElseIsASecret() {
        SessionSecrets secrets = with(1);
        String secret = secrets.issue(CLAIM);
        for (String other : new String[] {
            "", "a", secret.substring(1), secret + "AAAA", "!" + secret.substring(1), "A".repeat(64), secret + "="
        }) {
            assertThat(secrets.verify(other, CLAIM)).as(other).isFalse();
        }
        for (int i = 0; i < secret.length(); i++) {
            char flipped = secret.charAt(i) == 'A' ? 'Q' : 'A';
            assertThat(secrets.verify(secret.substring(0, i) + flipped + secret.substring(i + 1), CLAIM))
                    .isFalse();
        }
        assertThat(new SessionSecrets().verify(secret, CLAIM)).isFalse();
    }

    @Test
    void aReplacedKeyStillOpensItsSessionsOnce() {
        SessionSecrets secrets = with(1);
        String secret = secrets.issue(CLAIM);
        secrets.use(key(2));
        secrets.use(key(2));
        assertThat(secrets.verify(secret, CLAIM)).isTrue();
        assertThat(with(2).verify(secrets.issue(CLAIM), CLAIM)).isTrue();
        secrets.use(key(3));
        assertThat(secrets.verify(secret, CLAIM)).isFalse();
    }

    @Test
    void aShortKeyIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SessionSecrets().use(new byte[31]));
    }

    private static SessionSecrets with(int key) {
        SessionSecrets secrets = new SessionSecrets();
        secrets.use(key(key));
        return secrets;
    }

    private static byte[] key(int number) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) number);
        return key;
    }
}
