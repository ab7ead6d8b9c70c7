package dev.cofferdam.gateway.egress.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.gateway.channel.Claims;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class ServerSideTest {
    /** TLS 1.2 closes both directions at once: there is nobody left to give anything to, which is no failure. */
    @Test
    void whoHasClosedGetsNothing() throws Exception {
        RunAuthorities authorities = new RunAuthorities(InstantSource.system());
        authorities.use("a key, and as long as it must be".getBytes(US_ASCII));
        SslHandler handler = SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .protocols("TLSv1.2")
                .build()
                .newHandler(ByteBufAllocator.DEFAULT);
        EmbeddedChannel client = new EmbeddedChannel(handler);
        try (ServerSide server = new ServerSide(authorities.of(Claims.USUAL).shown("a.example.com"))) {
            for (byte[] sent = said(client); sent.length > 0; sent = said(client)) {
                client.writeInbound(Unpooled.wrappedBuffer(server.take(sent).answer()));
            }
            assertThat(server.isOpen()).isTrue();
            assertThat(server.give("x".getBytes(US_ASCII))).isNotEmpty();
            handler.closeOutbound();
            client.runPendingTasks();
            server.take(said(client));

            assertThat(server.isEnded()).isTrue();
            assertThat(server.give("x".getBytes(US_ASCII))).isEmpty();
        } finally {
            client.finishAndReleaseAll();
        }
    }

    static byte[] said(EmbeddedChannel client) {
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf next = client.readOutbound(); next != null; next = client.readOutbound()) {
            all.writeBytes(next);
            next.release();
        }
        return ByteBufUtil.getBytes(all);
    }
}
