package dev.cofferdam.policy;

import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;

/** Which programs the tools of a policy may start besides their own. */
public record ExecGrant(Programs allow) {
    static final String PATH = "spec.permissions.exec";

    static final ExecGrant NOTHING = new ExecGrant(Programs.of());

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
