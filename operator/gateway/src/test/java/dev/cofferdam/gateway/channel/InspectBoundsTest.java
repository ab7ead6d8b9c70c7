package dev.cofferdam.gateway.channel;

import static dev.cofferdam.gateway.channel.Wire.head;
import static dev.cofferdam.gateway.channel.Wire.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.AuditResult;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** What an inspected connection may cost the gateway while nothing is asked for. */
class InspectBoundsTest extends InspectScene {
    /** More than either limit of bytes that are TLS's own takes. */
    private static final int RECORDS = 10_000;

    @Override
    Harness.Waits waits() {
        return new Harness.Waits(Harness.Waits.LONG.stepMillis(), 300, Harness.Waits.LONG.silentMillis());
    }

    @Test
    void whoeverAsksForNothingMoreIsLetGoInOrder() throws Exception {
        inspect("");
        TestTls tool = tls().send(get("/a"));
        SSLSocket there = served(NAME);
        head(there);
        say(there, OK);
        assertThat(tool.receive(OK.length())).isEqualTo(OK);

        assertThat(tool.end()).isEqualTo("end");
        assertThat(there.getInputStream().read()).isEqualTo(-1);
        // An end that nobody did anything about is no other access.
        assertThat(events(1)).singleElement().satisfies(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Allowed);
            assertThat(event.resource()).isEqualTo("https://" + host + "/a");
        });
        await().until(() -> gateway.tunnels.open() == 0);
    }

    @Test
    void whoeverHasBegunToAskIsNotIdleAndHasAsLongAsAnybody() throws Exception {
        impatient(3_000);
        inspect("");
        TestTls tool = tls().send(get("/a") + "GET /b HTTP/1.1\r\n");
        SSLSocket there = served(NAME);
        head(there);
        say(there, OK);

        assertThat(tool.end()).startsWith("reset");
        assertThat(events(2).getLast().detail())
                .containsEntry("reason", "RequestMalformed")
                .hasEntrySatisfying("message", why -> assertThat(why).contains("no whole request in time"));
    }

    /** A record that says nothing is no byte of what is bounded, and work all the same. */
    @Test
    void recordsThatSayNothingAreFew() throws Exception {
        inspect("");
        TestTls tool = tls().send("POST / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 5\r\n\r\n");
        SSLSocket there = served(NAME);
        head(there);

        for (int at = 0; at < RECORDS && !tool.hasEnded(); at++) {
            tool.sayNothing();
        }

        assertThat(tool.end()).startsWith("reset");
        assertThat(there.isClosed()).isFalse();
        assertThat(events(1)).singleElement().satisfies(event -> {
            assertThat(event.result()).isEqualTo(AuditResult.Error);
            assertThat(event.detail())
                    .containsEntry("reason", "TlsFailed")
                    .hasEntrySatisfying("message", why -> assertThat(why).contains("more of its own bytes"));
        });
        await().until(() -> gateway.tunnels.open() == 0);
    }
}
