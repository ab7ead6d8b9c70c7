package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.PathPattern;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which files the tools of a policy may read and write. The order of its rules plays no part.
 *
 * @param allow what is granted, by pattern, in the order of the patterns' texts
 * @param deny what is not, whatever is granted
 */
public record StorageGrant(Map<PathPattern, Set<StorageAccess>> allow, Map<PathPattern, Set<StorageAccess>> deny) {
    static final String PATH = "spec.permissions.storage";

    static final StorageGrant NOTHING = new StorageGrant(Map.of(), Map.of());

    public StorageGrant {
        allow = sorted(allow);
        deny = sorted(deny);
    }

    private static Map<PathPattern, Set<StorageAccess>> sorted(Map<PathPattern, Set<StorageAccess>> given) {
        Map<PathPattern, Set<StorageAccess>> copy = new HashMap<>();
        given.forEach((pattern, access) -> copy.put(pattern, Collections.unmodifiableSet(EnumSet.copyOf(access))));
        return InOrder.of(copy);
    }

    Answer decide(String path, StorageAccess access) {
        Reasons reasons = new Reasons();
        if (access == null || access == StorageAccess.Unrecognized) {
            reasons.add(Reason.PathInvalid, "access", "what is to be done with the file is neither read nor write");
            return reasons.answer();
        }
        switch (FilePath.parse(path)) {
            case Parsed.Bad<FilePath> bad ->
                reasons.add(Reason.PathInvalid, Text.quoted(path), "the path " + bad.why());
            case Parsed.Good<FilePath> good -> decide(good.value(), access, reasons);
        }
        return reasons.answer();
    }

    private void decide(FilePath path, StorageAccess access, Reasons reasons) {
        String shown = Text.quoted(path.toString());
        deny.forEach((pattern, denied) -> {
            if (denied.contains(access) && pattern.denies(path)) {
                reasons.add(
                        Reason.PathDenied,
                        shown,
                        shown + " is covered by " + Text.quoted(pattern.toString()) + " under " + PATH + ".deny for "
                                + access.text() + "; deny beats allow; have that rule narrowed");
            }
        });
        if (!allows(path, access)) {
            reasons.add(
                    Reason.PathNotAllowed,
                    shown,
                    "no rule under " + PATH + ".allow covers " + shown + " for " + access.text()
                            + "; have one added with that uri and access");
        }
    }

    private boolean allows(FilePath path, StorageAccess access) {
        for (Map.Entry<PathPattern, Set<StorageAccess>> rule : allow.entrySet()) {
            if (rule.getValue().contains(access) && rule.getKey().allows(path)) {
                return true;
            }
        }
        return false;
    }

    /** Whether one rule grants at least the whole pattern; what is denied is left aside. */
    boolean covers(PathPattern pattern, StorageAccess access) {
        return allow.entrySet().stream()
                .anyMatch(rule ->
                        rule.getValue().contains(access) && rule.getKey().covers(pattern));
    }
}
