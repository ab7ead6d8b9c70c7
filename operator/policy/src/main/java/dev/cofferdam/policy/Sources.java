package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.GrantableClaim;
import dev.cofferdam.api.v1alpha1.GrantableConfigMap;
import dev.cofferdam.api.v1alpha1.GrantableSource;
import dev.cofferdam.api.v1alpha1.PolicyWorkspace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What runs may name as the source of their workspace.
 *
 * @param inline whether they may bring its files themselves
 * @param claims the volumes that they may name
 * @param configMaps the ConfigMaps that they may name
 * @param commit the most that they may ask to be done with what they change
 */
public record Sources(boolean inline, SortedSet<String> claims, SortedSet<String> configMaps, Commit commit) {
    public Sources {
        claims = Collections.unmodifiableSortedSet(new TreeSet<>(claims));
        configMaps = Collections.unmodifiableSortedSet(new TreeSet<>(configMaps));
    }

    /** In the one order in which policies of one meaning are written; null where there are none. */
    PolicyWorkspace print() {
        List<GrantableSource> written = new ArrayList<>();
        if (inline) {
            written.add(new GrantableSource(true, null, null));
        }
        claims.forEach(claim -> written.add(new GrantableSource(null, new GrantableClaim(claim, null), null)));
        configMaps.forEach(name -> written.add(new GrantableSource(null, null, new GrantableConfigMap(name, null))));
        // A policy that gives no commit is written as it was before there were any: reviews of it name that digest.
        return written.isEmpty() ? null : new PolicyWorkspace(written, commit == Commit.Never ? null : commit);
    }
}
