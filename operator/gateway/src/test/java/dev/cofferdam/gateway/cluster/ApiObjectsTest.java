package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Verdict;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class ApiObjectsTest {
    private static final String RUN = """
            {apiVersion: cofferdam.dev/v1alpha1, kind: ToolRun, metadata: {name: r, namespace: ns, uid: u},
             spec: {policyRef: {name: p}, tool: t, fromTheFuture: [1, {a: b}], args: %s},
             status: {decision: {verdict: FromTheFuture}, phase: FromTheFuture, fromTheFuture: 1}}
            """;

    @Test
    void whatThisVersionDoesNotKnowIsLeftOutOrUnrecognized() {
        assertThat(new ApiObjects().run(tree(RUN.formatted("[a]")))).hasValueSatisfying(run -> {
            assertThat(run.getStatus().decision().verdict()).isEqualTo(Verdict.Unrecognized);
            assertThat(run.getSpec().args()).containsExactly("a");
        });
    }

    @Test
    void whatDoesNotFitIsNone() {
        assertThat(new ApiObjects().run(tree(RUN.formatted("{not: a list}")))).isEmpty();
        assertThat(
                        new ApiObjects()
                                .run(
                                        tree(
                                                "{apiVersion: cofferdam.dev/v1alpha1, kind: ToolRun, metadata: {name: r, namespace: ns, uid: u}}")))
                .isEmpty();
        assertThat(
                        new ApiObjects()
                                .policy(
                                        tree(
                                                "{apiVersion: cofferdam.dev/v1alpha1, kind: SandboxPolicy, metadata: {name: p, namespace: ns, uid: u}, spec: {tools: 5}}")))
                .isEmpty();
    }

    private static GenericKubernetesResource tree(String yaml) {
        return Serialization.unmarshal("---\n" + yaml, GenericKubernetesResource.class);
    }
}
