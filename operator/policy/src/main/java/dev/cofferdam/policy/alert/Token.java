package dev.cofferdam.policy.alert;

import java.util.ArrayList;
import java.util.List;

/**
 * A word of a condition. Only as much of CEL is known here as is needed to find counts, windows and percentages outside of strings.
 *
 * @param at its place in the text, from 0
 * @param end the place behind it
 */
record Token(Kind kind, String text, int at, int end) {
    enum Kind {
        Name,
        Number,
        String,
        Sign
    }

    boolean is(String other) {
        return text.equals(other) && kind != Kind.String;
    }

    boolean isComparison() {
        return kind == Kind.Sign && List.of("<", ">", "<=", ">=", "==", "!=").contains(text);
    }

    static List<Token> all(String text) {
        List<Token> tokens = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            char first = text.charAt(at);
            if (first == ' ') {
                at++;
                continue;
            }
            Token token = first == '"' || first == '\''
                    ? token(Kind.String, text, at, string(text, at))
                    : isLetter(first)
                            ? token(Kind.Name, text, at, skip(text, at, true))
                            : isDigit(first)
                                    ? token(Kind.Number, text, at, skip(text, at, false))
                                    : token(Kind.Sign, text, at, at + (isPair(text, at) ? 2 : 1));
            tokens.add(token);
            at = token.end();
        }
        return tokens;
    }

    private static Token token(Kind kind, String text, int at, int end) {
        return new Token(kind, text.substring(at, end), at, end);
    }

    private static int string(String text, int from) {
        int at = from + 1;
        while (at < text.length() && text.charAt(at) != text.charAt(from)) {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        return Math.min(at + 1, text.length());
    }

    private static int skip(String text, int from, boolean name) {
        int at = from;
        while (at < text.length()
                && (isDigit(text.charAt(at)) || (name ? isLetter(text.charAt(at)) : text.charAt(at) == '.'))) {
            at++;
        }
        return at;
    }

    private static boolean isPair(String text, int at) {
        return at + 1 < text.length()
                && List.of("<=", ">=", "==", "!=", "&&", "||").contains(text.substring(at, at + 2));
    }

    private static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
