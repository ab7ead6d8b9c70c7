package dev.cofferdam.policy.match;

import dev.cofferdam.record.Quoted;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/** Forms of text, by hand: no pattern that could take long, and nothing beyond ASCII where a name is meant. */
public final class Text {
    private static final int LABEL_MOST = 63;
    private static final int SUBDOMAIN_MOST = 253;
    private static final int VARIABLE_MOST = 256;

    /** How much of somebody else's text a message shows, in characters with their escapes. */
    public static final int SHOWN_MOST = 64;

    private static final int NAMES_MOST = 16;

    private Text() {}

    /** Text that somebody else wrote, as a message may show it. */
    public static String quoted(String text) {
        return Quoted.of(text == null ? "" : text, SHOWN_MOST);
    }

    /** A list of names for a message, the first few of them. */
    public static String list(Collection<String> names) {
        if (names.isEmpty()) {
            return "none";
        }
        String first = names.stream().limit(NAMES_MOST).map(Text::quoted).collect(Collectors.joining(", "));
        return names.size() > NAMES_MOST ? first + " and " + (names.size() - NAMES_MOST) + " more" : first;
    }

    public static boolean absent(String text) {
        return text == null || text.isEmpty();
    }

    /** RFC 1123 label: lower case letters, digits and '-', which neither begins nor ends it. */
    public static boolean isLabel(String text) {
        return text != null && isLabel(text, 0, text.length());
    }

    private static boolean isLabel(String text, int from, int end) {
        if (from == end || end - from > LABEL_MOST || text.charAt(from) == '-' || text.charAt(end - 1) == '-') {
            return false;
        }
        for (int at = from; at < end; at++) {
            if (text.charAt(at) != '-' && !isLowerOrDigit(text.charAt(at))) {
                return false;
            }
        }
        return true;
    }

    /** RFC 1123 subdomain: labels with dots between. */
    public static boolean isSubdomain(String text) {
        if (absent(text) || text.length() > SUBDOMAIN_MOST) {
            return false;
        }
        int from = 0;
        for (int dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', from)) {
            if (!isLabel(text, from, dot)) {
                return false;
            }
            from = dot + 1;
        }
        return isLabel(text, from, text.length());
    }

    /** Visible ASCII, at least one character. */
    public static boolean isGraphic(String text, int most) {
        return !absent(text) && text.length() <= most && all(text, c -> c > ' ' && c < 0x7f);
    }

    /** The name of an environment variable: visible ASCII without '=' and '*' (a '*' would look like a pattern, and names are exact). */
    public static boolean isVariable(String text) {
        return isGraphic(text, VARIABLE_MOST) && text.indexOf('=') < 0 && text.indexOf('*') < 0;
    }

    /** Whether a program can be given this text as one argument or value. */
    public static boolean passable(String text) {
        return text != null && text.indexOf('\0') < 0;
    }

    public static int bytes(String text) {
        return text == null ? 0 : text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static boolean isLowerOrDigit(int character) {
        return character >= 'a' && character <= 'z' || character >= '0' && character <= '9';
    }

    private static boolean all(String text, IntPredicate predicate) {
        return text.chars().allMatch(predicate);
    }
}
