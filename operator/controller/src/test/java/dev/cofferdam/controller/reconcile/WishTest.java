package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.policy.Halt;
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
        return Course.wish(run, Reducer.statusOf(run), grounds);
    }
}
