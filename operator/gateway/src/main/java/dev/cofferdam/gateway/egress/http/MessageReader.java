package dev.cofferdam.gateway.egress.http;

import java.util.Arrays;

/**
 * Cuts a stream into messages: heads, and what their framing says is the body. Asked piece by piece, so that nothing of a message is looked at before its turn. Holds no
 * more than what it was given and has not handed out. Not thread-safe.
 */
final class MessageReader {
    /** What comes next. */
    sealed interface Piece {
        /** Nothing whole yet. */
        record More() implements Piece {}

        /** From the first byte to the empty line. {@link #body} has to follow. */
        record Head(byte[] bytes) implements Piece {}

        record Content(byte[] bytes) implements Piece {}

        /** The message is over. */
        record End() implements Piece {}

        record Broken(String why) implements Piece {}
    }

    private static final int CHUNK_LINE_MOST = 16;
    private static final int CHUNK_DIGITS_MOST = 8;
    private static final int TRAILER_MOST = 8 << 10;

    private enum Expecting {
        Head,
        Framing,
        Bytes,
        UntilEnd,
        ChunkSize,
        ChunkBytes,
        ChunkEnd,
        Trailer,
        End
    }

    private final int headMost;
    private final boolean trailers;
    private byte[] buffer = new byte[0];
    private int at;
    private Expecting expecting = Expecting.Head;
    private long left;
    private long added;
    private volatile long handedOut;

    /**
     * @param headMost bytes of a head
     * @param trailers whether there may be fields after the last chunk; they are dropped
     */
    MessageReader(int headMost, boolean trailers) {
        this.headMost = headMost;
        this.trailers = trailers;
    }

    void add(byte[] piece) {
        added += piece.length;
        if (at == buffer.length) {
            buffer = piece;
        } else {
            byte[] rest = Arrays.copyOfRange(buffer, at, buffer.length + piece.length);
            System.arraycopy(piece, 0, rest, buffer.length - at, piece.length);
            buffer = rest;
        }
        at = 0;
    }

    /** Whether the last message is over, and there is nothing of another one. */
    boolean isBetween() {
        return expecting == Expecting.Head && at == buffer.length;
    }

    /** Whether the end of the stream is the end of the message that is being read. */
    boolean endsWithStream() {
        return expecting == Expecting.UntilEnd && at == buffer.length;
    }

    /** Bytes of all that was handed out, with what it was wrapped in. From whatever thread. */
    long handedOut() {
        return handedOut;
    }

    void body(Framing framing) {
        expecting = switch (framing) {
            case Framing.Nothing nothing -> Expecting.End;
            case Framing.Length length -> {
                left = length.bytes();
                yield left == 0 ? Expecting.End : Expecting.Bytes;
            }
            case Framing.Chunked chunked -> Expecting.ChunkSize;
            case Framing.UntilEnd untilEnd -> Expecting.UntilEnd;
        };
    }

    Piece next() {
        Piece piece = read();
        handedOut = added - (buffer.length - at);
        return piece;
    }

    private Piece read() {
        return switch (expecting) {
            case Head -> head();
            case Framing -> throw new IllegalStateException("the framing of the last head is not known");
            case Bytes -> content(Expecting.End);
            case UntilEnd -> at == buffer.length ? new Piece.More() : new Piece.Content(take(buffer.length - at));
            case ChunkSize -> chunkSize();
            case ChunkBytes -> content(Expecting.ChunkEnd);
            case ChunkEnd -> chunkEnd();
            case Trailer -> trailer();
            case End -> {
                expecting = Expecting.Head;
                yield new Piece.End();
            }
        };
    }

    private Piece head() {
        int end = emptyLine(at);
        if (end < 0 && buffer.length - at <= headMost) {
            // Whoever begins wrongly is not waited for.
            return buffer.length == at
                    ? new Piece.More()
                    : Head.isBeginning(buffer[at]) ? new Piece.More() : new Piece.Broken("no message begins like this");
        }
        if (end < 0 || end - at > headMost) {
            return new Piece.Broken("a head of more than " + headMost + " bytes");
        }
        expecting = Expecting.Framing;
        return new Piece.Head(take(end - at));
    }

    /** Where the first empty line ends. */
    private int emptyLine(int from) {
        for (int i = from + 3; i < buffer.length; i++) {
            if (buffer[i] == '\n' && buffer[i - 1] == '\r' && buffer[i - 2] == '\n' && buffer[i - 3] == '\r') {
                return i + 1;
            }
        }
        return -1;
    }

    private Piece content(Expecting then) {
        if (at == buffer.length) {
            return new Piece.More();
        }
        int some = (int) Math.min(left, buffer.length - at);
        left -= some;
        if (left == 0) {
            expecting = then;
        }
        return new Piece.Content(take(some));
    }

    /** Hexadecimal digits and a line's end: no sign, no space, no extension. */
    private Piece chunkSize() {
        int end = lineEnd(CHUNK_LINE_MOST);
        if (end < 0) {
            return buffer.length - at > CHUNK_LINE_MOST ? new Piece.Broken("the size of a chunk") : new Piece.More();
        }
        int digits = end - 2 - at;
        if (digits < 1 || digits > CHUNK_DIGITS_MOST) {
            return new Piece.Broken("the size of a chunk");
        }
        long size = 0;
        for (int i = at; i < end - 2; i++) {
            int digit = buffer[i] < 0 ? -1 : Character.digit(buffer[i], 16);
            if (digit < 0) {
                return new Piece.Broken("the size of a chunk");
            }
            size = size << 4 | digit;
        }
        at = end;
        left = size;
        expecting = size == 0 ? Expecting.Trailer : Expecting.ChunkBytes;
        return read();
    }

    private Piece chunkEnd() {
        if (buffer.length - at < 2) {
            return new Piece.More();
        }
        if (buffer[at] != '\r' || buffer[at + 1] != '\n') {
            return new Piece.Broken("the end of a chunk");
        }
        at += 2;
        expecting = Expecting.ChunkSize;
        return read();
    }

    private Piece trailer() {
        if (buffer.length - at < 2) {
            return new Piece.More();
        }
        if (buffer[at] == '\r' && buffer[at + 1] == '\n') {
            at += 2;
            expecting = Expecting.Head;
            return new Piece.End();
        }
        int end = emptyLine(at);
        if (!trailers || end < 0 && buffer.length - at > TRAILER_MOST || end - at > TRAILER_MOST) {
            return new Piece.Broken("fields after the last chunk");
        }
        if (end < 0) {
            return new Piece.More();
        }
        if (!Head.areLinesWhole(buffer, at, end)) {
            return new Piece.Broken("fields after the last chunk");
        }
        at = end;
        expecting = Expecting.Head;
        return new Piece.End();
    }

    /** Where the line ends that begins here; -1 where it does not within so many bytes. */
    private int lineEnd(int most) {
        for (int i = at + 1; i < buffer.length && i <= at + most; i++) {
            if (buffer[i] == '\n' && buffer[i - 1] == '\r') {
                return i + 1;
            }
        }
        return -1;
    }

    private byte[] take(int count) {
        byte[] taken = Arrays.copyOfRange(buffer, at, at + count);
        at += count;
        return taken;
    }
}
