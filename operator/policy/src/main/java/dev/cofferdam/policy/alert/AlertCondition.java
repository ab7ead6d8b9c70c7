package dev.cofferdam.policy.alert;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.navigation.CelNavigableExpr;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.record.Quoted;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When an alert fires. Checked as a whole when it is read, so that it can only hold or not. What it costs to ask is bounded: it has no loops, and the few regular
 * expressions in it are RE2's, are known when it is read, and are small. Two conditions are equal where their texts are.
 */
public final class AlertCondition {
    private static final int DEPTH_MOST = 24;
    private static final int SHOWN_MOST = 256;

    /** Of a regular expression, what RE2 makes of it: as many steps as this each character of a text may cost. */
    private static final int PATTERN_MOST = 200;

    private static final int PATTERNS_MOST = 2;
    private static final Pattern REPETITION = Pattern.compile("\\{([0-9]+)(?:,([0-9]*))?}");
    private static final String MATCHES = "matches";

    private static final CelOptions OPTIONS = CelOptions.current()
            .enableHeterogeneousNumericComparisons(true)
            .maxExpressionCodePointSize(Bounds.CONDITION * 2)
            .maxParseRecursionDepth(DEPTH_MOST)
            .maxRegexProgramSize(PATTERN_MOST)
            .build();

    private final String text;
    private final SortedSet<Series> asked;
    private final boolean ofRun;
    private final boolean ofViolation;
    private final CelRuntime.Program program;

    private AlertCondition(String text, Rewriting.Rewritten rewritten, CelRuntime.Program program) {
        this.text = text;
        this.asked = new TreeSet<>(rewritten.series());
        this.ofRun = rewritten.ofRun();
        this.ofViolation = rewritten.ofViolation();
        this.program = program;
    }

    /** @param text as it was written, in one line */
    public static ReadCondition read(String text) {
        if (text.length() > Bounds.CONDITION) {
            return new ReadCondition.Bad(
                    Bounds.CONDITION + 1, "has more than " + Bounds.CONDITION + " characters; write two alerts");
        }
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) < ' ' || text.charAt(at) > '~') {
                return new ReadCondition.Bad(at + 1, "is not printable ASCII; write it in one line");
            }
        }
        try {
            Rewriting.Rewritten rewritten = Rewriting.of(text);
            if (rewritten.series().isEmpty() && !rewritten.ofRun()) {
                return new ReadCondition.Bad(
                        1,
                        "asks for nothing that is known here; counts, each with a window, are " + Count.all()
                                + "; facts of one run are " + Fact.all());
            }
            if (rewritten.series().size() > Bounds.ALERT_SERIES) {
                return new ReadCondition.Bad(
                        1, "has more than " + Bounds.ALERT_SERIES + " different counts and windows; write two alerts");
            }
            return compile(text, rewritten);
        } catch (Rewriting.Mistake e) {
            return new ReadCondition.Bad(e.at() + 1, e.getMessage());
        }
    }

    private static ReadCondition compile(String text, Rewriting.Rewritten rewritten) {
        CelCompilerBuilder compiler = CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(OPTIONS)
                .setResultType(SimpleType.BOOL);
        rewritten.series().forEach(series -> compiler.addVar(series.variable(), SimpleType.INT));
        for (Fact fact : Fact.values()) {
            compiler.addVar(fact.text(), fact.type());
        }
        CelValidationResult result = compiler.build().compile(rewritten.cel());
        if (result.hasError()) {
            return bad(result.getErrors().getFirst(), rewritten);
        }
        try {
            CelAbstractSyntaxTree tree = result.getAst();
            Optional<ReadCondition> bad = patterns(tree, rewritten)
                    .or(() -> Vocabulary.foreign(tree)
                            .map(foreign -> new ReadCondition.Bad(
                                    place(tree, foreign.expr(), rewritten) + 1, foreign.message())));
            if (bad.isPresent()) {
                return bad.get();
            }
            CelRuntime.Program program = CelRuntimeFactory.standardCelRuntimeBuilder()
                    .setOptions(OPTIONS)
                    .build()
                    .createProgram(tree);
            return new ReadCondition.Good(new AlertCondition(text, rewritten, program));
        } catch (CelValidationException | CelEvaluationException e) {
            return new ReadCondition.Bad(1, "cannot be evaluated: " + Quoted.bounded(e.getMessage(), SHOWN_MOST));
        }
    }

    /** What is wrong with its regular expressions. */
    private static Optional<ReadCondition> patterns(CelAbstractSyntaxTree tree, Rewriting.Rewritten rewritten)
            throws CelValidationException, CelEvaluationException {
        List<CelExpr> calls = CelNavigableAst.fromAst(tree)
                .getRoot()
                .allNodes()
                .map(CelNavigableExpr::expr)
                .filter(expr -> expr.getKind() == CelExpr.ExprKind.Kind.CALL
                        && expr.call().function().equals(MATCHES))
                .toList();
        for (CelExpr call : calls) {
            CelExpr pattern = call.call().args().getLast();
            int at = place(tree, pattern.id(), rewritten);
            if (calls.size() > PATTERNS_MOST) {
                return Optional.of(new ReadCondition.Bad(
                        at + 1, "has more than " + PATTERNS_MOST + " regular expressions; write two alerts"));
            }
            if (pattern.getKind() != CelExpr.ExprKind.Kind.CONSTANT
                    || pattern.constant().getKind() != CelConstant.Kind.STRING_VALUE) {
                return Optional.of(
                        new ReadCondition.Bad(at + 1, "is no regular expression; write it as one text in quotes"));
            }
            if (repeats(pattern.constant().stringValue()) > PATTERN_MOST) {
                return Optional.of(new ReadCondition.Bad(
                        at + 1, "is a regular expression that repeats more than " + PATTERN_MOST + " times in all"));
            }
            try {
                tryOut(pattern.constant().stringValue());
            } catch (CelEvaluationException e) {
                return Optional.of(new ReadCondition.Bad(
                        at + 1,
                        "is no regular expression of RE2, or too large a one: "
                                + Quoted.bounded(e.getMessage(), SHOWN_MOST)));
            }
        }
        return Optional.empty();
    }

    /** Where an expression is in what was written, from 0. */
    private static int place(CelAbstractSyntaxTree tree, long expr, Rewriting.Rewritten rewritten) {
        int at = tree.getSource().getPositionsMap().getOrDefault(expr, 0);
        return rewritten.origins()[Math.clamp(at, 0, rewritten.origins().length - 1)];
    }

    /** As if all its repetitions were within each other: RE2 for Java writes each out before it knows how large that becomes. */
    private static long repeats(String pattern) {
        long product = 1;
        Matcher repetition = REPETITION.matcher(pattern);
        while (repetition.find() && product <= PATTERN_MOST) {
            long most = Math.max(
                    number(repetition.group(1)), repetition.group(2) == null ? 1 : number(repetition.group(2)));
            product *= Math.max(1, most);
        }
        return product;
    }

    private static long number(String digits) {
        return digits.isEmpty() ? 1 : digits.length() > 4 ? PATTERN_MOST + 1 : Long.parseLong(digits);
    }

    /** As it will be asked, of the empty text. */
    private static void tryOut(String pattern) throws CelValidationException, CelEvaluationException {
        CelAbstractSyntaxTree tree = CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(OPTIONS)
                .addVar("pattern", SimpleType.STRING)
                .build()
                .compile("''.matches(pattern)")
                .getAst();
        CelRuntimeFactory.standardCelRuntimeBuilder()
                .setOptions(OPTIONS)
                .build()
                .createProgram(tree)
                .eval(Map.of("pattern", pattern));
    }

    private static ReadCondition bad(CelIssue issue, Rewriting.Rewritten rewritten) {
        int at = Math.clamp(issue.getSourceLocation().getColumn(), 0, rewritten.origins().length - 1);
        String known = issue.getMessage().contains("undeclared reference")
                ? "; counts, each with a window, are " + Count.all() + "; facts of one run are " + Fact.all()
                : "";
        return new ReadCondition.Bad(
                rewritten.origins()[at] + 1,
                Quoted.bounded(issue.getMessage().replace(" (in container '')", ""), SHOWN_MOST) + known);
    }

    /** What it needs to be known of the time before. Where it is about one run, also how often it held. */
    public SortedSet<Series> series() {
        SortedSet<Series> all = new TreeSet<>(asked);
        if (ofRun) {
            all.add(Series.OF_RUNS);
        }
        return all;
    }

    /** Whether nothing plays a part but what one run did. */
    public boolean isOfOneRun() {
        return asked.isEmpty();
    }

    /** Whether it asks for hosts that are new. */
    public boolean asksForHosts() {
        return asked.stream().anyMatch(series -> series.name().equals(Count.NewHosts.text()));
    }

    /** Whether it holds. */
    public boolean holds(Map<Series, Long> counts) {
        return ofRun ? counts.getOrDefault(Series.OF_RUNS, 0L) > 0 : ask(values(counts));
    }

    /**
     * How often it holds of one run: at most once, or where it is about violations, at most once for each. Of a run without any, these facts are not known, and what
     * else it asks for can hold all the same. 0 where it is about none of these.
     */
    public long matches(Map<Series, Long> counts, RunEnd end) {
        if (!ofRun) {
            return 0;
        }
        Map<String, Object> values = values(counts);
        Fact.put(end, values);
        if (!ofViolation || end.violations().isEmpty()) {
            return ask(values) ? 1 : 0;
        }
        return end.violations().stream()
                .filter(violation -> {
                    Fact.put(violation, values);
                    return ask(values);
                })
                .count();
    }

    private Map<String, Object> values(Map<Series, Long> counts) {
        Map<String, Object> values = new HashMap<>();
        asked.forEach(series -> values.put(series.variable(), counts.getOrDefault(series, 0L)));
        return values;
    }

    /** What cannot be answered, because a fact of the run is not known, or a number has no quotient, does not hold. */
    private boolean ask(Map<String, Object> values) {
        try {
            return Boolean.TRUE.equals(program.eval(values));
        } catch (CelEvaluationException e) {
            return false;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AlertCondition condition && text.equals(condition.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }
}
