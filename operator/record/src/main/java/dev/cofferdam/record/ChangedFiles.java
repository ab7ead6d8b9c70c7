package dev.cofferdam.record;

import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import java.util.List;

/** Files that a tool changed, as everybody who names a set of them by its digest has to write them down. */
public final class ChangedFiles {
    private ChangedFiles() {}

    /** As sandbox-image/changes writes it: one line for each item. */
    public static String digest(List<ChangedFile> items) {
        StringBuilder lines = new StringBuilder();
        for (ChangedFile item : items) {
            boolean gone = item.change() == Change.Deleted;
            lines.append(item.change())
                    .append('\0')
                    .append(gone ? "" : item.kind())
                    .append('\0')
                    .append(gone ? "0000" : item.mode())
                    .append('\0')
                    .append(gone ? "0" : item.size())
                    .append('\0')
                    .append(gone ? "" : item.sha256())
                    .append('\0')
                    .append(item.path())
                    .append('\n');
        }
        return Digest.of(lines.toString());
    }
}
