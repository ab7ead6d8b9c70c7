package dev.cofferdam.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.reconcile.RunIndex;
import dev.cofferdam.controller.status.Reducer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndedRunsTest {
    private static final String RUN = """
            metadata: {name: a, namespace: ns, uid: "1", resourceVersion: "7"}
            spec: {policyRef: {name: p}, tool: t, args: [x]}
            status:
              phase: %s
              conditions: [{type: Finished, status: "%s", reason: ExitedZero, lastTransitionTime: "2026-01-01T00:00:00Z"}]
              attempts: [{number: 1, podName: p, podUID: u}]
              %s
              result: {podUID: u, outcome: Exited, exitCode: 0, stdout: said, stderr: also, stdoutBytes: 4}
              changes: {added: 1, digest: "sha256:0", items: [{path: a, change: Added}], outputs: [{path: a, state: Present, content: text}]}
              audit: {sources: [{source: controller, total: 1}, {source: gateway/a, total: 2}]}
            """;

    private final List<ToolRun> gone = new ArrayList<>();
    private final RunIndex index = new RunIndex();
    private final EndedRuns store = new EndedRuns(index, gone::add);

    @Test
    void saysWhichRunsItForgetsThatHadNoEnd() {
        ToolRun run = run("Running", "False", "");
        stored(run);
        store.remove(store.getKey(run));
        store.remove(store.getKey(run));
        assertThat(gone).containsExactly(run);

        ToolRun ended = run("Succeeded", "True", "");
        stored(ended);
        store.remove(store.getKey(ended));
        assertThat(gone).hasSize(1);
    }

    @Test
    void whoIsKeptIsFoundByWhatRunsHaveInCommon() {
        stored(run("Running", "False", ""));
        ToolRun now = stored(run("Succeeded", "True", ""));

        assertThat(index.ofNamespace("ns")).containsExactly(now);
        assertThat(index.ofPolicy("ns", "p")).containsExactly(now);

        store.remove(store.getKey(now));
        assertThat(index.ofNamespace("ns")).isEmpty();
        assertThat(index.ofPolicy("ns", "p")).isEmpty();
    }

    @Test
    void whoHasEndedIsKeptWithoutWhatItsToolSaid() {
        ToolRun run = run("Succeeded", "True", "");

        ToolRun kept = stored(run);

        assertThat(kept.getStatus().result().stdout()).isNull();
        assertThat(kept.getStatus().result().stderr()).isNull();
        assertThat(kept.getStatus().result().stdoutBytes()).isEqualTo(4);
        assertThat(kept.getStatus().changes().outputs()).isEmpty();
        assertThat(kept.getMetadata()).isEqualTo(run.getMetadata());
        assertThat(kept.getSpec()).isEqualTo(run.getSpec());

        // What approvers were shown is told to the committer, and what the controller itself wrote it writes again, all
        // of it
        assertThat(kept.getStatus().changes().items())
                .isEqualTo(run.getStatus().changes().items());
        assertThat(Reducer.own(kept.getStatus())).isEqualTo(Reducer.own(run.getStatus()));
        assertThat(run.getStatus().result().stdout())
                .as("an object of somebody else")
                .isEqualTo("said");
    }

    @Test
    void whoHasNotEndedIsKeptWhole() {
        ToolRun run = run("Running", "False", "");

        assertThat(stored(run)).isSameAs(run);
    }

    /** Its facts are the controller's own copy. */
    @Test
    void aReplayIsKeptWhole() {
        ToolRun run = run("Succeeded", "True", "replayOf: {name: b, uid: c}");

        assertThat(stored(run)).isSameAs(run);
    }

    private ToolRun stored(ToolRun run) {
        store.put("ns/a", run);
        return store.get("ns/a");
    }

    private static ToolRun run(String phase, String finished, String more) {
        return Serialization.unmarshal(RUN.formatted(phase, finished, more), ToolRun.class);
    }
}
