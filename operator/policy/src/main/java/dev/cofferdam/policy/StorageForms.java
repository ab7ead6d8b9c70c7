package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.PathPattern;
import dev.cofferdam.policy.match.PathPattern.Segment;
import dev.cofferdam.policy.match.Text;
import java.util.List;
import java.util.Set;

/**
 * Which rules about files the box can hold. It shows a tool its workspace by mounts: they close and open whole directories, and files that are there when the
 * tool starts. A rule that would be held otherwise than it reads is refused.
 */
final class StorageForms {
    private static final int NAME_BYTES_MOST = 255;
    private static final Segment WORKSPACE = new Segment.Literal(PathPattern.WORKSPACE.substring(1));
    private static final Segment TMP = new Segment.Literal("tmp");

    private final Problems problems;

    StorageForms(Problems problems) {
        this.problems = problems;
    }

    void check(StorageGrant grant) {
        grant.allow().asMap().forEach(this::allow);
        grant.deny().asMap().keySet().forEach(this::deny);
        few(StorageGrant.PATH + ".allow", grant.allow());
        few(StorageGrant.PATH + ".deny", grant.deny());
    }

    private void few(String path, StorageRules rules) {
        int count = rules.asMap().size();
        problems.require(
                count <= Bounds.STORAGE_RULES,
                path,
                "has " + count + " rules; at most " + Bounds.STORAGE_RULES + " can be enforced; name directories");
        rules.asMap().keySet().stream()
                .filter(pattern -> Text.bytes(pattern.toString()) > Bounds.STORAGE_URI
                        || pattern.segments().stream()
                                .anyMatch(segment -> Text.bytes(segment.toString()) > NAME_BYTES_MOST))
                .forEach(pattern -> problems.add(
                        path,
                        Text.quoted(pattern.toString()) + " is longer than " + Bounds.STORAGE_URI
                                + " bytes, or has a name of more than " + NAME_BYTES_MOST
                                + ", which no file has; shorten it"));
    }

    private void allow(PathPattern pattern, Set<StorageAccess> access) {
        String path = StorageGrant.PATH + ".allow";
        String shown = Text.quoted(pattern.toString());
        Segment first = first(pattern);
        problems.require(
                !(first instanceof Segment.Star),
                path,
                shown + " has a * in its first name; write that name in full, such as \"fs:///workspace/**\"");
        if (!access.contains(StorageAccess.Write)) {
            return;
        }
        problems.require(
                first.equals(WORKSPACE) || first.equals(TMP) || first instanceof Segment.Deep,
                path,
                shown + " cannot be written: a tool's image is read-only; have it write below /workspace");
        problems.require(
                isDirectory(pattern),
                path,
                shown
                        + " may be written by some of the names in a directory only, which no mount can hold; allow the directory, and deny what is not meant");
    }

    private void deny(PathPattern pattern) {
        problems.require(
                first(pattern).equals(WORKSPACE),
                StorageGrant.PATH + ".deny",
                Text.quoted(pattern.toString())
                        + " reaches files of the tools' images, which their tools can read; begin it with fs:///workspace/, and leave out of an image what its tool must not read");
    }

    /** The root itself is everything. */
    private static Segment first(PathPattern pattern) {
        return pattern.segments().isEmpty()
                ? new Segment.Deep()
                : pattern.segments().getFirst();
    }

    /** Whole names, and ** at most at the end. */
    private static boolean isDirectory(PathPattern pattern) {
        List<Segment> segments = pattern.segments();
        for (int at = 0; at < segments.size(); at++) {
            boolean last = at == segments.size() - 1;
            if (segments.get(at) instanceof Segment.Star || segments.get(at) instanceof Segment.Deep && !last) {
                return false;
            }
        }
        return true;
    }
}
