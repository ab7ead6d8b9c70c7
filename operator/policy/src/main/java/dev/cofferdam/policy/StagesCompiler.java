package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Lifecycle;
import dev.cofferdam.api.v1alpha1.Stage;
import dev.cofferdam.policy.match.Text;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Where a policy holds, and which tools do not run there. */
final class StagesCompiler {
    private static final String PATH = "spec.stages";
    private static final int STAGES_MOST = 64;

    private final Problems problems;

    StagesCompiler(Problems problems) {
        this.problems = problems;
    }

    SortedMap<String, Set<Lifecycle>> compile(List<Stage> written) {
        problems.atMost(STAGES_MOST, written.size(), "stages", PATH);
        SortedMap<String, Set<Lifecycle>> stages = new TreeMap<>();
        for (int at = 0; at < written.size() && at < STAGES_MOST; at++) {
            Stage stage = written.get(at);
            String where = PATH + "[" + at + "]";
            problems.unknown(where, stage.unknown(), "name, deny");
            boolean named = Text.isLabel(stage.name());
            problems.require(
                    named,
                    where + ".name",
                    Text.quoted(stage.name())
                            + " is not a stage; write lower case letters, digits and '-', at most 63 characters");
            problems.require(
                    !stage.deny().contains(Lifecycle.Unrecognized),
                    where + ".deny",
                    "has a lifecycle that this version does not know; write Canary, Experimental, Stable or Deprecated");
            Set<Lifecycle> denied = EnumSet.noneOf(Lifecycle.class);
            denied.addAll(stage.deny());
            if (named && stages.put(stage.name(), Collections.unmodifiableSet(denied)) != null) {
                problems.add(where + ".name", Text.quoted(stage.name()) + " is there twice; write each stage once");
            }
        }
        return stages;
    }
}
