package dev.cofferdam.policy.alert;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.navigation.CelNavigableExpr;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The words that facts have: {@code policy_violation.type == 'x'} where there is no x would be an alert that never fires. */
final class Vocabulary {
    private static final Set<String> EQUALITIES = Set.of("_==_", "_!=_");
    private static final String IN = "@in";
    private static final int SHOWN_MOST = 32;

    private Vocabulary() {}

    /**
     * A text that a fact is compared with, and never is.
     *
     * @param expr which expression it is
     */
    record Foreign(long expr, Fact fact, Set<String> words) {
        String message() {
            return fact.text() + " is never that; "
                    + (words.size() > SHOWN_MOST
                            ? "docs/operations.md has all that it may be"
                            : "it is one of " + String.join(", ", new TreeSet<>(words)));
        }
    }

    /** The first of a condition; empty where there is none. */
    static Optional<Foreign> foreign(CelAbstractSyntaxTree tree) {
        return CelNavigableAst.fromAst(tree)
                .getRoot()
                .allNodes()
                .map(CelNavigableExpr::expr)
                .filter(expr -> expr.getKind() == CelExpr.ExprKind.Kind.CALL)
                .map(CelExpr::call)
                .filter(call -> call.args().size() == 2)
                .flatMap(call -> {
                    CelExpr left = call.args().getFirst();
                    CelExpr right = call.args().getLast();
                    if (EQUALITIES.contains(call.function())) {
                        return Stream.concat(foreign(left, List.of(right)), foreign(right, List.of(left)));
                    }
                    return call.function().equals(IN) && right.getKind() == CelExpr.ExprKind.Kind.LIST
                            ? foreign(left, right.list().elements())
                            : Stream.empty();
                })
                .findFirst();
    }

    private static Stream<Foreign> foreign(CelExpr asked, List<CelExpr> answers) {
        return Stream.of(Fact.values())
                .filter(fact -> fact.text().equals(name(asked)))
                .flatMap(fact -> fact.vocabulary().stream()
                        .flatMap(words -> answers.stream()
                                .filter(answer -> isText(answer)
                                        && !words.contains(answer.constant().stringValue()))
                                .map(answer -> new Foreign(answer.id(), fact, words))));
    }

    private static boolean isText(CelExpr expr) {
        return expr.getKind() == CelExpr.ExprKind.Kind.CONSTANT
                && expr.constant().getKind() == CelConstant.Kind.STRING_VALUE;
    }

    /** As it was written; empty where it is no name. */
    private static String name(CelExpr expr) {
        return switch (expr.getKind()) {
            case IDENT -> expr.ident().name();
            case SELECT -> name(expr.select().operand()) + "." + expr.select().field();
            default -> "";
        };
    }
}
