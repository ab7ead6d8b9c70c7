package dev.cofferdam.gateway.channel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** What a server of a test hears and says, byte by byte, and what a client says first. */
final class Wire {
    private Wire() {}

    static void say(Socket there, String text) throws IOException {
        OutputStream out = there.getOutputStream();
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    static String read(Socket there, int bytes) throws Exception {
        return new String(there.getInputStream().readNBytes(bytes), StandardCharsets.ISO_8859_1);
    }

    static String head(Socket there) throws Exception {
        InputStream in = there.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new AssertionError("the head ended: " + head.toString().toLowerCase(Locale.ROOT));
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** What the JDK's own client says first. */
    static byte[] greeting(Optional<String> name) throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        name.ifPresent(host -> parameters.setServerNames(List.of(new SNIHostName(host))));
        engine.setSSLParameters(parameters);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteBuffer packet = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), packet);
        out.write(packet.array(), 0, packet.position());
        return out.toByteArray();
    }
}
