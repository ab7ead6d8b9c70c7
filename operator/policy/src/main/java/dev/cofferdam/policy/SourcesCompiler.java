package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.GrantableClaim;
import dev.cofferdam.api.v1alpha1.GrantableConfigMap;
import dev.cofferdam.api.v1alpha1.GrantableSource;
import dev.cofferdam.api.v1alpha1.PolicyWorkspace;
import dev.cofferdam.policy.match.Text;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads a policy's sources of workspaces. */
final class SourcesCompiler {
    private static final String PATH = "spec.workspace.sources";
    private static final String COMMIT = "spec.workspace.commit";

    private final Problems problems;

    SourcesCompiler(Problems problems) {
        this.problems = problems;
    }

    Sources compile(PolicyWorkspace workspace) {
        List<GrantableSource> sources = workspace == null ? List.of() : workspace.sources();
        problems.require(
                sources.size() <= Bounds.SOURCES,
                PATH,
                "has " + sources.size() + " sources; write at most " + Bounds.SOURCES);
        boolean inline = false;
        SortedSet<String> claims = new TreeSet<>();
        SortedSet<String> configMaps = new TreeSet<>();
        for (int at = 0; at < sources.size(); at++) {
            GrantableSource source = sources.get(at);
            String path = PATH + "[" + at + "]";
            one(path, source);
            inline |= Boolean.TRUE.equals(source.inline());
            GrantableClaim claim = source.persistentVolumeClaim();
            if (claim != null
                    && isName(path + ".persistentVolumeClaim", "claimName", claim.claimName(), claim.unknown())) {
                claims.add(claim.claimName());
            }
            GrantableConfigMap map = source.configMap();
            if (map != null && isName(path + ".configMap", "name", map.name(), map.unknown())) {
                configMaps.add(map.name());
            }
        }
        return new Sources(inline, claims, configMaps, commit(workspace, claims));
    }

    private Commit commit(PolicyWorkspace workspace, SortedSet<String> claims) {
        Commit commit = workspace == null || workspace.commit() == null ? Commit.Never : workspace.commit();
        problems.require(
                commit != Commit.Unrecognized,
                COMMIT,
                "is a value that this version does not know; write Never, Manual or OnSuccess");
        problems.require(
                commit == Commit.Never || !claims.isEmpty(),
                COMMIT,
                "lets changes be written into volumes, and spec.workspace.sources lists none; add {persistentVolumeClaim: {claimName: …}} there, or remove it");
        return commit;
    }

    private void one(String path, GrantableSource source) {
        long named = Stream.of(
                        Boolean.TRUE.equals(source.inline()) ? source : null,
                        source.persistentVolumeClaim(),
                        source.configMap())
                .filter(Objects::nonNull)
                .count();
        problems.require(
                named >= 1,
                path,
                "names no source that is known here; write {inline: true}, {persistentVolumeClaim: {claimName: …}} or {configMap: {name: …}}, or remove it");
        problems.require(named <= 1, path, "names more than one source; write each as an item of its own");
    }

    private boolean isName(String path, String key, String name, Map<String, Object> unknown) {
        problems.unknown(path, unknown, key);
        boolean named = Text.isSubdomain(name);
        problems.require(
                named,
                path + "." + key,
                Text.quoted(name) + " is not the name of an object; write that of one in the policy's namespace");
        return named;
    }
}
