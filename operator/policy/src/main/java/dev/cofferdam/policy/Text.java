package dev.cofferdam.policy;

import java.nio.charset.StandardCharsets;
import java.util.function.IntPredicate;

/** Forms of text, by hand: no pattern that could take long, and nothing beyond ASCII where a name is meant. */
final class Text {
    private static final int LABEL_MOST = 63;
    private static final int SUBDOMAIN_MOST = 253;
    private static final int VARIABLE_MOST = 256;

    private Text() {}

    static boolean absent(String text) {
        return text == null || text.isEmpty();
    }

    /** RFC 1123 label: lower case letters, digits and '-', which neither begins nor ends it. */
    static boolean isLabel(String text) {
        return !absent(text)
                && text.length() <= LABEL_MOST
                && all(text, c -> c == '-' || isLowerOrDigit(c))
                && text.charAt(0) != '-'
                && text.charAt(text.length() - 1) != '-';
    }

    /** RFC 1123 subdomain: labels with dots between. */
    static boolean isSubdomain(String text) {
        if (absent(text) || text.length() > SUBDOMAIN_MOST) {
            return false;
        }
        for (String label : text.split("\\.", -1)) {
            if (!isLabel(label)) {
                return false;
            }
        }
        return true;
    }

    /** Visible ASCII, at least one character. */
    static boolean isGraphic(String text, int most) {
        return !absent(text) && text.length() <= most && all(text, c -> c > ' ' && c < 0x7f);
    }

    /** The name of an environment variable: visible ASCII without '=' and '*' (a '*' would look like a pattern, and names are exact). */
    static boolean isVariable(String text) {
        return isGraphic(text, VARIABLE_MOST) && text.indexOf('=') < 0 && text.indexOf('*') < 0;
    }

    /** Whether a program can be given this text as one argument or value. */
    static boolean passable(String text) {
        return text != null && text.indexOf('\0') < 0;
    }

    static int bytes(String text) {
        return text == null ? 0 : text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static boolean isLowerOrDigit(int character) {
        return character >= 'a' && character <= 'z' || character >= '0' && character <= '9';
    }

    private static boolean all(String text, IntPredicate predicate) {
        return text.chars().allMatch(predicate);
    }
}
