package dev.cofferdam.gateway.channel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;

/**
 * Closes a connection that does not read. All that we ever send to one fits under the mark; what piles up beyond it are answers to pings, which a peer that
 * sends and never reads could otherwise make without end.
 */
final class UnreadBound extends ChannelInboundHandlerAdapter {
    private static final int MOST = 2 * GatewayFrame.FRAME_BYTES_MOST;

    static void guard(Channel channel) {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(MOST / 2, MOST));
        channel.pipeline().addFirst(new UnreadBound());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            context.fireChannelWritabilityChanged();
        } else {
            context.close();
        }
    }
}
