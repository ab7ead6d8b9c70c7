package dev.cofferdam.gateway.channel;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.api.v1alpha1.FileKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the frame {@code changes}, as strictly as {@link FrameDecoder} reads the others. */
final class ChangesDecoder {
    private static final int ITEMS_MOST = Bounds.CHANGED_FILES;
    private static final int VIOLATIONS_MOST = 64;
    private static final long COUNT_MOST = Integer.MAX_VALUE;
    private static final long SIZE_MOST = 1L << 53;

    /** Bound of a bundle of contents, in bytes. */
    static final long CONTENTS_MOST = 256L << 20;

    private static final Set<String> KEYS = Set.of(
            "type",
            "complete",
            "added",
            "modified",
            "deleted",
            "digest",
            "items",
            "violations",
            "violationsTotal",
            "contents");
    private static final Set<String> ITEM = Set.of("path", "change", "kind", "mode", "size", "sha256");
    private static final Set<String> DELETED = Set.of("path", "change");
    private static final Set<String> CONTENTS = Set.of("sha256", "bytes");
    private static final Set<String> VIOLATION = Set.of("path", "reason");
    private static final Set<String> REASONS = Set.of("NotGranted", "NotAFile", "NameInvalid", "PathTooLong", "SetID");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern MODE = Pattern.compile("0[0-7]{3}");

    private ChangesDecoder() {}

    static SupervisorFrame.Changes read(JsonNode node) throws MalformedException {
        Fields.exactly(node, KEYS);
        boolean complete = Fields.truth(node, "complete");
        String digest = Fields.text(node, "digest");
        Fields.require(complete ? DIGEST.matches(digest) : digest.isEmpty(), "a complete set has a digest");
        List<ChangedFile> items = new ArrayList<>();
        for (JsonNode item : Fields.list(node, "items", ITEMS_MOST)) {
            items.add(item(item));
        }
        List<SupervisorFrame.Violation> violations = new ArrayList<>();
        for (JsonNode violation : Fields.list(node, "violations", VIOLATIONS_MOST)) {
            violations.add(violation(violation));
        }
        return new SupervisorFrame.Changes(
                complete,
                (int) Fields.integer(node, "added", 0, COUNT_MOST),
                (int) Fields.integer(node, "modified", 0, COUNT_MOST),
                (int) Fields.integer(node, "deleted", 0, COUNT_MOST),
                digest,
                items,
                violations,
                (int) Fields.integer(node, "violationsTotal", 0, COUNT_MOST),
                contents(node.get("contents"), complete));
    }

    private static Optional<SupervisorFrame.Contents> contents(JsonNode node, boolean complete)
            throws MalformedException {
        if (node.isNull()) {
            return Optional.empty();
        }
        Fields.require(complete && node.isObject(), "contents are an object of a complete set, or null");
        Fields.exactly(node, CONTENTS);
        return Optional.of(
                new SupervisorFrame.Contents(Fields.sha256(node), Fields.integer(node, "bytes", 1, CONTENTS_MOST)));
    }

    private static ChangedFile item(JsonNode node) throws MalformedException {
        Fields.require(node.isObject(), "an item is an object");
        String path = path(node);
        return switch (Fields.text(node, "change")) {
            case "Deleted" -> {
                Fields.exactly(node, DELETED);
                yield new ChangedFile(path, Change.Deleted, null, null, null, null);
            }
            case "Added" -> there(node, path, Change.Added);
            case "Modified" -> there(node, path, Change.Modified);
            default -> throw new MalformedException("change is Added, Modified or Deleted");
        };
    }

    private static ChangedFile there(JsonNode node, String path, Change change) throws MalformedException {
        Fields.exactly(node, ITEM);
        FileKind kind = switch (Fields.text(node, "kind")) {
            case "File" -> FileKind.File;
            case "Symlink" -> FileKind.Symlink;
            default -> throw new MalformedException("kind is File or Symlink");
        };
        String mode = Fields.text(node, "mode");
        Fields.require(MODE.matches(mode), "mode is four octal digits of permissions");
        return new ChangedFile(
                path, change, kind, mode, Fields.sha256(node), Fields.integer(node, "size", 0, SIZE_MOST));
    }

    private static SupervisorFrame.Violation violation(JsonNode node) throws MalformedException {
        Fields.require(node.isObject(), "a violation is an object");
        Fields.exactly(node, VIOLATION);
        String reason = Fields.text(node, "reason");
        Fields.require(REASONS.contains(reason), "reason is one of the contract");
        return new SupervisorFrame.Violation(path(node), reason);
    }

    private static String path(JsonNode node) throws MalformedException {
        return Fields.bounded("path", Fields.text(node, "path"), Bounds.CHANGED_PATH);
    }
}
