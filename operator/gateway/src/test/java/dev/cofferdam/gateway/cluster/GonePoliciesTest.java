package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** What is known of policies that were deleted, however many they are. */
class GonePoliciesTest {
    private final ClusterView view = new ClusterView();

    /** Else whoever makes and deletes policies fills the memory of every replica. */
    @Test
    void ofPoliciesThatAreGoneLittleIsKeptAndOfMostNothing() {
        SandboxPolicy large = policy("large", "1");
        SandboxPolicy trace = ClusterView.trace(large);
        assertThat(trace.getSpec()).isNull();
        assertThat(trace.getMetadata().getAnnotations()).isNullOrEmpty();
        assertThat(trace.getMetadata().getManagedFields()).isNullOrEmpty();

        view.removePolicy(large);
        for (int other = 1; other < ClusterView.GONE_MOST; other++) {
            view.removePolicy(policy("p" + other, "1"));
        }
        assertThat(view.policyDeleted("n", "large")).isTrue();

        view.removePolicy(policy("one-more", "1"));
        assertThat(view.policyDeleted("n", "large")).isFalse();
        assertThat(view.policyDeleted("n", "p1")).isTrue();
        assertThat(view.policyDeleted("n", "one-more")).isTrue();
    }

    /** It went, came back, and is there when its turn to be forgotten comes. */
    @Test
    void aPolicyThatIsThereIsNotForgottenBecauseANamesakeWent() {
        view.put(policy("p", "1"));
        view.removePolicy(policy("p", "1"));
        assertThat(view.policy("n", "p")).isEmpty();
        view.put(policy("p", "2"));
        for (int other = 0; other < ClusterView.GONE_MOST; other++) {
            view.removePolicy(policy("p" + other, "1"));
        }

        assertThat(view.policy("n", "p")).isPresent();
        assertThat(view.policyDeleted("n", "p")).isFalse();
    }

    @Test
    void whatIsGoneIsNotPutBackByAnOlderRead() {
        view.put(policy("p", "1", 2));
        view.removePolicy(policy("p", "1", 2));

        view.put(policy("p", "1", 1));

        assertThat(view.policyDeleted("n", "p")).isTrue();
    }

    private static SandboxPolicy policy(String name, String uid) {
        return policy(name, uid, 1);
    }

    private static SandboxPolicy policy(String name, String uid, int generation) {
        return Serialization.unmarshal("""
                apiVersion: cofferdam.dev/v1alpha1
                kind: SandboxPolicy
                metadata:
                  name: %s
                  namespace: n
                  uid: %s
                  generation: %d
                  creationTimestamp: '2026-01-01T00:00:0%sZ'
                  annotations: {kubectl.kubernetes.io/last-applied-configuration: a lot}
                  managedFields: [{manager: kubectl}]
                spec: {tools: [{name: sh, image: x, command: [sh]}]}
                """.formatted(name, name + uid, generation, uid), SandboxPolicy.class);
    }
}
