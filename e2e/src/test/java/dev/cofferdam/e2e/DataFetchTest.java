package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Kubectl.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The example data-fetch, as its README tells: its commands, one after the other, in the namespace that it names. */
@ClusterTest
class DataFetchTest {
    private static final Path FOLDER = Path.of("..", "policy-examples", "data-fetch");
    private static final Pattern BLOCKS = Pattern.compile("```(sh)?\n(.*?)```", Pattern.DOTALL);

    @BeforeEach
    @AfterEach
    void clear() {
        Answer gone = Kubectl.kubectl("delete", "namespace", "data", "--ignore-not-found", Kubectl.PATIENCE);
        assertThat(gone.exitCode()).as(gone.text()).isZero();
    }

    @Test
    void itWorksAsItsReadmeTells() throws Exception {
        List<MatchResult> blocks = BLOCKS.matcher(Files.readString(FOLDER.resolve("README.md")))
                .results()
                .toList();
        List<MatchResult> commands =
                blocks.stream().filter(block -> block.group(1) != null).toList();
        assertThat(blocks).hasSize(8);
        assertThat(commands).hasSize(5);
        String removal = commands.getLast().group(2);

        try {
            String said = "";
            for (MatchResult block : blocks.subList(0, blocks.size() - 1)) {
                if (block.group(1) != null) {
                    said = shell(block.group(2));
                } else {
                    assertThat(said).endsWith(block.group(2));
                }
            }
            itIsSoByTheWordOfOthers();
        } finally {
            shell(removal);
        }
        // Of what all share the keys are gone again.
        assertThat(
                        shell(
                                "kubectl -n cofferdam-system get configmap/cofferdam-egress-trust configmap/cofferdam-egress-credentials -o yaml"))
                .contains("cofferdam-egress-trust")
                .doesNotContain("data-fetch.");
    }

    private static void itIsSoByTheWordOfOthers() throws Exception {
        assertThat(
                        shell(
                                "kubectl -n data get toolrun -o jsonpath='{range .items[*]}{.metadata.annotations.cofferdam\\.dev/expect}="
                                        + "{.status.phase}/{.status.conditions[?(@.type==\"Finished\")].reason}{\"\\n\"}{end}'"))
                .isEqualTo("Failed/ExitedNonZero=Failed/ExitedNonZero\nSucceeded/ExitedZero=Succeeded/ExitedZero\n");
        assertThat(shell("kubectl -n data logs data"))
                .isEqualTo("GET /items/7 catalogue.data.svc.cluster.local authorized\nSELECT lamp\n");
        // The token is where the admin has put it, and nowhere of the tool's.
        String token = shell("kubectl -n data get secret catalogue-token -o jsonpath='{.data.token}' | base64 -d")
                .strip();
        assertThat(token).hasSize(32);
        assertThat(shell("kubectl -n data get toolrun,pod,sandboxpolicy -o yaml"))
                .doesNotContain(token);
    }

    private static String shell(String commands) throws IOException, InterruptedException {
        String kubectl = "kubectl() { command \"${KUBECTL:-kubectl}\" --kubeconfig='"
                + TestCluster.shared().kubeconfig() + "' \"$@\"; }\n";
        Process process = new ProcessBuilder("bash", "-euo", "pipefail", "-c", kubectl + commands)
                .directory(FOLDER.toFile())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        // jsonpath ends without a line feed.
        return text.endsWith("\n") ? text : text + "\n";
    }
}
