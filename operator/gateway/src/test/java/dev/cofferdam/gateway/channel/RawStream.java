package dev.cofferdam.gateway.channel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A request over HTTP/2 as no library makes it: with any bytes, and more of them than its server takes. */
final class RawStream implements AutoCloseable {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1);
    private static final int FRAME_MOST = 16 << 10;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int GOING = 7;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;
    private static final int PRIORITY = 0x20;
    private static final int PRIORITY_BYTES = 5;

    /** RFC 7541, appendix A: the first field of every answer with this status. */
    private static final int OK = 0x88;

    private final SSLSocket socket;

    RawStream(SSLContext tls, int port, List<Map.Entry<String, String>> fields) throws IOException {
        socket = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", port);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        OutputStream out = socket.getOutputStream();
        out.write(PREFACE);
        out.write(frame(SETTINGS, 0, 0, new byte[0]));
        byte[] block = block(fields);
        try {
            for (int at = 0; at < block.length; at += FRAME_MOST) {
                int end = Math.min(block.length, at + FRAME_MOST);
                out.write(frame(
                        at == 0 ? HEADERS : CONTINUATION,
                        end == block.length ? END_HEADERS : 0,
                        1,
                        Arrays.copyOfRange(block, at, end)));
            }
        } catch (IOException refused) {
            // Before all of it was sent.
        }
    }

    /** Whether there is a tunnel. Otherwise it was refused, in whatever way. */
    boolean isOpen() {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (true) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                in.readInt();
                byte[] content = in.readNBytes(length);
                if (type == HEADERS) {
                    return (content[(flags & PRIORITY) == 0 ? 0 : PRIORITY_BYTES] & 0xff) == OK;
                }
                if (type == RESET || type == GOING) {
                    return false;
                }
            }
        } catch (IOException closed) {
            return false;
        }
    }

    /** Literals without indexing, with new names (RFC 7541, 6.2.2). */
    private static byte[] block(List<Map.Entry<String, String>> fields) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        fields.forEach(field -> {
            out.write(0);
            text(out, field.getKey());
            text(out, field.getValue());
        });
        return out.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        int most = 0x7f;
        if (bytes.length < most) {
            out.write(bytes.length);
        } else {
            out.write(most);
            int left = bytes.length - most;
            for (; left >= 0x80; left >>= 7) {
                out.write(left & 0x7f | 0x80);
            }
            out.write(left);
        }
        out.writeBytes(bytes);
    }

    private static byte[] frame(int type, int flags, int stream, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(content.length >> 16);
        out.write(content.length >> 8);
        out.write(content.length);
        out.write(type);
        out.write(flags);
        out.writeBytes(new byte[] {0, 0, 0, (byte) stream});
        out.writeBytes(content);
        return out.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
