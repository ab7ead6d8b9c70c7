package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** What a live read may change of what the watch has told. */
class ClusterViewTest {
    private static final String FIRST_SECOND = "2026-01-01T00:00:01Z";
    private static final String SECOND_SECOND = "2026-01-01T00:00:02Z";

    private final ClusterView view = new ClusterView();

    @Test
    void aReadThatADeletionOvertookBringsNothingBack() {
        SandboxPolicy read = policy("a", 1, FIRST_SECOND, "");
        view.put(read);
        view.removePolicy(read);
        view.putRead(read);
        assertThat(view.policy("ns", "p")).isEmpty();
        assertThat(view.policyDeleted("ns", "p")).isTrue();
    }

    /** What an alert stopped is in the status, which has no generation. */
    @Test
    void aReadThatADisablementOvertookIsLeft() {
        SandboxPolicy disabled = policy(
                "a", 1, FIRST_SECOND, "tools: [{name: t, circuit: Closed, disabled: {alert: a, firing: f, at: x}}]");
        view.put(policy("a", 1, FIRST_SECOND, ""));
        view.put(disabled);
        view.putRead(policy("a", 1, FIRST_SECOND, ""));
        assertThat(view.policy("ns", "p")).containsSame(disabled);
    }

    @Test
    void aReadIsTakenWhereNothingIsKnownOrItIsNewer() {
        SandboxPolicy first = policy("a", 1, FIRST_SECOND, "");
        view.putRead(first);
        assertThat(view.policy("ns", "p")).containsSame(first);
        SandboxPolicy edited = policy("a", 2, FIRST_SECOND, "");
        view.putRead(edited);
        assertThat(view.policy("ns", "p")).containsSame(edited);
        view.put(first);
        assertThat(view.policy("ns", "p")).as("the watch is behind").containsSame(edited);
        SandboxPolicy another = policy("b", 1, SECOND_SECOND, "");
        view.putRead(another);
        view.putRead(edited);
        assertThat(view.policy("ns", "p")).containsSame(another);
    }

    @Test
    void oneThatWasMadeAnewWithinTheSecondIsTakenAfterTheDeletionOnly() {
        SandboxPolicy first = policy("a", 1, FIRST_SECOND, "");
        SandboxPolicy again = policy("b", 1, FIRST_SECOND, "");
        view.put(first);
        view.putRead(again);
        assertThat(view.policy("ns", "p")).containsSame(first);
        view.removePolicy(first);
        view.putRead(again);
        assertThat(view.policy("ns", "p")).containsSame(again);
    }

    @Test
    void aStageThatIsGoneIsNotReadBack() {
        view.putStagedRead(staged("dev"));
        assertThat(view.stage("ns")).contains("dev");
        view.putStaged(staged("prod"));
        view.putStagedRead(staged("dev"));
        assertThat(view.stage("ns")).contains("prod");
        view.removeStaged(staged("prod"));
        view.putStagedRead(staged("prod"));
        assertThat(view.stage("ns")).isEmpty();
        view.putStaged(staged("dev"));
        assertThat(view.stage("ns")).contains("dev");
    }

    private static Namespace staged(String stage) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName("ns")
                .addToLabels(Names.STAGE_LABEL, stage)
                .endMetadata()
                .build();
    }

    private static SandboxPolicy policy(String uid, int generation, String created, String status) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: SandboxPolicy
                metadata: {name: p, namespace: ns, uid: %s, generation: %d, creationTimestamp: %s}
                spec: {}
                status: {%s}
                """.formatted(uid, generation, created, status), SandboxPolicy.class);
    }
}
