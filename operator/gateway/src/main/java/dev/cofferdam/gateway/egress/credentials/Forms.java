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
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The forms in which a credential may come back: as it is, and escaped for URLs; in base64, of both alphabets, whatever stands before it; in hexadecimal. What is
 * encoded in another way is not known for what it is (docs/security/threat-model.md). Immutable.
 */
public final class Forms {
    /** Fewer are in every other word. */
    private static final int BYTES_LEAST = 8;

    /** Of a form that an end of a text cuts off, so many bytes may be missing at the most. */
    private static final int SPARE_MOST = 8;

    private static final int SPARE_OF = 4;

    /** %XX. */
    private static final int ESCAPE_BYTES = 3;

    /**
     * One, with the function of Knuth, Morris and Pratt.
     *
     * @param fall of the first i + 1 bytes, the longest proper beginning that is an end, too
     * @param enough so many of its first bytes are masked at the end of a text
     */
    record Pattern(byte[] text, int[] fall, int enough) {
        static Pattern of(byte[] text, int enough) {
            int[] fall = new int[text.length];
            Pattern pattern = new Pattern(text, fall, enough);
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
    private final int longestBeginning;

    /** Whether a form has a blank, and whether one has what is not ASCII. */
    private final boolean blank;

    private final boolean foreign;

    private Forms(List<Pattern> plain, List<Pattern> unescaped) {
        this.plain = plain;
        this.unescaped = unescaped;
        this.blank = unescaped.stream().anyMatch(pattern -> has(pattern.text(), each -> each == ' '));
        this.foreign = unescaped.stream().anyMatch(pattern -> has(pattern.text(), each -> each < 0));
        this.longestBeginning = Math.max(longest(plain), ESCAPE_BYTES * longest(unescaped)) - 1;
    }

    /** @param value visible characters of ASCII */
    static Forms of(String value) {
        List<byte[]> values = new ArrayList<>(List.of(value.getBytes(StandardCharsets.US_ASCII)));
        Optional<byte[]> decoded = decoded(value);
        // Of a user and a password, a server may show either; a user is no secret.
        Optional<byte[]> password = decoded.map(pair ->
                Arrays.copyOfRange(pair, new String(pair, StandardCharsets.ISO_8859_1).indexOf(':') + 1, pair.length));
        decoded.ifPresent(values::add);
        password.filter(text -> text.length >= BYTES_LEAST).ifPresent(values::add);
        int spare = spare(password.orElse(values.getFirst()));
        List<byte[]> encoded = new ArrayList<>();
        for (byte[] each : values) {
            encoded.add(each);
            String hex = HexFormat.of().formatHex(each);
            encoded.add(hex.getBytes(StandardCharsets.US_ASCII));
            encoded.add(hex.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII));
            encoded.addAll(inBase64(each));
        }
        return new Forms(compiled(encoded, spare), compiled(values, spare));
    }

    /**
     * How many bytes may be missing of what an end cuts off. Were few of its first bytes masked, whoever has a server say texts of his choice would find it byte by byte: an asterisk is a right guess.
     * So what must be guessed at once is most of what follows the last sign; what stands before that may be known to everybody, such as a prefix, a user, the claims of a JWT.
     */
    private static int spare(byte[] secret) {
        int end = secret.length;
        while (end > 0 && secret[end - 1] == '=') {
            end--;
        }
        int begin = end;
        while (begin > 0 && secret[begin - 1] > 0 && Character.isLetterOrDigit(secret[begin - 1])) {
            begin--;
        }
        return Math.min((end - begin) / SPARE_OF, SPARE_MOST);
    }

    /** What a value for Basic stands for (RFC 7617): base64 of a pair with a colon, and without control characters. */
    private static Optional<byte[]> decoded(String value) {
        try {
            byte[] pair = Base64.getDecoder().decode(value);
            return new String(pair, StandardCharsets.ISO_8859_1).indexOf(':') > 0
                            && !has(pair, each -> each >= 0 && each < ' ' || each == 0x7f)
                            && pair.length >= BYTES_LEAST
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

    private static List<Pattern> compiled(List<byte[]> texts, int spare) {
        Map<String, Pattern> patterns = new LinkedHashMap<>();
        texts.forEach(text ->
                patterns.put(new String(text, StandardCharsets.ISO_8859_1), Pattern.of(text, text.length - spare)));
        return List.copyOf(patterns.values());
    }

    List<Pattern> plain() {
        return plain;
    }

    /** To be looked for where each escape of a URL is read as the byte that it stands for. */
    List<Pattern> unescaped() {
        return unescaped;
    }

    /** Bytes of the longest beginning of a form, however it is escaped. */
    int longestBeginning() {
        return longestBeginning;
    }

    private static int longest(List<Pattern> patterns) {
        return patterns.stream()
                .mapToInt(pattern -> pattern.text().length)
                .max()
                .orElse(0);
    }

    /** Whether a form of any such credential may have that byte. */
    boolean mayHave(byte next) {
        return next > ' ' && next < 0x7f || next == ' ' && blank || next < 0 && foreign;
    }

    private static boolean has(byte[] text, IntPredicate such) {
        return IntStream.range(0, text.length).map(i -> text[i]).anyMatch(such);
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
