package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.ExecPermissions;
import dev.cofferdam.api.v1alpha1.ExecRule;
import java.util.SortedSet;
import java.util.TreeSet;

/** The programs that the tools may start, from what a policy says of them. */
final class ProgramsCompiler {
    private static final int EXEC_RULES_MOST = 256;

    private final Problems problems;

    ProgramsCompiler(Problems problems) {
        this.problems = problems;
    }

    ExecGrant compile(ExecPermissions written) {
        problems.unknown(ExecGrant.PATH, written.unknown(), "allow, allowJit");
        problems.atMost(EXEC_RULES_MOST, written.allow().size(), "rules", ExecGrant.PATH + ".allow");
        SortedSet<String> commands = new TreeSet<>();
        for (int at = 0; at < written.allow().size(); at++) {
            ExecRule rule = written.allow().get(at);
            String where = ExecGrant.PATH + ".allow[" + at + "]";
            problems.unknown(where, rule.unknown(), "command");
            problems.take(where + ".command", Programs.parse(rule.command())).ifPresent(commands::add);
        }
        return ExecGrant.of(commands, written.allowJit());
    }
}
