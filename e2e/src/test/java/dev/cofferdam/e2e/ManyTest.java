package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Many agents at once. */
@ClusterTest
class ManyTest {
    @Test
    void fiftyRunsAtOnceAllEndRight(Tenant tenant) {
        // Given
        tenant.policy(Tenant.POLICY, """
                tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
                permissions: {resources: {limits: {cpu: 20m, memory: 32Mi, timeout: 120s}}}
                """);

        // When
        List<ToolRun> runs = IntStream.range(0, 50)
                .mapToObj(i -> tenant.create(shell("echo run " + i + "; exit " + i % 3)))
                .toList();

        // Then
        for (int i = 0; i < runs.size(); i++) {
            ToolRun run = tenant.finished(runs.get(i));
            assertThat(run.getStatus().exitCode())
                    .as(Serialization.asYaml(run.getStatus()))
                    .isEqualTo(i % 3);
            assertThat(run.getStatus().phase()).isEqualTo(i % 3 == 0 ? Phase.Succeeded : Phase.Failed);
            assertThat(run.getStatus().result().stdout()).isEqualTo("run " + i + "\n");
            assertThat(run.getStatus().attempts()).hasSize(1);
        }
    }
}
