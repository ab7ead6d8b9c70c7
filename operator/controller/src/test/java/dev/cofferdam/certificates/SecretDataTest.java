package dev.cofferdam.certificates;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretDataTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Material material = new Issuance(new SecureRandom(), NOW, Terms.DEFAULT)
            .perform(Renewal.decide(Material.NONE, NOW, Terms.DEFAULT), Material.NONE);

    @Test
    void readsWhatItWrote() {
        var read = SecretData.read(SecretData.ofSecret(material), SecretData.ofConfigMap(material));

        assertThat(read.authority()).isEqualTo(material.authority());
        assertThat(read.gateway()).isEqualTo(material.gateway());
        assertThat(read.sessionKey()).isEqualTo(material.sessionKey());
        assertThat(read.published()).isEqualTo(material.bundle());
        assertThat(SecretData.ofSecret(read)).isEqualTo(SecretData.ofSecret(material));
    }

    @Test
    void startsFromTheEmptyObjectsThatTheManifestsMake() {
        assertThat(SecretData.read(Map.of(), Map.of())).isEqualTo(Material.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ca.crt", "ca.key", "tls.crt", "tls.key", "session.key"})
    void repairsWhatCannotBeRead(String key) {
        for (var damage : new String[] {
            "",
            "*** not base64",
            encoded("not PEM"),
            encoded("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        }) {
            var data = new HashMap<>(SecretData.ofSecret(material));
            data.put(key, damage);

            var read = SecretData.read(data, SecretData.ofConfigMap(material));
            var renewal = Renewal.decide(read, NOW, Terms.DEFAULT);
            var repaired = new Issuance(new SecureRandom(), NOW, Terms.DEFAULT).perform(renewal, read);

            assertThat(renewal.isNothing()).as("%s = %s", key, damage).isFalse();
            assertThat(Renewal.decide(repaired, NOW, Terms.DEFAULT).isNothing()).isTrue();
        }
    }

    @Test
    void keepsTheAuthoritysKeyApartFromWhatTheGatewayMounts() {
        var data = SecretData.ofSecret(material);

        assertThat(data).containsOnlyKeys("ca.crt", "ca.key", "session.key", "tls.crt", "tls.key");
        assertThat(SecretData.ofConfigMap(material)).containsOnlyKeys("ca.crt");
        assertThat(SecretData.ofConfigMap(material).get("ca.crt")).doesNotContain("PRIVATE");
        assertThat(Base64.getDecoder().decode(data.get("session.key"))).hasSize(32);
    }

    @Test
    void showsNoKeyWhenItIsPrinted() {
        var text = material.toString();

        assertThat(text).doesNotContain("PRIVATE").doesNotContain("sun.security");
        assertThat(text).contains("session key");
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
