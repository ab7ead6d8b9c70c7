package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.InlineFile;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The files that a run brings itself. What the API server let through is checked all the same. */
final class InlineFiles {
    private static final String PATH = "spec.workspace.source.inline";
    private static final int NAME_BYTES_MOST = 255;

    private InlineFiles() {}

    /** As they are written. */
    static List<InlineFile> of(ToolRunSpec spec) {
        return spec.workspace() == null || spec.workspace().source() == null
                ? List.of()
                : spec.workspace().source().inline();
    }

    static void check(List<InlineFile> files, Reasons reasons) {
        if (files.size() > Bounds.INLINE_FILES) {
            invalid(reasons, PATH, "has " + files.size() + " files; give at most " + Bounds.INLINE_FILES);
        }
        long bytes =
                files.stream().mapToLong(file -> Text.bytes(file.content())).sum();
        if (bytes > Bounds.INLINE_BYTES) {
            invalid(reasons, PATH, "has " + bytes + " bytes of content; give at most " + Bounds.INLINE_BYTES);
        }
        Set<List<String>> taken = new LinkedHashSet<>();
        Set<List<String>> directories = new HashSet<>();
        for (int at = 0; at < files.size(); at++) {
            String where = PATH + "[" + at + "]";
            String path = files.get(at).path();
            if (!isPath(path)) {
                invalid(
                        reasons,
                        where + ".path",
                        Text.quoted(path) + " is not a path below /workspace; write one such as src/a.py");
                continue;
            }
            List<String> names = List.of(path.split("/"));
            if (!taken.add(names)) {
                invalid(
                        reasons,
                        where + ".path",
                        Text.quoted(path) + " is there twice; which one counts would be a guess");
            }
            for (int length = 1; length < names.size(); length++) {
                directories.add(names.subList(0, length));
            }
        }
        List<List<String>> both = new ArrayList<>(taken);
        both.retainAll(directories);
        both.forEach(names -> invalid(
                reasons, PATH, Text.quoted(String.join("/", names)) + " is a file, and another file's directory"));
    }

    /** A path that is not the root: names with a slash between. */
    static boolean isPath(String path) {
        return path != null
                && Text.bytes(path) <= Bounds.INLINE_PATH
                && FilePath.parse("/" + path) instanceof Parsed.Good<FilePath> good
                && !good.value().names().isEmpty()
                && good.value().names().stream().allMatch(name -> Text.bytes(name) <= NAME_BYTES_MOST);
    }

    private static void invalid(Reasons reasons, String path, String message) {
        reasons.add(Reason.InvalidSpec, path, path + ": " + message);
    }
}
