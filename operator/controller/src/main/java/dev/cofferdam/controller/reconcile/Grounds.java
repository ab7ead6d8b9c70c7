package dev.cofferdam.controller.reconcile;

import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.policy.Capacity;
import dev.cofferdam.policy.CircuitRule;
import dev.cofferdam.policy.CompiledPolicy;
import dev.cofferdam.policy.Decider;
import dev.cofferdam.policy.Disablement;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.HandOut;
import dev.cofferdam.policy.RateRule;
import dev.cofferdam.policy.Repetition;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.policy.Setting;
import dev.cofferdam.record.Reason;
import java.util.Optional;

/**
 * All that decides about a run besides its own spec, and what that comes to.
 *
 * @param setting its policy, and of which stage its namespace is
 * @param halt what stops all runs of its namespace, above all policies; empty where nothing does
 * @param disablement what stops its tool, above its policy; empty where nothing does
 * @param ruling of all on the run
 */
record Grounds(Setting setting, Optional<Halt> halt, Optional<Disablement> disablement, Ruling ruling) {
    static Grounds of(ToolRun run, Setting setting, Optional<Halt> halt, Optional<Disablement> disablement) {
        return new Grounds(
                setting, halt, disablement, Halt.over(halt, Disablement.over(disablement, rule(run, setting))));
    }

    /** Another attempt is none of a new run: less time than the first had does not refuse it. */
    private static Ruling rule(ToolRun run, Setting setting) {
        return Reducer.statusOf(run).attempts().isEmpty()
                ? Decider.decide(setting, run.getSpec())
                : Decider.again(setting, run.getSpec());
    }

    /** Whether the tool is granted, and may run again. */
    boolean mayRunTwice() {
        return ruling instanceof Ruling.Granted granted && granted.mayRunTwice();
    }

    /** How often and when the policy has runs tried again. */
    Repetition repetition() {
        return setting.compiled().map(CompiledPolicy::repetition).orElse(Repetition.DEFAULTS);
    }

    /** How many runs of the policy there may be at one time; empty where as many as come. */
    Optional<Capacity> capacity() {
        return setting.compiled().flatMap(CompiledPolicy::capacity);
    }

    /** How many runs of the policy are let through in a time; empty where as many as come. */
    Optional<RateRule> rate() {
        return setting.compiled().flatMap(CompiledPolicy::rate);
    }

    /** When a tool of the policy is given a rest; empty where never. */
    Optional<CircuitRule> circuit() {
        return setting.compiled().flatMap(CompiledPolicy::circuit);
    }

    /** What a claimed run has, and its policy no longer grants, for people; empty where that is not why it must stop. */
    Optional<String> lost(ToolRun run) {
        return HandOut.lost(setting, Reducer.statusOf(run).effective(), run.getSpec());
    }

    /** Why a claimed run must stop; empty where it may go on. */
    Optional<Reason> stops(ToolRun run, Effective claimed) {
        return Halt.stops(halt, () -> Disablement.stops(disablement, HandOut.revoked(setting, claimed, run.getSpec())));
    }
}
