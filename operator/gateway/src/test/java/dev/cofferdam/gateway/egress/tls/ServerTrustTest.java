package dev.cofferdam.gateway.egress.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.gateway.channel.Claims;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class ServerTrustTest {
    private static final String HOST = "a.example.com";

    /** Else a server could tell that two runs are of one gateway, and a certificate would be looked at once for all of them. */
    @Test
    void noConnectionGoesOnWithASessionOfAnothers() throws Exception {
        RunAuthorities authorities = new RunAuthorities(InstantSource.system());
        authorities.use("a key, and as long as it must be".getBytes(US_ASCII));
        RunAuthority authority = authorities.of(Claims.USUAL);
        SslContext shown = authority.shown(HOST);
        ServerTrust trust = new ServerTrust();
        trust.use(ServerTrust.read(authority.pem().getBytes(US_ASCII)));

        int first = shaken(trust, shown);
        int second = shaken(trust, shown);

        // A session that goes on has no certificate in it.
        assertThat(second).isGreaterThan(first - 100);
    }

    /** Bytes of the server's side of a handshake, and of what follows it. */
    private static int shaken(ServerTrust trust, SslContext shown) throws Exception {
        EmbeddedChannel client = new EmbeddedChannel(trust.client(HOST, 1_000));
        int bytes = 0;
        try (ServerSide server = new ServerSide(shown)) {
            for (byte[] sent = ServerSideTest.said(client); sent.length > 0; sent = ServerSideTest.said(client)) {
                byte[] answer = server.take(sent).answer();
                bytes += answer.length;
                client.writeInbound(Unpooled.wrappedBuffer(answer));
            }
            assertThat(server.isOpen()).isTrue();
        } finally {
            client.finishAndReleaseAll();
        }
        return bytes;
    }
}
