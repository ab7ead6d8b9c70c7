package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.ClaimSource;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.InlineFile;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.api.v1alpha1.WorkspaceSource;
import java.util.List;
import java.util.Optional;

/** What a workspace begins with, as the supervisor is told. */
public sealed interface Origin {
    /** No file. */
    record Nothing() implements Origin {}

    /** Files that travel in the job. */
    record Inline(List<InlineFile> files) implements Origin {
        public Inline {
            files = List.copyOf(files);
        }
    }

    /**
     * A directory of the volume that the pod has.
     *
     * @param subPath relative to its root; empty: the root
     */
    record Volume(String subPath) implements Origin {}

    /** Files that the pod has of a ConfigMap. */
    record FromConfigMap() implements Origin {}

    /** As a run asks for it. */
    static Origin of(ToolRunSpec spec) {
        Optional<ClaimSource> claim = claim(spec);
        if (configMap(spec).isPresent()) {
            return new FromConfigMap();
        }
        if (claim.isPresent()) {
            return new Volume(claim.get().subPath() == null ? "" : claim.get().subPath());
        }
        List<InlineFile> files = InlineFiles.of(spec);
        return files.isEmpty() ? new Nothing() : new Inline(files);
    }

    /** The claim whose volume a run's workspace begins with. */
    static Optional<ClaimSource> claim(ToolRunSpec spec) {
        return source(spec).map(WorkspaceSource::persistentVolumeClaim);
    }

    /** The name of the ConfigMap that a run's workspace begins with. */
    static Optional<String> configMap(ToolRunSpec spec) {
        return source(spec).map(WorkspaceSource::configMap).map(map -> map.name() == null ? "" : map.name());
    }

    /** The files of its workspace that a run wants back. */
    static List<String> outputs(ToolRunSpec spec) {
        return spec == null || spec.workspace() == null
                ? List.of()
                : spec.workspace().outputs();
    }

    /** What is to be done with the changes of a run. */
    static Commit commit(ToolRunSpec spec) {
        return spec == null || spec.workspace() == null || spec.workspace().commit() == null
                ? Commit.Never
                : spec.workspace().commit();
    }

    private static Optional<WorkspaceSource> source(ToolRunSpec spec) {
        return spec == null || spec.workspace() == null
                ? Optional.empty()
                : Optional.ofNullable(spec.workspace().source());
    }
}
