package dev.cofferdam.record;

/** Text that somebody else wrote, made fit for a log or a message: bounded, and without anything that a terminal or a log reader could misread. */
public final class Quoted {
    private Quoted() {}

    /** {@code "text"}: at most {@code most} characters of the original, then an ellipsis; null is {@code nothing}. */
    public static String of(String text, int most) {
        return text == null ? "nothing" : '"' + escaped(text, most, true) + '"';
    }

    /** The text without quotes, at most {@code most} characters with its escapes; an ellipsis is the last of them where something was cut. Null is empty. */
    public static String bounded(String text, int most) {
        return text == null ? "" : escaped(text, most, false);
    }

    private static String escaped(String text, int most, boolean quotes) {
        StringBuilder plain = new StringBuilder(Math.min(text.length(), most));
        int at = 0;
        while (at < text.length()) {
            int character = text.codePointAt(at);
            String shown = shown(character, quotes);
            int next = at + Character.charCount(character);
            // One place is for the ellipsis, unless this is the end.
            if (plain.length() + shown.length() > (next == text.length() ? most : most - 1)) {
                return plain.append('…').toString();
            }
            plain.append(shown);
            at = next;
        }
        return plain.toString();
    }

    private static String shown(int character, boolean quotes) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> unicode(character);
            default ->
                character == '\\' || (quotes && character == '"')
                        ? "\\" + (char) character
                        : Character.toString(character);
        };
    }

    private static String unicode(int character) {
        StringBuilder escaped = new StringBuilder();
        for (char unit : Character.toChars(character)) {
            escaped.append(String.format("\\u%04x", (int) unit));
        }
        return escaped.toString();
    }
}
