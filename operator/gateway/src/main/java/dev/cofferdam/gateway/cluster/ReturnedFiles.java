package dev.cofferdam.gateway.cluster;

import dev.cofferdam.api.v1alpha1.OutputEncoding;
import dev.cofferdam.api.v1alpha1.ReturnedFile;
import dev.cofferdam.api.v1alpha1.ReturnedState;
import dev.cofferdam.gateway.channel.SupervisorFrame;
import dev.cofferdam.record.StreamRecord;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;

/** The files that a run asked for, as its status has them. Pure. */
final class ReturnedFiles {
    private ReturnedFiles() {}

    /** @param paths those that the run asked for: as many as were told of, in the same order */
    static List<ReturnedFile> of(List<String> paths, SupervisorFrame.Outputs told) {
        return IntStream.range(0, Math.min(paths.size(), told.files().size()))
                .mapToObj(at -> of(paths.get(at), told.files().get(at)))
                .toList();
    }

    private static ReturnedFile of(String path, SupervisorFrame.OutputFile file) {
        if (file.state() != ReturnedState.Present) {
            return new ReturnedFile(path, file.state(), null, null, null);
        }
        byte[] content = file.content();
        String coded = Base64.getEncoder().encodeToString(content);
        StreamRecord text = StreamRecord.of(content, content.length);
        // Text that takes more room when it is escaped than in Base64 could break the object's bound.
        boolean plain = text.encoding() == OutputEncoding.UTF8 && text.jsonBytes() <= Math.max(coded.length(), 8);
        return new ReturnedFile(
                path,
                file.state(),
                plain ? text.text() : coded,
                plain ? OutputEncoding.UTF8 : OutputEncoding.Base64,
                content.length);
    }
}
