package dev.cofferdam.gateway.channel;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A name server that says what the test wants, and remembers what it was asked. */
final class TestNames implements AutoCloseable {
    private final NioEventLoopGroup loop = new NioEventLoopGroup(1);
    private final Map<String, List<String>> names = new ConcurrentHashMap<>();
    private final Map<String, String> referrals = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Channel channel;

    TestNames() throws InterruptedException {
        channel = new Bootstrap()
                .group(loop)
                .channel(NioDatagramChannel.class)
                .handler(new ChannelInitializer<NioDatagramChannel>() {
                    @Override
                    protected void initChannel(NioDatagramChannel opened) {
                        opened.pipeline()
                                .addLast(
                                        new DatagramDnsQueryDecoder(), new DatagramDnsResponseEncoder(), new Answers());
                    }
                })
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .sync()
                .channel();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    void put(String name, String... addresses) {
        names.put(name, List.of(addresses));
    }

    /** Whoever asks for the name is to ask the server at that address. */
    void refer(String name, String address) {
        names.put(name, List.of());
        referrals.put(name, address);
    }

    List<String> asked() {
        return asked;
    }

    private final class Answers extends SimpleChannelInboundHandler<DatagramDnsQuery> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramDnsQuery query) throws Exception {
            DnsQuestion question = query.recordAt(DnsSection.QUESTION);
            String name = question.name().substring(0, question.name().length() - 1);
            asked.add(name);
            DatagramDnsResponse response = new DatagramDnsResponse(query.recipient(), query.sender(), query.id());
            response.addRecord(DnsSection.QUESTION, question);
            if (!names.containsKey(name)) {
                response.setCode(DnsResponseCode.NXDOMAIN);
            }
            for (String address : names.getOrDefault(name, List.of())) {
                byte[] bytes = InetAddress.ofLiteral(address).getAddress();
                DnsRecordType type = bytes.length == 4 ? DnsRecordType.A : DnsRecordType.AAAA;
                if (type.equals(question.type())) {
                    response.addRecord(
                            DnsSection.ANSWER,
                            new DefaultDnsRawRecord(question.name(), type, 0, Unpooled.wrappedBuffer(bytes)));
                }
            }
            if (referrals.containsKey(name)) {
                byte[] server = InetAddress.ofLiteral(referrals.get(name)).getAddress();
                // By its only label, and where that is found.
                byte[] label = {2, 'n', 's', 0};
                response.addRecord(
                        DnsSection.AUTHORITY,
                        new DefaultDnsRawRecord(question.name(), DnsRecordType.NS, 0, Unpooled.wrappedBuffer(label)));
                response.addRecord(
                        DnsSection.ADDITIONAL,
                        new DefaultDnsRawRecord("ns.", DnsRecordType.A, 0, Unpooled.wrappedBuffer(server)));
            }
            context.writeAndFlush(response);
        }
    }

    @Override
    public void close() throws InterruptedException {
        channel.close().sync();
        loop.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).sync();
    }
}
