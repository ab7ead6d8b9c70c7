package dev.cofferdam.record;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 of a text in UTF-8, as {@code sha256:<64 hex digits>}. */
public final class Digest {
    private static final int ID = 16;

    private Digest() {}

    public static String of(String text) {
        return "sha256:" + hex(text);
    }

    /** The digits alone, in lower case. */
    public static String hex(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** The first {@value #ID} of the digits: enough for a name that nobody gains from forging. */
    public static String id(String text) {
        return hex(text).substring(0, ID);
    }

    /** Different for every other list: no word can have a NUL character. */
    public static String of(List<String> words) {
        return of(String.join("\0", words));
    }
}
