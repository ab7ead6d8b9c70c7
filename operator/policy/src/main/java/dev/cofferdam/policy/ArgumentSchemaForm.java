package dev.cofferdam.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cofferdam.policy.match.Text;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Bounds of form of a schema for arguments. A keyword that nobody serves could be a restriction that nobody enforces, so it is refused; and so is one where JSON
 * Schema ignores it, such as a pattern for the list itself, or what has no effect without another one that is not there.
 */
final class ArgumentSchemaForm {
    static final int CHARACTERS_MOST = 16_384;
    private static final int DEPTH_MOST = 16;
    private static final int PATTERN_MOST = 512;

    /** All counted repetitions of a pattern multiplied: what a pattern takes in memory grows with it. */
    private static final int REPETITIONS_MOST = 1000;

    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    private static final Set<String> VALUES = Set.of(
            "type",
            "enum",
            "const",
            "minItems",
            "maxItems",
            "uniqueItems",
            "minContains",
            "maxContains",
            "minLength",
            "maxLength",
            "title",
            "description",
            "$comment",
            "examples");
    private static final Set<String> SCHEMAS = Set.of("items", "contains", "not", "if", "then", "else");
    private static final Set<String> LISTS = Set.of("prefixItems", "allOf", "anyOf", "oneOf");
    private static final Set<String> OF_ELEMENTS = Set.of("items", "prefixItems", "contains");
    /** Each with those of which one has to be beside it. */
    private static final Map<String, List<String>> WITHOUT_EFFECT_ALONE = Map.of(
            "if",
            List.of("then", "else"),
            "then",
            List.of("if"),
            "else",
            List.of("if"),
            "minContains",
            List.of("contains"),
            "maxContains",
            List.of("contains"));

    /** What a schema speaks of: all the arguments, or one of them. The keywords of the one say nothing of the other. */
    private enum Subject {
        List(Set.of("pattern", "minLength", "maxLength"), "a list; write it below items, or prefixItems"),
        Text(
                Set.of(
                        "items",
                        "prefixItems",
                        "contains",
                        "minItems",
                        "maxItems",
                        "uniqueItems",
                        "minContains",
                        "maxContains"),
                "one argument, which is a text; write it above, beside items");

        final Set<String> ignored;
        final String instead;

        Subject(Set<String> ignored, String instead) {
            this.ignored = ignored;
            this.instead = instead;
        }

        Subject below(String keyword) {
            return OF_ELEMENTS.contains(keyword) ? Text : this;
        }
    }

    private ArgumentSchemaForm() {}

    static void check(String path, JsonNode schema, Problems problems) {
        if (schema.toString().length() > CHARACTERS_MOST) {
            problems.add(path, "is longer than " + CHARACTERS_MOST + " characters as JSON; shorten it");
        } else {
            check(path, schema, Subject.List, 0, problems);
        }
    }

    private static void check(String path, JsonNode schema, Subject subject, int depth, Problems problems) {
        if (schema.isBoolean() && depth > 0) {
            return;
        }
        if (!schema.isObject() || depth > DEPTH_MOST) {
            problems.add(
                    path,
                    schema.isObject()
                            ? "is deeper than " + DEPTH_MOST + " schemas within each other; flatten it"
                            : "is no schema; write a map of keywords");
            return;
        }
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            String where = path + "." + keyword.getKey();
            JsonNode value = keyword.getValue();
            Subject below = subject.below(keyword.getKey());
            List<String> beside = WITHOUT_EFFECT_ALONE.getOrDefault(keyword.getKey(), List.of());
            problems.require(
                    beside.isEmpty() || beside.stream().anyMatch(schema::has),
                    path,
                    "has the keyword " + Text.quoted(keyword.getKey()) + ", which has no effect without "
                            + beside.stream().map(Text::quoted).collect(Collectors.joining(" or "))
                            + "; write that, too, or remove it");
            switch (keyword.getKey()) {
                case String name
                when subject.ignored.contains(name) ->
                    problems.add(
                            path,
                            "has the keyword " + Text.quoted(name) + ", which says nothing of " + subject.instead);
                case "pattern" -> pattern(where, value, problems);
                case "$schema" ->
                    problems.require(
                            value.asText().equals(DIALECT),
                            where,
                            Text.quoted(value.asText()) + " is not served; write " + Text.quoted(DIALECT)
                                    + ", or remove it");
                case String name when SCHEMAS.contains(name) -> check(where, value, below, depth + 1, problems);
                case String name
                when LISTS.contains(name) && value.isArray() -> {
                    for (int at = 0; at < value.size(); at++) {
                        check(where + "[" + at + "]", value.get(at), below, depth + 1, problems);
                    }
                }
                case String name when VALUES.contains(name) || LISTS.contains(name) -> {}
                default -> problems.add(path, "has the keyword " + Text.quoted(keyword.getKey()) + served());
            }
        }
    }

    private static String served() {
        Set<String> served = new TreeSet<>(VALUES);
        served.addAll(SCHEMAS);
        served.addAll(LISTS);
        served.add("pattern");
        return ", which is not served for a list of texts; those served are " + String.join(", ", served)
                + "; remove it";
    }

    private static void pattern(String where, JsonNode value, Problems problems) {
        String pattern = value.asText();
        if (!value.isTextual() || pattern.length() > PATTERN_MOST) {
            problems.add(where, "is no text of at most " + PATTERN_MOST + " characters; write a shorter one");
        } else if (repetitions(pattern) > REPETITIONS_MOST) {
            problems.add(
                    where,
                    "repeats things more than " + REPETITIONS_MOST
                            + " times, all counts in braces multiplied; use maxLength, or * and +");
        } else {
            try {
                Pattern.compile(pattern);
            } catch (PatternSyntaxException e) {
                problems.add(
                        where,
                        Text.quoted(pattern)
                                + " is no expression of RE2, which takes no longer than its input and so has no lookaround and no references; write one");
            }
        }
    }

    /** Counts inside classes and after escapes count, too: too many is the safe side. */
    private static long repetitions(String pattern) {
        long product = 1;
        for (int at = pattern.indexOf('{'); at >= 0; at = pattern.indexOf('{', at + 1)) {
            int close = pattern.indexOf('}', at);
            long most = 1;
            for (String count :
                    close < 0 ? new String[0] : pattern.substring(at + 1, close).split(",", -1)) {
                boolean number = !count.isEmpty() && count.chars().allMatch(c -> c >= '0' && c <= '9');
                most = Math.max(most, number ? count.length() > 4 ? REPETITIONS_MOST + 1 : Long.parseLong(count) : 1);
            }
            product = Math.min(product * most, Integer.MAX_VALUE);
        }
        return product;
    }
}
