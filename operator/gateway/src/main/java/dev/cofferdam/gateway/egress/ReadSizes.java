package dev.cofferdam.gateway.egress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/** How much of what a server sends comes at one read: it may have to wait for a tool that does not read. */
final class ReadSizes implements RecvByteBufAllocator {
    private static final RecvByteBufAllocator PIECES =
            new AdaptiveRecvByteBufAllocator(1 << 10, 4 << 10, Upstream.PIECE_BYTES).maxMessagesPerRead(2);
    private static final int LITTLE_BYTES = 4 << 10;

    private final Backlog backlog;

    ReadSizes(Backlog backlog) {
        this.backlog = backlog;
    }

    @Override
    @SuppressWarnings("deprecation") // Handle is what the interface has; Netty's own sockets take it.
    public Handle newHandle() {
        return new DelegatingHandle(PIECES.newHandle()) {
            @Override
            public ByteBuf allocate(ByteBufAllocator from) {
                return backlog.hasRoom() ? super.allocate(from) : from.ioBuffer(LITTLE_BYTES);
            }

            @Override
            public boolean continueReading() {
                return backlog.hasRoom() && super.continueReading();
            }
        };
    }
}
