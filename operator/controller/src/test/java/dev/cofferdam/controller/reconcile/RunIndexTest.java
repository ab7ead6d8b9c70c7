package dev.cofferdam.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RunIndexTest {
    private static final int VERSIONS = 200_000;

    private final RunIndex index = new RunIndex();

    @Test
    void aRunIsFoundByWhatItHasInCommon() {
        ToolRun keyed = run("p", ", idempotencyKey: k");
        ToolRun other = run("q", "");
        index.replace("ns/a", null, keyed);
        index.replace("ns/b", null, other);

        assertThat(index.ofNamespace("ns")).containsExactlyInAnyOrder(keyed, other);
        assertThat(index.ofPolicy("ns", "p")).containsExactly(keyed);
        assertThat(index.ofPolicy("ns", "q")).containsExactly(other);
        assertThat(index.ofKey("ns", "k")).containsExactly(keyed);
        assertThat(index.ofPolicy("elsewhere", "p")).isEmpty();
        assertThat(index.ofKey("ns", "")).isEmpty();
    }

    @Test
    void whatIsGoneIsFoundNoMore() {
        ToolRun run = run("p", ", idempotencyKey: k");
        index.replace("ns/a", null, run);

        index.replace("ns/a", run, null);

        assertThat(index.ofNamespace("ns")).isEmpty();
        assertThat(index.ofPolicy("ns", "p")).isEmpty();
        assertThat(index.ofKey("ns", "k")).isEmpty();
    }

    /** Whoever has missed a removal sees another run under the name. */
    @Test
    void anotherOneOfTheNameTakesItsPlace() {
        ToolRun former = run("p", ", idempotencyKey: k");
        index.replace("ns/a", null, former);
        ToolRun run = run("q", "");

        index.replace("ns/a", former, run);

        assertThat(index.ofNamespace("ns")).containsExactly(run);
        assertThat(index.ofPolicy("ns", "p")).isEmpty();
        assertThat(index.ofKey("ns", "k")).isEmpty();
        assertThat(index.ofPolicy("ns", "q")).containsExactly(run);
    }

    @Test
    void whatHasNoSpecIsInItsNamespaceOnly() {
        ToolRun bare = Serialization.unmarshal("metadata: {name: a, namespace: ns}", ToolRun.class);

        index.replace("ns/a", null, bare);

        assertThat(index.ofNamespace("ns")).containsExactly(bare);
    }

    @Test
    void aRunIsThereAllTheTimeWhateverComesOfIt() {
        ToolRun run = run("p", ", idempotencyKey: k");
        index.replace("ns/a", null, run);

        CompletableFuture<Void> versions = CompletableFuture.runAsync(
                () -> IntStream.range(0, VERSIONS).forEach(version -> index.replace("ns/a", run, run)));

        while (!versions.isDone()) {
            assertThat(index.ofNamespace("ns").size()
                            + index.ofPolicy("ns", "p").size()
                            + index.ofKey("ns", "k").size())
                    .isEqualTo(3);
        }
        versions.join();
    }

    private static ToolRun run(String policy, String more) {
        return Serialization.unmarshal("""
                metadata: {name: a, namespace: ns}
                spec: {policyRef: {name: %s}, tool: t%s}
                """.formatted(policy, more), ToolRun.class);
    }
}
