package dev.cofferdam.gateway.channel;

import java.util.Arrays;

/** The bytes of one stream so far. Immutable; adding costs the piece and at most one page, however small the pieces are. */
final class Kept {
    static final Kept NOTHING = new Kept(null, new byte[0], 0);
    private static final int PAGE_BYTES = 4096;

    private final Kept before;
    private final byte[] last;
    private final int size;

    private Kept(Kept before, byte[] last, int size) {
        this.before = before;
        this.last = last;
        this.size = size;
    }

    int size() {
        return size;
    }

    Kept add(byte[] piece) {
        if (last.length + piece.length > PAGE_BYTES) {
            return new Kept(this, piece, size + piece.length);
        }
        byte[] page = Arrays.copyOf(last, last.length + piece.length);
        System.arraycopy(piece, 0, page, last.length, piece.length);
        return new Kept(before, page, size + piece.length);
    }

    byte[] bytes() {
        byte[] all = new byte[size];
        for (Kept page = this; page != null; page = page.before) {
            System.arraycopy(page.last, 0, all, page.size - page.last.length, page.last.length);
        }
        return all;
    }
}
