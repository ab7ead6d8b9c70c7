package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.PathPattern;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which files the tools of a policy may read and write. The order of its rules plays no part. */
public record StorageGrant(StorageRules allow, StorageRules deny) {
    static final String PATH = "spec.permissions.storage";

    static final StorageGrant NOTHING = new StorageGrant(StorageRules.NONE, StorageRules.NONE);

    /** Whether it says nothing of any file. */
    public boolean isEmpty() {
        return allow.isEmpty() && deny.isEmpty();
    }

    StorageGrant within(Map<StorageAccess, List<PathPattern>> patterns) {
        return new StorageGrant(allow.within(patterns), deny);
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
        for (PathPattern pattern : deny.candidates(path, access)) {
            if (pattern.denies(path)) {
                reasons.add(
                        Reason.PathDenied,
                        shown,
                        shown + " is covered by " + Text.quoted(pattern.toString()) + " under " + PATH + ".deny for "
                                + access.text() + "; deny beats allow; have that rule narrowed");
            }
        }
        if (allow.candidates(path, access).stream().noneMatch(pattern -> pattern.allows(path))) {
            reasons.add(
                    Reason.PathNotAllowed,
                    shown,
                    "no rule under " + PATH + ".allow covers " + shown + " for " + access.text()
                            + "; have one added with that uri and access");
        }
    }

    /** As it is told of a run. */
    static List<GrantedFiles> shown(StorageRules rules) {
        return rules.asMap().entrySet().stream()
                .map(rule -> new GrantedFiles(
                        rule.getKey().toString(),
                        rule.getValue().stream().sorted().toList()))
                .toList();
    }

    /**
     * Whether it grants at least what was granted once: every rule that allowed is covered by one of its own, and it denies nothing that was not denied.
     *
     * @param allowed as {@link #shown} had it
     * @param denied likewise
     */
    boolean stillGrants(List<GrantedFiles> allowed, List<GrantedFiles> denied) {
        return denied(denied).isEmpty() && missing(allowed).isEmpty();
    }

    /** What it denies that was not denied once: the first rule. */
    Optional<GrantedFiles> denied(List<GrantedFiles> before) {
        return shown(deny).stream().filter(rule -> !before.contains(rule)).findFirst();
    }

    /** What was allowed once and no rule of its own covers: the first rule, with the access that is missing. */
    Optional<GrantedFiles> missing(List<GrantedFiles> before) {
        return rules(before).asMap().entrySet().stream()
                .map(rule -> new GrantedFiles(
                        rule.getKey().toString(),
                        rule.getValue().stream()
                                .filter(access -> !covers(rule.getKey(), access))
                                .sorted()
                                .toList()))
                .filter(rule -> !rule.access().isEmpty())
                .findFirst();
    }

    /** As it was {@link #shown}; a pattern that is none covers nothing. */
    static StorageRules rules(List<GrantedFiles> shown) {
        Map<PathPattern, Set<StorageAccess>> rules = new HashMap<>();
        for (GrantedFiles files : shown) {
            PathPattern.parseUri(files.uri())
                    .found()
                    .filter(pattern -> !files.access().isEmpty())
                    .ifPresent(pattern -> rules.computeIfAbsent(pattern, unused -> EnumSet.noneOf(StorageAccess.class))
                            .addAll(files.access()));
        }
        return new StorageRules(rules);
    }

    /** Whether one rule grants at least the whole pattern; what is denied is left aside. */
    boolean covers(PathPattern pattern, StorageAccess access) {
        return allow.asMap().entrySet().stream()
                .anyMatch(rule ->
                        rule.getValue().contains(access) && rule.getKey().covers(pattern));
    }
}
