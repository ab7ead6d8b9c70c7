package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.OutputEncoding;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.tenant.Tenant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes in arrives, what comes out is stored, byte for byte, within bounds. */
@ClusterTest
class StreamsTest {
    private static final int BOUND = 65_536;
    private static final int WRITTEN = 10_000_000;

    @Test
    void stdoutAndStderrAreApartAndExact(Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(shell("echo out; echo err >&2; printf 'no line feed'"));

        assertThat(run.getStatus().result().stdout()).isEqualTo("out\nno line feed");
        assertThat(run.getStatus().result().stderr()).isEqualTo("err\n");
        assertThat(run.getStatus().result().stdoutBytes()).isEqualTo(16);
        assertThat(run.getStatus().result().stderrBytes()).isEqualTo(4);
        assertThat(run.getStatus().result().stdoutTruncated()).isFalse();
    }

    @Test
    void bytesThatAreNotUtf8ComeBackAsBase64(Tenant tenant) {
        tenant.withTools();
        byte[] all = new byte[256];
        for (int value = 0; value < all.length; value++) {
            all[value] = (byte) value;
        }

        ToolRun run = tenant.run(tool("cat").withStdin(all));

        assertThat(run.getStatus().result().stdoutEncoding()).isEqualTo(OutputEncoding.Base64);
        assertThat(Base64.getDecoder().decode(run.getStatus().result().stdout()))
                .isEqualTo(all);
    }

    @Test
    void textOnStdinArrives(Tenant tenant) {
        tenant.withTools();
        String text = "first line\n\ttab \"quotes\" 'single' $HOME `backticks` ünïcødé 🙂\r\nno end of line";

        ToolRun run = tenant.run(tool("cat").withStdin(text));

        assertThat(run.getStatus().result().stdout()).isEqualTo(text);
        assertThat(run.getStatus().result().stdoutEncoding()).isEqualTo(OutputEncoding.UTF8);
    }

    @Test
    void sixtyFourKibibytesOfStdinArrive(Tenant tenant) {
        tenant.withTools();
        byte[] bytes = new byte[BOUND];
        new Random(7).nextBytes(bytes);

        ToolRun run = tenant.run(tool("cat").withStdin(bytes));

        assertThat(Base64.getDecoder().decode(run.getStatus().result().stdout()))
                .isEqualTo(bytes);
    }

    @Test
    void withoutStdinTheToolReadsItsEnd(Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(tool("cat"));

        assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
        assertThat(run.getStatus().result().stdoutBytes()).isZero();
    }

    @Test
    void argumentsArriveAsTheyAre(Tenant tenant) {
        tenant.withTools();
        String[] arguments = {
            "two words",
            "\"double\" 'single'",
            "line\nfeed",
            "🙂 emoji",
            "",
            "$(id) `id` ; rm -rf / #",
            "--help",
            "\\",
            "\t"
        };

        ToolRun run = tenant.run(tool("echo", arguments));

        assertThat(run.getStatus().result().stdout()).isEqualTo(String.join("\n", arguments) + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "<", "\\1", "\\303\\251"})
    void tenMegabytesAreCountedAndCut(String unit, Tenant tenant) {
        // Given a tool that writes ten megabytes of one character: plain, costly in JSON, a control byte, two bytes
        // long
        tenant.policy(Tenant.POLICY, Tenant.TOOLS.replace("timeout: 300s", "timeout: 170s"));

        // When
        ToolRun run = tenant.run(shell("yes \"$(printf '" + unit + "')\" | tr -d '\\n' | head -c " + WRITTEN));

        // Then the total is exact, the object small, and no character broken
        Result result = run.getStatus().result();
        assertThat(result.stdoutBytes()).isEqualTo(WRITTEN);
        assertThat(result.stdoutTruncated()).isTrue();
        assertThat(result.stdoutEncoding()).isEqualTo(OutputEncoding.UTF8);
        assertThat(result.stdout()).isNotEmpty().doesNotContain("\uFFFD");
        assertThat(result.stdout().getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(BOUND);
        assertThat(Arrays.stream(result.stdout().split("")).distinct()).hasSize(1);
        assertThat(Serialization.asJson(run).length()).isLessThan(1_000_000);
        String stored = tenant.kubectl("get", "trun", run.getMetadata().getName(), "-o", "json")
                .text();
        assertThat(stored.length()).isLessThan(600_000);
    }

    @Test
    void theOutputIsInThePodsLogToo(Tenant tenant) {
        tenant.withTools();

        ToolRun run = tenant.run(shell("echo for the log; echo for it too >&2"));

        // It comes there at its own pace
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(
                                tenant.kubectl("logs", run.getStatus().sandbox().podName())
                                        .text()
                                        .lines())
                        .containsExactlyInAnyOrder("for the log", "for it too"));
    }
}
