package dev.cofferdam.gateway.egress.credentials;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
    private static final String SECRET = "s3cr3t/s3cr3t+value=";

    /** In pieces of every length the same comes of it. */
    private static String masked(String secret, String text) {
        String whole = null;
        for (int size = 1; size <= Math.max(1, text.length()); size++) {
            Redaction redaction = Forms.of(secret).redaction();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int at = 0; at < text.length(); at += size) {
                out.writeBytes(redaction.take(
                        text.substring(at, Math.min(text.length(), at + size)).getBytes(ISO_8859_1)));
            }
            out.writeBytes(redaction.rest());
            String came = out.toString(ISO_8859_1);
            assertThat(came).hasSize(text.length());
            whole = whole == null ? came : whole;
            assertThat(came).as("pieces of " + size).isEqualTo(whole);
        }
        return whole;
    }

    private static String stars(int count) {
        return "*".repeat(count);
    }

    @Test
    void itIsMaskedHoweverItComes() {
        assertThat(masked(SECRET, "a " + SECRET + " b " + SECRET + SECRET))
                .isEqualTo("a " + stars(20) + " b " + stars(40));
        assertThat(masked(SECRET, "s3cr3t/" + SECRET)).isEqualTo("s3cr3t/" + stars(20));
        assertThat(masked(SECRET, "s3cr3t/s3cr3t+valve= s3cr3t")).isEqualTo("s3cr3t/s3cr3t+valve= s3cr3t");
        assertThat(masked("abababab", "xabababababx")).isEqualTo("x" + stars(10) + "x");
    }

    @Test
    void escapedForUrlsItIsMasked() {
        String some = SECRET.replace("/", "%2F").replace("+", "%2b").replace("=", "%3D");
        assertThat(masked(SECRET, "?q=" + some + "&x")).isEqualTo("?q=" + stars(26) + "&x");
        StringBuilder all = new StringBuilder();
        for (byte each : SECRET.getBytes(ISO_8859_1)) {
            all.append('%').append(HexFormat.of().toHexDigits(each));
        }
        assertThat(masked(SECRET, "%" + all + "%2")).isEqualTo("%" + stars(60) + "%2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ab", "abc", "user:", "Bearer "})
    void inBase64ItIsMaskedWhateverStandsBeforeIt(String before) {
        for (Base64.Encoder encoder : new Base64.Encoder[] {Base64.getEncoder(), Base64.getUrlEncoder()}) {
            String encoded = encoder.encodeToString((before + SECRET + "tail").getBytes(ISO_8859_1));
            String came = masked(SECRET, "<" + encoded + ">");
            assertThat(came).contains(stars(8 * SECRET.length() / 6 - 1));
        }
    }

    @Test
    void inHexadecimalItIsMasked() {
        String hex = HexFormat.of().formatHex(SECRET.getBytes(ISO_8859_1));
        assertThat(masked(SECRET, "x" + hex + "y" + hex.toUpperCase(java.util.Locale.ROOT)))
                .isEqualTo("x" + stars(40) + "y" + stars(40));
    }

    @Test
    void ofAPairThePasswordIsMaskedToo() {
        String pair = Base64.getEncoder().encodeToString("reader:the-password".getBytes(ISO_8859_1));
        assertThat(masked(pair, pair + " the-password reader"))
                .isEqualTo(stars(pair.length()) + " " + stars(12) + " reader");
    }

    @Test
    void aBeginningAtTheEndIsMasked() {
        assertThat(masked(SECRET, "x" + SECRET.substring(0, 12))).isEqualTo("x" + stars(12));
        assertThat(masked(SECRET, "x" + SECRET.substring(0, 7))).isEqualTo("xs3cr3t/");
    }

    @Test
    void whatIsNoSecretStaysAndIsNotHeldBack() {
        byte[] much = new byte[200_000];
        new Random(5).nextBytes(much);
        Redaction redaction = Forms.of(SECRET).redaction();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(redaction.take(much));
        assertThat(out.size()).isGreaterThan(much.length - 60);
        out.writeBytes(redaction.rest());
        assertThat(out.toByteArray()).isEqualTo(much);
    }
}
