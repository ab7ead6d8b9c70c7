package dev.cofferdam.gateway.egress.http;

import java.io.ByteArrayOutputStream;

/**
 * What one side is to get next. However small the pieces are in which a message comes, what there is of it is written at once, and a body in chunks as one chunk: a write costs
 * far more than a byte, and whoever sends a body byte by byte must not decide how many there are. Holds what one call of a {@link Conversation} produces. Not thread-safe.
 */
final class Outgoing {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    /** Of a body in chunks, what is not one yet. */
    private final ByteArrayOutputStream chunk = new ByteArrayOutputStream();

    void head(byte[] bytes) {
        endChunk();
        written.writeBytes(bytes);
    }

    /** A piece of a body, not empty. */
    void content(Framing framing, byte[] piece) {
        (framing instanceof Framing.Chunked ? chunk : written).writeBytes(piece);
    }

    /** The body is over. */
    void end(Framing framing) {
        if (framing instanceof Framing.Chunked) {
            endChunk();
            written.writeBytes(HeadWriter.LAST_CHUNK);
        }
    }

    private void endChunk() {
        if (chunk.size() > 0) {
            HeadWriter.chunk(chunk.toByteArray(), written);
            chunk.reset();
        }
    }

    /** All of it, which may be nothing; it is no longer here. */
    byte[] take() {
        endChunk();
        byte[] all = written.toByteArray();
        written.reset();
        return all;
    }
}
