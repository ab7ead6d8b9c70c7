package dev.cofferdam.policy;

import dev.cofferdam.policy.match.HostPattern;
import dev.cofferdam.policy.match.Ports;
import dev.cofferdam.policy.match.Target;
import dev.cofferdam.policy.match.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Whether rules leave open what becomes of a connection: what one rule has read, and another one lets through unread, would be neither. A rule is held against those
 * that are about its whole target, found by the endings of its name, so that the time grows with the rules and not with their pairs.
 */
final class InspectionClarity {
    private final Map<Target, Reach> rules;
    private final Problems problems;

    private InspectionClarity(Map<Target, Reach> rules, Problems problems) {
        this.rules = rules;
        this.problems = problems;
    }

    static void look(NetworkRules allow, Problems problems) {
        if (allow.asMap().values().stream().anyMatch(reach -> !reach.inspected().isEmpty())) {
            InspectionClarity clarity = new InspectionClarity(allow.asMap(), problems);
            allow.asMap().keySet().forEach(clarity::look);
        }
    }

    private void look(Target narrow) {
        for (Target wide : wider(narrow)) {
            boolean inOrder = narrow.toString().compareTo(wide.toString()) <= 0;
            adds(inOrder ? narrow : wide, inOrder ? wide : narrow);
            reads(narrow, wide);
            if (!narrow.equals(wide)) {
                reads(wide, narrow);
            }
        }
    }

    /** The targets of rules that are about the whole of it, itself among them. None is inspected that is not a name. */
    private List<Target> wider(Target target) {
        List<Target> wider = new ArrayList<>();
        String name = switch (target) {
            case HostPattern.Exact one -> one.name();
            case HostPattern.Below domain -> domain.domain();
            case HostPattern.Any any -> "";
            default -> null;
        };
        if (name == null) {
            return wider;
        }
        wider.add(target);
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            add(new HostPattern.Below(name.substring(dot + 1)), wider);
        }
        if (!(target instanceof HostPattern.Any)) {
            add(new HostPattern.Any(), wider);
        }
        return wider;
    }

    private void add(Target target, List<Target> to) {
        if (rules.containsKey(target)) {
            to.add(target);
        }
    }

    private void adds(Target target, Target other) {
        if (addsOther(rules.get(target), rules.get(other))) {
            problems.add(
                    NetworkGrant.PATH + ".allow",
                    "adds one credential to requests to " + Text.quoted(target.toString())
                            + ", and another one or none by a rule for " + Text.quoted(other.toString())
                            + "; which one is meant would be a guess; write the same inject in both, or have them name different ports or hosts");
        }
    }

    private void reads(Target target, Target other) {
        Reach read = rules.get(target);
        if (read.inspected().isEmpty()) {
            return;
        }
        Ports unread = rules.get(other).https().and(rules.get(other).tcp());
        if (read.inspectedPorts().ranges().stream().anyMatch(unread::meets)) {
            problems.add(
                    NetworkGrant.PATH + ".allow",
                    "inspects " + Text.quoted(target.toString())
                            + ", and lets connections there through unread by a rule for "
                            + Text.quoted(other.toString())
                            + "; which one is meant would be a guess; write inspect: true in both, or have them name different ports or hosts");
        }
    }

    private static boolean addsOther(Reach one, Reach other) {
        return one.inspected().entrySet().stream()
                .anyMatch(rule -> other.inspected().entrySet().stream()
                        .anyMatch(more ->
                                !rule.getKey().credential().equals(more.getKey().credential())
                                        && rule.getValue().ranges().stream().anyMatch(more.getValue()::meets)));
    }
}
