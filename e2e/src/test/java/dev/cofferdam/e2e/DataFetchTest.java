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
    private static final Pattern BLOCKS = Pattern.compile("```[a-z]*\n(.*?)```", Pattern.DOTALL);

    @BeforeEach
    @AfterEach
    void clear() {
        Answer gone = Kubectl.kubectl("delete", "namespace", "data", "--ignore-not-found", "--timeout=5m");
        assertThat(gone.exitCode()).as(gone.text()).isZero();
    }

    @Test
    void itWorksAsItsReadmeTells() throws Exception {
        List<String> blocks = BLOCKS.matcher(Files.readString(FOLDER.resolve("README.md")))
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
        assertThat(blocks).hasSize(4);

        assertThat(shell(blocks.get(0))).endsWith(blocks.get(1));
        assertThat(shell(blocks.get(2))).contains(blocks.get(3).strip());

        assertThat(
                        shell(
                                "kubectl -n data get toolrun -o jsonpath='{range .items[*]}{.metadata.annotations.cofferdam\\.dev/expect}="
                                        + "{.status.phase}/{.status.conditions[?(@.type==\"Finished\")].reason}{\"\\n\"}{end}'"))
                .isEqualTo("Failed/ExitedNonZero=Failed/ExitedNonZero\nSucceeded/ExitedZero=Succeeded/ExitedZero\n");
        // The servers' own word.
        assertThat(shell("kubectl -n data logs data"))
                .isEqualTo("GET /items/7 catalogue.data.svc.cluster.local\nSELECT lamp\n");
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
