package dev.cofferdam.gateway.egress.http;

import java.nio.charset.StandardCharsets;

/** Writes messages in the one form that we have. */
final class HeadWriter {
    private static final byte[] LINE_END = {'\r', '\n'};

    /** What follows the last chunk. */
    static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final StringBuilder text;

    HeadWriter(String firstLine) {
        text = new StringBuilder(firstLine).append("\r\n");
    }

    HeadWriter field(String name, String value) {
        text.append(name).append(": ").append(value).append("\r\n");
        return this;
    }

    HeadWriter framing(Framing framing) {
        return switch (framing) {
            case Framing.Nothing nothing -> this;
            case Framing.Length length -> field("Content-Length", Long.toString(length.bytes()));
            case Framing.Chunked chunked -> field("Transfer-Encoding", "chunked");
            case Framing.UntilEnd untilEnd -> this;
        };
    }

    HeadWriter closing(boolean closes) {
        return closes ? field("Connection", "close") : this;
    }

    byte[] bytes() {
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A piece of a body, not empty. */
    static byte[] content(Framing framing, byte[] piece) {
        if (!(framing instanceof Framing.Chunked)) {
            return piece;
        }
        byte[] size = (Integer.toHexString(piece.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] chunk = new byte[size.length + piece.length + LINE_END.length];
        System.arraycopy(size, 0, chunk, 0, size.length);
        System.arraycopy(piece, 0, chunk, size.length, piece.length);
        System.arraycopy(LINE_END, 0, chunk, size.length + piece.length, LINE_END.length);
        return chunk;
    }
}
