package dev.cofferdam.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.Golden;
import dev.cofferdam.controller.plan.NetworkIsolation.PodLabels;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A file a foreign NetworkPolicy: opens-* opens the network of the pods of the policy code-tools, closed-* does not. */
class NetworkIsolationTest {
    private static final Path PLAN = Path.of("src/test/resources/plan");

    private PodLabels runs;
    private PodLabels policys;

    @BeforeEach
    void labels() throws IOException {
        ToolRun run = Golden.read(PLAN.resolve("in-run.yaml"), ToolRun.class);
        SandboxPolicy policy = Golden.read(PLAN.resolve("in-policy.yaml"), SandboxPolicy.class);
        run.getMetadata().setName("call");
        runs = PodLabels.of(run);
        policys = PodLabels.of(policy);
    }

    @TestFactory
    Stream<DynamicTest> judges() {
        return Golden.cases("isolation").stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> judges(file)));
    }

    private void judges(Path file) throws IOException {
        String name = file.getFileName().toString();
        NetworkPolicy foreign = Golden.read(file, NetworkPolicy.class);
        boolean opens = name.startsWith("opens-");
        assertThat(opens || name.startsWith("closed-")).isTrue();

        assertThat(NetworkIsolation.opened(List.of(foreign), policys).isPresent())
                .as("for the policy")
                .isEqualTo(opens);
        assertThat(NetworkIsolation.opened(List.of(foreign), runs).isPresent())
                .as("for the run named call")
                .isEqualTo(opens && !name.endsWith("-of-the-policy.yaml"));
    }

    @Test
    void oursDoesNotCountAndTheFirstOfTheOthersIsNamed() throws IOException {
        NetworkPolicy ours = NetworkPolicyPlan.plan("agents");
        NetworkPolicy one =
                Golden.read(Path.of("src/test/resources/isolation/opens-all-pods.yaml"), NetworkPolicy.class);
        NetworkPolicy other = new NetworkPolicyBuilder(one)
                .editMetadata()
                .withName("another")
                .endMetadata()
                .build();

        assertThat(NetworkIsolation.opened(List.of(ours), runs)).isEmpty();
        assertThat(NetworkIsolation.opened(List.of(one, ours, other), runs).orElseThrow())
                .contains("\"another\" (and 1 more)", "app.kubernetes.io/managed-by NotIn [cofferdam]");
    }
}
