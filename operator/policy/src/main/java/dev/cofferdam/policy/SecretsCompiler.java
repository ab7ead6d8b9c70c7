package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.SecretKeyReference;
import dev.cofferdam.api.v1alpha1.SecretPermissions;
import dev.cofferdam.api.v1alpha1.SecretRule;
import dev.cofferdam.policy.match.Text;
import java.util.SortedMap;
import java.util.TreeMap;

/** The secrets that runs may ask for, from what a policy says of them. */
final class SecretsCompiler {
    private static final int SECRET_RULES_MOST = 64;
    private static final int NAME_MOST = 63;
    private static final int KEY_MOST = 253;

    private final Problems problems;

    SecretsCompiler(Problems problems) {
        this.problems = problems;
    }

    SecretGrant compile(SecretPermissions written) {
        problems.unknown(SecretGrant.PATH, written.unknown(), "allow");
        problems.atMost(SECRET_RULES_MOST, written.allow().size(), "rules", SecretGrant.PATH + ".allow");
        SortedMap<String, SecretGrant.Source> secrets = new TreeMap<>();
        for (int at = 0; at < written.allow().size(); at++) {
            SecretRule rule = written.allow().get(at);
            String where = SecretGrant.PATH + ".allow[" + at + "]";
            problems.unknown(where, rule.unknown(), "name, secretKeyRef");
            boolean named = isName(rule.name());
            problems.require(
                    named,
                    where + ".name",
                    Text.quoted(rule.name())
                            + " is not a name; write letters, digits, '_', '-' and '.', beginning with a letter or '_', at most 63 characters");
            SecretGrant.Source source = source(where + ".secretKeyRef", rule.secretKeyRef());
            if (named && secrets.put(rule.name(), source) != null) {
                problems.add(
                        where + ".name",
                        Text.quoted(rule.name()) + " is there twice; give each secret a name of its own");
            }
        }
        return new SecretGrant(secrets);
    }

    private SecretGrant.Source source(String where, SecretKeyReference written) {
        SecretKeyReference reference = written == null ? new SecretKeyReference(null, null, null) : written;
        problems.unknown(where, reference.unknown(), "name, key");
        problems.require(
                Text.isSubdomain(reference.name()),
                where + ".name",
                Text.quoted(reference.name()) + " is not the name of a Secret; write the one that holds the value");
        problems.require(
                isKey(reference.key()),
                where + ".key",
                Text.quoted(reference.key()) + " is not a key of a Secret; write the one whose value is meant");
        return new SecretGrant.Source(
                reference.name() == null ? "" : reference.name(), reference.key() == null ? "" : reference.key());
    }

    static boolean isName(String text) {
        return Text.isGraphic(text, NAME_MOST)
                && (Character.isLetter(text.charAt(0)) || text.charAt(0) == '_')
                && text.chars().allMatch(SecretsCompiler::isNameCharacter);
    }

    /** As the API server has it; it becomes the name of a file. */
    private static boolean isKey(String text) {
        return Text.isGraphic(text, KEY_MOST)
                && text.chars().allMatch(SecretsCompiler::isNameCharacter)
                && !text.equals(".")
                && !text.startsWith("..");
    }

    private static boolean isNameCharacter(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.';
    }
}
