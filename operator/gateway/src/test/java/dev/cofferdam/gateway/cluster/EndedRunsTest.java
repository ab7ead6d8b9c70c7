package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.gateway.channel.Undecided;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EndedRunsTest {
    private static final String ENDED =
            ", result: {podUID: u, outcome: Exited, stdout: said, stdoutBytes: 4}, changes: {digest: 'sha256:0', items: [{path: a}], "
                    + "outputs: [{path: a, state: Present, content: text}], contents: {sha256: '67', bytes: 3072, expiresAt: '2026-01-01T00:00:00Z'}}";

    @Test
    void whoHasEndedIsKnownWithoutWhatItsToolSaidAndChanged() {
        ClusterView view = new ClusterView();
        ToolRun run = Given.claimed(ENDED);

        view.put(run);

        ToolRun known = view.run(Given.RUN_UID).orElseThrow();
        assertThat(known.getStatus().result().stdout()).isNull();
        assertThat(known.getStatus().result().stdoutBytes()).isEqualTo(4);
        assertThat(known.getStatus().changes().items()).isEmpty();
        assertThat(known.getStatus().changes().outputs()).isEmpty();
        assertThat(known.getStatus().changes().contents())
                .isEqualTo(run.getStatus().changes().contents());
        assertThat(known.getStatus().attempts()).isEqualTo(run.getStatus().attempts());
        assertThat(known.getSpec()).isEqualTo(run.getSpec());
        assertThat(view.undecided()).containsExactly(new Undecided("ns", Given.RUN_UID));
    }

    @Test
    void whoHasNotEndedIsKnownAsItIs() {
        ClusterView view = new ClusterView();
        ToolRun run = Given.claimed("");

        view.put(run);

        assertThat(view.run(Given.RUN_UID)).containsSame(run);
        assertThat(view.undecided()).isEmpty();
    }

    @Test
    void theInformerRemembersNamesAlone() {
        GenericKubernetesResource run = Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: ToolRun
                metadata: {name: a, namespace: ns, uid: u, resourceVersion: "7"}
                spec: {tool: t}
                """, GenericKubernetesResource.class);
        var store = EndedRuns.names();

        store.put("ns/a", run);

        assertThat(store.get("ns/a").getMetadata()).isEqualTo(run.getMetadata());
        assertThat(store.get("ns/a").getAdditionalProperties()).isEqualTo(Map.of());
        assertThat(store.keySet().toList()).isEqualTo(List.of("ns/a"));
    }
}
