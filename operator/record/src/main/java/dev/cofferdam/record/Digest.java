package dev.cofferdam.record;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 of a text in UTF-8, as {@code sha256:<64 hex digits>}. */
public final class Digest {
    private Digest() {}

    public static String of(String text) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(
                                    MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Different for every other list: no word can have a NUL character. */
    public static String of(List<String> words) {
        return of(String.join("\0", words));
    }
}
