package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.policy.Halt;
import dev.cofferdam.policy.PolicyCompiler;
import dev.cofferdam.policy.Ruling;
import dev.cofferdam.policy.Served;
import dev.cofferdam.policy.Setting;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Why somebody wants a claimed run stopped. */
class WishTest {
    /** Who may change the run alone must not turn what is to be frozen into a kill. */
    @Test
    void aCancelKillsButNotWhatIsQuarantined() {
        assertThat(wish(true, "Suspended")).contains(Reason.Cancelled);
        assertThat(wish(true, "Quarantined")).contains(Reason.Quarantined);
        assertThat(wish(false, "Quarantined")).contains(Reason.Quarantined);
        assertThat(wish(false, "Suspended")).contains(Reason.NamespaceSuspended);
    }

    /** Whoever may delete it may. */
    @Test
    void aRunThatIsDeletedAndKeptIsKilledWhateverElseIsWished() {
        assertThat(wish(withDeletion(run(false)), "Quarantined")).contains(Reason.Deleted);
        assertThat(wish(withDeletion(run(true)), "Suspended")).contains(Reason.Deleted);
    }

    /** Whoever left the time to the policy would have it, too. */
    @Test
    void lessTimeThanItAskedForStopsNoRunThatHasBegunAndLeavesItItsAttempts() {
        Setting setting = Setting.of(
                Optional.of(PolicyCompiler.compile(Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: SandboxPolicy
                metadata: {name: p, namespace: n, generation: 2}
                spec:
                  tools: [{name: sh, image: i, command: [sh, -c], idempotent: true}]
                  permissions: {resources: {limits: {timeout: 5s}}}
                """, SandboxPolicy.class), Served.NOW)));
        ToolRun fresh = Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: a, uid: a, namespace: n}
                spec: {policyRef: {name: p}, tool: sh, timeout: 20s}
                """, ToolRun.class);
        ToolRun begun = Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: a, uid: a, namespace: n}
                spec: {policyRef: {name: p}, tool: sh, timeout: 20s}
                status:
                  effective: {runtimeClassName: gvisor, limits: {timeoutMillis: 20000}}
                  attempts: [{number: 1, podName: a-1}]
                """, ToolRun.class);

        assertThat(grounds(fresh, setting).ruling()).isInstanceOf(Ruling.Refused.class);
        assertThat(grounds(begun, setting).mayRunTwice()).isTrue();
        assertThat(Watching.wish(begun, Reducer.statusOf(begun), grounds(begun, setting)))
                .isEmpty();
    }

    private static Grounds grounds(ToolRun run, Setting setting) {
        return Grounds.of(run, setting, Optional.empty(), Optional.empty());
    }

    private static ToolRun withDeletion(ToolRun run) {
        run.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
        return run;
    }

    private static ToolRun run(boolean cancel) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: a, uid: a, namespace: n}
                spec: {policyRef: {name: p}, tool: sh, cancel: %s}
                """.formatted(cancel), ToolRun.class);
    }

    private static Optional<Reason> wish(boolean cancel, String label) {
        return wish(run(cancel), label);
    }

    private static Optional<Reason> wish(ToolRun run, String label) {
        Grounds grounds =
                Grounds.of(run, Setting.of(Optional.empty()), Optional.of(new Halt("n", label)), Optional.empty());
        return Watching.wish(run, Reducer.statusOf(run), grounds);
    }
}
