package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditResult;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** An inspected request that has begun, and of which nobody says anything any more. */
class InspectSilenceTest extends InspectScene {
    @Override
    Harness.Waits waits() {
        return new Harness.Waits(Harness.Waits.LONG.stepMillis(), Harness.Waits.LONG.idleMillis(), 5_000);
    }

    @Test
    void aServerThatDoesNotAnswerIsNotWaitedForWithoutEnd() throws Exception {
        inspect("");
        TestTls tool = tls().send(get("/a"));
        SSLSocket there = served(NAME);
        head(there);

        assertThat(tool.end()).startsWith("reset");
        assertThatThrownBy(() -> there.getInputStream().read()).hasMessageContaining("reset");
        assertThat(events(1)).singleElement().satisfies(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Allowed);
            assertThat(event.resource()).isEqualTo("https://" + host + "/a");
            assertThat(event.detail()).containsEntry("ended", "silent");
        });
        await().until(() -> gateway.tunnels.open() == 0);
    }
}
