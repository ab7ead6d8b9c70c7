package dev.cofferdam.policy;

import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Which programs the tools of a policy may start besides their own.
 *
 * @param allowJit whether they may also run machine code that is in no file of their image
 */
public record ExecGrant(Programs allow, boolean allowJit) {
    static final String PATH = "spec.permissions.exec";

    static final ExecGrant NOTHING = new ExecGrant(Programs.of(), false);

    static ExecGrant of(Collection<String> commands, Boolean allowJit) {
        return new ExecGrant(new Programs(new TreeSet<>(commands)), Boolean.TRUE.equals(allowJit));
    }

    /** What both grant. */
    ExecGrant and(ExecGrant other) {
        return new ExecGrant(allow.and(other.allow), allowJit && other.allowJit);
    }

    /** Programs that the other grants and this does not. */
    List<String> missing(ExecGrant other) {
        return other.allow.commands().stream()
                .filter(command -> !allow.covers(command))
                .toList();
    }

    Answer decide(String program) {
        Reasons reasons = new Reasons();
        switch (FilePath.parse(program)) {
            case Parsed.Bad<FilePath> bad ->
                reasons.add(Reason.PathInvalid, Text.quoted(program), "the program " + bad.why());
            case Parsed.Good<FilePath> path -> {
                if (!allow.contains(path.value())) {
                    reasons.add(
                            Reason.ProgramNotAllowed,
                            Text.quoted(program),
                            PATH + ".allow grants " + Text.list(allow.commands()) + ", not " + Text.quoted(program)
                                    + "; have its name or path added as command there");
                }
            }
        }
        return reasons.answer();
    }
}
