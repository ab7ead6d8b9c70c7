package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.policy.Job;
import dev.cofferdam.record.ChangedFiles;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What holds of every set of changes that an honest supervisor tells. Pure. */
final class ChangesRule {
    private ChangesRule() {}

    /**
     * The rule that a set breaks.
     *
     * @return empty where it breaks none
     */
    static Optional<String> broken(SupervisorFrame.Changes told, Job.Files files) {
        List<ChangedFile> items = told.items();
        for (int at = 1; at < items.size(); at++) {
            if (Arrays.compareUnsigned(bytes(items.get(at - 1)), bytes(items.get(at))) >= 0) {
                return Optional.of("items are in order, each path once");
            }
        }
        if (!items.stream().map(ChangedFile::path).allMatch(files.writable())) {
            return Optional.of("what the policy does not let be written is no part of a set");
        }
        if (count(items, Change.Added) > told.added()
                || count(items, Change.Modified) > told.modified()
                || count(items, Change.Deleted) > told.deleted()
                || told.violations().size() > told.violationsTotal()) {
            return Optional.of("counts are those of all items");
        }
        return told.complete() && items.size() == told.total() && !told.digest().equals(ChangedFiles.digest(items))
                ? Optional.of("the digest is that of the items")
                : Optional.empty();
    }

    private static long count(List<ChangedFile> items, Change change) {
        return items.stream().filter(item -> item.change() == change).count();
    }

    private static byte[] bytes(ChangedFile item) {
        return item.path().getBytes(StandardCharsets.UTF_8);
    }
}
