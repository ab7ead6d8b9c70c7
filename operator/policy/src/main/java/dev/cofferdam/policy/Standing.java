package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Lifecycle;
import dev.cofferdam.api.v1alpha1.Source;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.Trust;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that decides whether a tool may run at all, beside what it is granted: how far its policy is trusted, who confirmed it, and where it is. The table of it
 * is in docs/policy.md, and every cell of that table is a test. The isolation mode is part of that table and has one value, so it decides nothing here: there
 * is no standing with which a tool goes without the sandbox.
 *
 * @param trust of the whole policy
 * @param reviewed whether somebody who may has confirmed the policy as it is now
 * @param stages where the policy holds, and the lifecycles whose tools do not run there; empty where it holds everywhere
 * @param stage of the namespace; empty where it has none
 */
record Standing(Trust trust, boolean reviewed, Map<String, Set<Lifecycle>> stages, Optional<String> stage) {
    /** What keeps a tool from running, in the order in which it is told. */
    enum Obstacle {
        /** Nobody has confirmed the policy as it is now. */
        ReviewRequired,
        /** The namespace is of no stage that the policy has: a label that is misspelt, or was taken away, must not be the way to what a stage denies. */
        StageUnknown,
        /** The stage of the namespace denies tools that have come this far. */
        LifecycleDenied
    }

    /**
     * The function of which the table is.
     *
     * @param tool empty where the policy has none of the name that was asked for: the stage holds for that run all the same
     * @return empty where it may run, in the sandbox
     */
    Set<Obstacle> obstacles(Optional<Tool> tool) {
        Set<Obstacle> obstacles = EnumSet.noneOf(Obstacle.class);
        if (tool.isPresent() && !reviewed && needsReview(trust, source(tool.get()))) {
            obstacles.add(Obstacle.ReviewRequired);
        }
        if (!stages.isEmpty()) {
            Set<Lifecycle> denied = stage.map(stages::get).orElse(null);
            if (denied == null) {
                obstacles.add(Obstacle.StageUnknown);
            } else if (tool.isPresent() && denied.contains(lifecycle(tool.get()))) {
                obstacles.add(Obstacle.LifecycleDenied);
            }
        }
        return obstacles;
    }

    /** Nobody answers for it, so somebody has to have read it. What this version does not know is not trusted. */
    static boolean needsReview(Trust trust, Source source) {
        return switch (trust) {
            case SemiTrusted ->
                switch (source) {
                    case Hardcoded -> false;
                    case AgentGenerated, External, Unrecognized -> true;
                };
            case Untrusted, Unrecognized -> true;
        };
    }

    static Source source(Tool tool) {
        return tool.source() == null ? Source.Hardcoded : tool.source();
    }

    static Lifecycle lifecycle(Tool tool) {
        return tool.lifecycle() == null ? Lifecycle.Stable : tool.lifecycle();
    }
}
