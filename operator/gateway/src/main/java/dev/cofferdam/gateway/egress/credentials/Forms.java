package dev.cofferdam.gateway.egress.credentials;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The forms in which a credential may come back: as it is, and escaped for URLs; in base64, of both alphabets, whatever stands before it; in hexadecimal. What is
 * encoded in another way is not known for what it is (docs/security/threat-model.md). Immutable.
 */
public final class Forms {
    /** Fewer are in every other word. */
    static final int BYTES_LEAST = 8;

    /** One, with the function of Knuth, Morris and Pratt: of the first i + 1 bytes, the longest proper beginning that is an end, too. */
    record Pattern(byte[] text, int[] fall) {
        static Pattern of(byte[] text) {
            int[] fall = new int[text.length];
            Pattern pattern = new Pattern(text, fall);
            for (int i = 1; i < text.length; i++) {
                fall[i] = pattern.step(fall[i - 1], text[i]);
            }
            return pattern;
        }

        /** How much of the beginning is there after another byte, where so much of it was before; less than all. */
        int step(int before, byte next) {
            int depth = before;
            while (text[depth] != next) {
                if (depth == 0) {
                    return 0;
                }
                depth = fall[depth - 1];
            }
            return depth + 1;
        }
    }

    private final List<Pattern> plain;
    private final List<Pattern> unescaped;

    private Forms(List<Pattern> plain, List<Pattern> unescaped) {
        this.plain = plain;
        this.unescaped = unescaped;
    }

    /** @param value visible characters of ASCII */
    static Forms of(String value) {
        List<byte[]> values = new ArrayList<>(List.of(value.getBytes(StandardCharsets.US_ASCII)));
        decoded(value).ifPresent(pair -> {
            // Of a user and a password, a server may show either; a user is no secret.
            values.add(pair);
            int colon = new String(pair, StandardCharsets.ISO_8859_1).indexOf(':');
            if (pair.length - colon - 1 >= BYTES_LEAST) {
                values.add(Arrays.copyOfRange(pair, colon + 1, pair.length));
            }
        });
        List<byte[]> encoded = new ArrayList<>();
        for (byte[] each : values) {
            encoded.add(each);
            String hex = HexFormat.of().formatHex(each);
            encoded.add(hex.getBytes(StandardCharsets.US_ASCII));
            encoded.add(hex.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII));
            encoded.addAll(inBase64(each));
        }
        return new Forms(compiled(encoded), compiled(values));
    }

    /** What a value for Basic stands for (RFC 7617): base64 of a pair with a colon. */
    private static Optional<byte[]> decoded(String value) {
        try {
            byte[] pair = Base64.getDecoder().decode(value);
            return new String(pair, StandardCharsets.ISO_8859_1).indexOf(':') > 0 && pair.length >= BYTES_LEAST
                    ? Optional.of(pair)
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The characters that depend on the value alone, whatever stands before and behind it in what was encoded. */
    private static List<byte[]> inBase64(byte[] value) {
        List<byte[]> forms = new ArrayList<>();
        for (int before = 0; before < 3; before++) {
            byte[] whole = new byte[before + value.length];
            System.arraycopy(value, 0, whole, before, value.length);
            int first = (8 * before + 5) / 6;
            int end = 8 * whole.length / 6;
            for (Base64.Encoder alphabet : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                forms.add(Arrays.copyOfRange(alphabet.withoutPadding().encode(whole), first, end));
            }
        }
        return forms;
    }

    private static List<Pattern> compiled(List<byte[]> texts) {
        Map<String, Pattern> patterns = new LinkedHashMap<>();
        texts.forEach(text -> patterns.put(new String(text, StandardCharsets.ISO_8859_1), Pattern.of(text)));
        return List.copyOf(patterns.values());
    }

    List<Pattern> plain() {
        return plain;
    }

    /** To be looked for where each escape of a URL is read as the byte that it stands for. */
    List<Pattern> unescaped() {
        return unescaped;
    }

    /** A body that is to come. */
    public Redaction redaction() {
        return new Redaction(this);
    }

    /** A whole text, such as a field of a head. */
    public String redact(String text) {
        Redaction whole = redaction();
        byte[] begin = whole.take(text.getBytes(StandardCharsets.ISO_8859_1));
        byte[] rest = whole.rest();
        return new String(begin, StandardCharsets.ISO_8859_1) + new String(rest, StandardCharsets.ISO_8859_1);
    }
}
