package dev.cofferdam.gateway.egress.credentials;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    void whatAnEndCutsOffIsMaskedWhereLittleOfItIsMissing() {
        String token = "glpat-0123456789abcdefghij";
        assertThat(masked(token, "x" + token.substring(0, 21))).isEqualTo("x" + stars(21));
        assertThat(masked(token, "x" + token.substring(0, 20))).isEqualTo("x" + token.substring(0, 20));
        String hex = HexFormat.of().formatHex(token.getBytes(ISO_8859_1));
        assertThat(masked(token, hex.substring(0, 47))).isEqualTo(stars(47));
        assertThat(masked(token, "%67" + token.substring(1, 22) + "%7")).isEqualTo(stars(26));
    }

    /** Whoever knows a prefix, a user or claims, and has a server say his guess, learns nothing from one byte that is right. */
    @ParameterizedTest
    @CsvSource({
        "glpat-0123456789abcdefghij, glpat-",
        "company-service-token-for-production-a1b2c3d4, company-service-token-for-production-",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0b29sLW9mLWEtdGVuYW50In0.AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG, eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0b29sLW9mLWEtdGVuYW50In0.",
        "YS1ib3Qtd2l0aC1hLWxvbmctbmFtZTpwYXNzd29yZDEyMzQ=, a-bot-with-a-long-name:",
        "YS1ib3Qtd2l0aC1hLWxvbmctbmFtZTpwYXNzd29yZDEyMzQ=, YS1ib3Qtd2l0aC1hLWxvbmctbmFtZTp",
    })
    void nothingIsLearntByteByByte(String secret, String known) {
        String whole = known.contains(":") ? "a-bot-with-a-long-name:password1234" : secret;
        String hex = HexFormat.of().formatHex(whole.getBytes(ISO_8859_1));
        for (int more = 1; more <= 4; more++) {
            String guess = whole.substring(0, known.length() + more);
            assertThat(masked(secret, "x" + guess)).isEqualTo("x" + guess);
            String inHex = hex.substring(0, 2 * known.length() + more);
            assertThat(masked(secret, inHex)).isEqualTo(inHex);
        }
    }

    /** What comes at once and what is held back is the same for a right guess and for a wrong one. */
    @Test
    void whatIsHeldBackTellsNothing() {
        for (int right = 0; right < SECRET.length(); right++) {
            String guess = "some words, then " + SECRET.substring(0, right);
            byte[] wrong = guess.getBytes(ISO_8859_1);
            if (right > 0) {
                wrong[wrong.length - 1] ^= 1;
            }
            assertThat(Forms.of(SECRET).redaction().take(guess.getBytes(ISO_8859_1)))
                    .as(guess)
                    .hasSameSizeAs(Forms.of(SECRET).redaction().take(wrong));
        }
    }

    @Test
    void aLineIsNotHeldBack() {
        for (String event : new String[] {"data: {\"a\": 1}\n\n", "{\"type\": \"ADDED\"}\n", "two words "}) {
            assertThat(Forms.of(SECRET).redaction().take(event.getBytes(ISO_8859_1)))
                    .asString(ISO_8859_1)
                    .isEqualTo(event);
        }
        String pair = Base64.getEncoder().encodeToString("reader:the pass word".getBytes(ISO_8859_1));
        assertThat(masked(pair, "x the pass word")).isEqualTo("x " + stars(13));
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
