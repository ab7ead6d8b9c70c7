package dev.cofferdam.policy;

import java.util.Collection;
import java.util.stream.Collectors;

/** Text that somebody else wrote, made fit for a message: in quotes, bounded, and without anything that a terminal or a log could misread. */
public final class Quoted {
    /** Longest quotation, in characters of the original. */
    static final int MOST = 64;

    private static final int NAMES_MOST = 16;

    private Quoted() {}

    /** {@code "text"}; control, format and unassigned characters as {@code \\uXXXX}; what is over the bound is cut, and its length named. */
    public static String of(String text) {
        if (text == null) {
            return "\"\"";
        }
        StringBuilder quoted = new StringBuilder("\"");
        int shown = 0;
        int at = 0;
        while (at < text.length() && shown < MOST) {
            int character = text.codePointAt(at);
            append(quoted, character, true);
            at += Character.charCount(character);
            shown++;
        }
        quoted.append('"');
        if (at < text.length()) {
            quoted.append("… (").append(text.length()).append(" characters)");
        }
        return quoted.toString();
    }

    /** The text without quotes, at most {@code most} characters of it, escaped in the same way; for messages that another part of Kubernetes wrote. */
    public static String plain(String text, int most) {
        StringBuilder plain = new StringBuilder();
        String whole = text == null ? "" : text;
        whole.codePoints().limit(most).forEach(character -> append(plain, character, false));
        return whole.codePointCount(0, whole.length()) > most
                ? plain.append('…').toString()
                : plain.toString();
    }

    /** A list of names for a message, the first few of them. */
    static String list(Collection<String> names) {
        if (names.isEmpty()) {
            return "none";
        }
        String first = names.stream().limit(NAMES_MOST).map(Quoted::of).collect(Collectors.joining(", "));
        return names.size() > NAMES_MOST ? first + " and " + (names.size() - NAMES_MOST) + " more" : first;
    }

    private static void append(StringBuilder quoted, int character, boolean inQuotes) {
        switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> escape(quoted, character);
            default -> {
                if (inQuotes && character == '"' || character == '\\') {
                    quoted.append('\\');
                }
                quoted.appendCodePoint(character);
            }
        }
    }

    private static void escape(StringBuilder quoted, int character) {
        for (char unit : Character.toChars(character)) {
            quoted.append(String.format("\\u%04x", (int) unit));
        }
    }
}
