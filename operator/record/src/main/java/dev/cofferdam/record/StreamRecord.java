package dev.cofferdam.record;

import dev.cofferdam.api.v1alpha1.OutputEncoding;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * What the object keeps of one output stream.
 *
 * @param text the kept bytes, written as {@code encoding} says
 * @param encoding UTF8 where the bytes at hand are that, else Base64
 * @param total all bytes that the tool wrote
 * @param truncated whether the text is less than what the tool wrote
 */
public record StreamRecord(String text, OutputEncoding encoding, long total, boolean truncated) {
    /** Bytes of a character in UTF-8, at most. */
    private static final int CHARACTER_BYTES = 4;

    /** Nothing of a stream, of which there was something unless {@code total} is 0. */
    public static StreamRecord omitted(long total) {
        return new StreamRecord("", OutputEncoding.UTF8, total, total > 0);
    }

    /**
     * The record of a stream.
     *
     * @param kept the stream's first bytes; NUL and other control bytes are text
     * @param total the stream's length, at least that of {@code kept}; where it is more, a character that the cut went through is left out
     */
    public static StreamRecord of(byte[] kept, long total) {
        boolean cut = kept.length < total;
        return utf8(cut ? untilWholeCharacter(kept) : kept)
                .map(text -> new StreamRecord(text, OutputEncoding.UTF8, total, cut))
                .orElseGet(() ->
                        new StreamRecord(Base64.getEncoder().encodeToString(kept), OutputEncoding.Base64, total, cut));
    }

    /** JSON-escaped bytes of the text. */
    public long jsonBytes() {
        return encoding == OutputEncoding.Base64 ? text.length() : Budgets.jsonBytes(text);
    }

    /** The record cut, at a character, to at most so many JSON-escaped bytes. */
    public StreamRecord within(long bytes) {
        if (jsonBytes() <= bytes) {
            return this;
        }
        String less = encoding == OutputEncoding.Base64
                ? text.substring(0, Math.toIntExact(bytes / 4 * 4))
                : text.substring(0, fitting(bytes));
        return new StreamRecord(less, encoding, total, true);
    }

    private int fitting(long bytes) {
        long used = 0;
        int at = 0;
        while (at < text.length()) {
            int character = text.codePointAt(at);
            used += Budgets.jsonBytes(character);
            if (used > bytes) {
                break;
            }
            at += Character.charCount(character);
        }
        return at;
    }

    private static Optional<String> utf8(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Without the beginning of a character at the very end that lacks its other bytes. */
    private static byte[] untilWholeCharacter(byte[] bytes) {
        for (int back = 1; back < CHARACTER_BYTES && back <= bytes.length; back++) {
            int lead = bytes[bytes.length - back] & 0xff;
            if ((lead & 0xc0) != 0x80) {
                int length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
                return length > back ? Arrays.copyOf(bytes, bytes.length - back) : bytes;
            }
        }
        return bytes;
    }
}
