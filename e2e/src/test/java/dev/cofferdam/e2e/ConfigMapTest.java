package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.Tenant.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.cofferdam.api.v1alpha1.Change;
import dev.cofferdam.api.v1alpha1.ChangedFile;
import dev.cofferdam.api.v1alpha1.ErrorType;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A workspace that begins with a ConfigMap: a copy of it, as the rules about files let it be seen. */
@ClusterTest
class ConfigMapTest {
    private static final String POLICY = Tenant.TOOLS + """
              storage: {allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/**/*.key"}]}
            workspace: {sources: [{configMap: {name: seed}}]}
            """;

    @Test
    void theToolHasACopyOfItsFiles(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);
        configMap(tenant, "seed", Map.of("a.txt", "text\n", "b.key", "secret"));

        ToolRun run =
                tenant.run(shell("ls -A; cat a.txt; cat b.key; echo more >> a.txt; stat -c %a a.txt; ls /.cofferdam")
                        .withConfigMap("seed"));

        assertThat(run.getStatus().result().stdout()).isEqualTo("a.txt\nb.key\ntext\n644\n");
        assertThat(run.getStatus().changes().items())
                .extracting(ChangedFile::path, ChangedFile::change, ChangedFile::size)
                .containsExactly(tuple("a.txt", Change.Modified, 10L));
        assertThat(tenant.client()
                        .configMaps()
                        .inNamespace(tenant.namespace())
                        .withName("seed")
                        .get()
                        .getData())
                .containsEntry("a.txt", "text\n");
    }

    @Test
    void oneThatThePolicyDoesNotListIsDenied(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);
        configMap(tenant, "other", Map.of("a", "text"));

        ToolRun run = tenant.run(shell("true").withConfigMap("other"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Denied);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("SourceNotGranted");
        assertThat(tenant.pods()).isEmpty();
    }

    @Test
    void oneThatIsNotThereEndsTheRun(Tenant tenant) {
        tenant.policy(Tenant.POLICY, POLICY);

        ToolRun run = tenant.run(shell("echo ran").withConfigMap("seed"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(condition(run, "Finished").getReason()).isEqualTo("WorkspaceMissing");
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.ConfigurationError);
        assertThat(run.getStatus().execution()).isNull();
    }

    private static void configMap(Tenant tenant, String name, Map<String, String> data) {
        tenant.client()
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace(tenant.namespace())
                        .withName(name)
                        .endMetadata()
                        .withData(data)
                        .build())
                .create();
    }
}
