package dev.cofferdam.policy;

import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Which secrets runs of a policy may ask for.
 *
 * @param allow where the value of each is, by the name by which it is asked for
 */
public record SecretGrant(SortedMap<String, Source> allow) {
    static final String PATH = "spec.permissions.secrets";

    static final SecretGrant NOTHING = new SecretGrant(new TreeMap<>());

    /** One key of a Secret in the policy's namespace. */
    public record Source(String secret, String key) {}

    public SecretGrant {
        allow = Collections.unmodifiableSortedMap(new TreeMap<>(allow));
    }

    SecretGrant within(Predicate<String> names) {
        SortedMap<String, Source> left = new TreeMap<>(allow);
        left.keySet().removeIf(names.negate());
        return new SecretGrant(left);
    }

    Answer decide(String name) {
        Reasons reasons = new Reasons();
        if (source(name).isEmpty()) {
            reasons.add(
                    Reason.SecretNotAllowed,
                    // As the events of those that are granted have it. What is no name is not shown as one.
                    SecretsCompiler.isName(name) ? name : Text.quoted(name),
                    PATH + ".allow grants " + Text.list(allow.keySet()) + ", not " + Text.quoted(name)
                            + "; correct the name, or have it added there");
        }
        return reasons.answer();
    }

    public Optional<Source> source(String name) {
        return name == null ? Optional.empty() : Optional.ofNullable(allow.get(name));
    }
}
