package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every example that we tell people to copy does what its annotation {@code cofferdam.dev/expect} says. */
@ClusterTest
class ExamplesTest {
    private static final Path EXAMPLES = Path.of("..", "policy-examples");

    @TestFactory
    Stream<DynamicTest> examplesDoWhatTheySay(Tenant tenant) throws IOException {
        return Files.list(EXAMPLES)
                .filter(Files::isDirectory)
                // What needs servers, or a volume, has a test of its own.
                .filter(folder -> !Files.exists(folder.resolve("services.yaml")))
                .filter(folder -> !Files.exists(folder.resolve("claim.yaml")))
                .flatMap(folder -> runs(tenant, folder))
                .toList()
                .stream();
    }

    private static Stream<DynamicTest> runs(Tenant tenant, Path folder) {
        SandboxPolicy policy = Serialization.unmarshal(read(folder.resolve("policy.yaml")), SandboxPolicy.class);
        policy.getMetadata().setNamespace(tenant.namespace());
        tenant.client().resource(policy).createOr(existing -> existing.update());
        policy.getSpec().stages().stream().findFirst().ifPresent(stage -> stage(tenant.namespace(), stage.name()));
        Path secret = folder.resolve("secret.yaml");
        if (Files.exists(secret)) {
            Secret made = Serialization.unmarshal(read(secret), Secret.class);
            made.getMetadata().setNamespace(tenant.namespace());
            tenant.client().resource(made).create();
        }
        return files(folder)
                .filter(file -> !file.endsWith("policy.yaml")
                        && !file.endsWith("secret.yaml")
                        && file.toString().endsWith(".yaml"))
                .map(file -> DynamicTest.dynamicTest(folder.getFileName() + "/" + file.getFileName(), () -> {
                    ToolRun run = Serialization.unmarshal(read(file), ToolRun.class);
                    String expected = run.getMetadata().getAnnotations().get("cofferdam.dev/expect");
                    run.getMetadata().setNamespace(tenant.namespace());

                    ToolRun ended =
                            tenant.finished(tenant.client().resource(run).create());

                    assertThat(ended.getStatus().phase() + "/"
                                    + condition(ended, "Finished").getReason())
                            .isEqualTo(expected);
                }));
    }

    /** The examples of a policy with stages are for the first of them; to the others it makes no difference. */
    private static void stage(String namespace, String stage) {
        Kubectl.Answer answer =
                Kubectl.kubectl("label", "--overwrite", "namespace", namespace, "cofferdam.dev/stage=" + stage);
        assertThat(answer.exitCode()).as(answer.text()).isZero();
    }

    @Test
    void thereAreExamples() {
        assertThat(files(EXAMPLES.resolve("hello"))).hasSizeGreaterThan(2);
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
