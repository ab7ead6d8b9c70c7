package dev.cofferdam.policy.alert;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The written forms that CEL does not have, as CEL: {@code permission_denials > 10 per minute} becomes {@code permission_denials_per_60 > 10}, and {@code 90%}
 * becomes {@code 90.0}. All else stays as it is, and each character knows where it came from.
 */
final class Rewriting {
    private static final int LONGEST_NUMBER = 9;

    private final String text;
    private final List<Token> tokens;
    private final List<Replacement> replacements = new ArrayList<>();
    private final SortedSet<Series> series = new TreeSet<>();

    private record Replacement(int at, int end, String with) {}

    private Rewriting(String text) {
        this.text = text;
        this.tokens = Token.all(text);
    }

    /**
     * @param cel the text as CEL
     * @param origins of each of its characters, the place in what was written; one more for the end
     * @param series that it asks for
     * @param ofRun whether it asks for facts of one run
     * @param ofViolation whether it asks for facts of one violation
     */
    record Rewritten(String cel, int[] origins, SortedSet<Series> series, boolean ofRun, boolean ofViolation) {}

    /** What is wrong, where the forms are not kept. */
    static final class Mistake extends Exception {
        private final int at;

        Mistake(int at, String message) {
            super(message, null, false, false);
            this.at = at;
        }

        /** Its place in the text, from 0. */
        int at() {
            return at;
        }
    }

    static Rewritten of(String text) throws Mistake {
        return new Rewriting(text).rewrite();
    }

    private Rewritten rewrite() throws Mistake {
        for (int at = 0; at < tokens.size(); at++) {
            Token token = tokens.get(at);
            if (token.kind() == Token.Kind.Name && !isField(at)) {
                if (token.is("per")) {
                    window(at);
                } else if (Count.of(token.text()).isPresent() && !isWindowed(at)) {
                    throw new Mistake(
                            token.at(),
                            token.text() + " is counted in a window; write \"" + token.text() + " > 10 per minute\"");
                }
            } else if (token.is("%") && isPercent(at)) {
                boolean whole = tokens.get(at - 1).text().indexOf('.') < 0;
                replacements.add(new Replacement(token.at(), token.end(), whole ? ".0" : ""));
            }
        }
        boolean ofViolation = speaksOf(Fact.VIOLATION);
        return build(ofViolation || Fact.names().stream().anyMatch(this::speaksOf), ofViolation);
    }

    private boolean speaksOf(String name) {
        for (int at = 0; at < tokens.size(); at++) {
            if (tokens.get(at).kind() == Token.Kind.Name && tokens.get(at).is(name) && !isField(at)) {
                return true;
            }
        }
        return false;
    }

    private boolean isField(int at) {
        return is(at - 1, ".");
    }

    private boolean is(int at, String sign) {
        return at >= 0 && at < tokens.size() && tokens.get(at).is(sign);
    }

    private Optional<Token> token(int at) {
        return at >= 0 && at < tokens.size() ? Optional.of(tokens.get(at)) : Optional.empty();
    }

    /** {@code count per …} and {@code count > 10 per …}. */
    private boolean isWindowed(int count) {
        return is(count + 1, "per")
                || token(count + 1).filter(Token::isComparison).isPresent()
                        && token(count + 2)
                                .filter(next -> next.kind() == Token.Kind.Number)
                                .isPresent()
                        && is(count + 3, "per");
    }

    private void window(int per) throws Mistake {
        int at = token(per - 1)
                        .filter(before -> before.kind() == Token.Kind.Number)
                        .isPresent()
                ? per - 3
                : per - 1;
        Optional<Token> counted = token(at).filter(name -> name.kind() == Token.Kind.Name);
        Optional<Count> count = counted.flatMap(name -> Count.of(name.text())).filter(found -> isWindowed(at));
        if (count.isEmpty()) {
            throw new Mistake(
                    tokens.get(per).at(),
                    "\"per\" follows a count, or a count and what it is compared with: \"permission_denials > 10 per minute\"; counts are "
                            + Count.all());
        }
        Series asked = Series.of(count.get(), seconds(per));
        series.add(asked);
        replacements.add(new Replacement(counted.get().at(), counted.get().end(), asked.variable()));
        int last = tokens.get(per + 1).kind() == Token.Kind.Number ? per + 2 : per + 1;
        replacements.add(
                new Replacement(tokens.get(per - 1).end(), tokens.get(last).end(), ""));
    }

    private int seconds(int per) throws Mistake {
        Optional<Token> first = token(per + 1);
        boolean counted =
                first.filter(token -> token.kind() == Token.Kind.Number).isPresent();
        long number = counted
                        && first.get().text().length() <= LONGEST_NUMBER
                        && first.get().text().indexOf('.') < 0
                ? Long.parseLong(first.get().text())
                : counted ? 0 : 1;
        String unit = token(counted ? per + 2 : per + 1).map(Token::text).orElse("");
        long seconds = switch (unit) {
            case "minute" -> counted ? 0 : 60;
            case "hour" -> counted ? 0 : 3600;
            case "day" -> counted ? 0 : 86_400;
            case "s" -> counted ? number : 0;
            case "m" -> counted ? number * 60 : 0;
            case "h" -> counted ? number * 3600 : 0;
            default -> 0;
        };
        if (seconds < Series.LEAST || seconds > Series.MOST) {
            throw new Mistake(
                    first.map(Token::at).orElse(text.length()),
                    "is no window; write minute, hour, day, or a time from 10s to 24h such as 30s, 5m or 2h");
        }
        return (int) seconds;
    }

    /** After a number, and before nothing that could be a divisor. */
    private boolean isPercent(int at) {
        return token(at - 1)
                        .filter(before -> before.kind() == Token.Kind.Number
                                && before.end() == tokens.get(at).at())
                        .isPresent()
                && token(at + 1)
                        .filter(next -> next.kind() != Token.Kind.Sign || next.is("(") || next.is("-"))
                        .isEmpty();
    }

    private Rewritten build(boolean ofRun, boolean ofViolation) {
        replacements.sort((one, other) -> Integer.compare(one.at(), other.at()));
        StringBuilder cel = new StringBuilder();
        List<Integer> origins = new ArrayList<>();
        int at = 0;
        for (Replacement replacement : replacements) {
            at = copy(at, replacement.at(), cel, origins);
            for (int i = 0; i < replacement.with().length(); i++) {
                cel.append(replacement.with().charAt(i));
                origins.add(replacement.at());
            }
            at = replacement.end();
        }
        copy(at, text.length(), cel, origins);
        origins.add(text.length());
        return new Rewritten(
                cel.toString(), origins.stream().mapToInt(Integer::intValue).toArray(), series, ofRun, ofViolation);
    }

    private int copy(int from, int end, StringBuilder cel, List<Integer> origins) {
        for (int at = from; at < end; at++) {
            cel.append(text.charAt(at));
            origins.add(at);
        }
        return end;
    }
}
