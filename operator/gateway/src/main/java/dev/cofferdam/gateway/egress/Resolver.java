package dev.cofferdam.gateway.egress;

import dev.cofferdam.policy.match.Address;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.AuthoritativeDnsServerCache;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStream;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks names up, by the cluster's name servers alone: no file of hosts, no search list, nothing remembered, so that what is checked is what is connected to. Each
 * event loop has a resolver of its own.
 */
public final class Resolver implements AutoCloseable {
    private static final int QUERIES_MOST = 8;
    private static final long QUERY_MILLIS = 2_000;

    private final SequentialDnsServerAddressStreamProvider servers;
    private final Map<EventLoop, DnsNameResolver> resolvers = new ConcurrentHashMap<>();

    /** @param servers not empty */
    public Resolver(List<InetSocketAddress> servers) {
        this.servers = new SequentialDnsServerAddressStreamProvider(servers.toArray(InetSocketAddress[]::new));
    }

    /** All addresses of a name, of both versions; fails where there is none. */
    Future<List<Address>> look(String name, EventLoop loop) {
        Promise<List<Address>> found = Promise.promise();
        // The final dot makes it a whole name.
        resolvers.computeIfAbsent(loop, this::resolver).resolveAll(name + ".").addListener(answer -> {
            if (!answer.isSuccess()) {
                found.fail(answer.cause());
                return;
            }
            List<Address> addresses = new ArrayList<>();
            ((List<?>) answer.getNow())
                    .forEach(address -> Address.parse(((InetAddress) address).getHostAddress())
                            .ifPresent(addresses::add));
            found.complete(addresses);
        });
        return found.future();
    }

    private DnsNameResolver resolver(EventLoop loop) {
        return new DnsNameResolverBuilder(loop)
                .datagramChannelType(NioDatagramChannel.class)
                .socketChannelType(NioSocketChannel.class)
                .nameServerProvider(servers)
                .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
                .hostsFileEntriesResolver((host, types) -> null)
                .searchDomains(List.of())
                .resolveCache(NoopDnsCache.INSTANCE)
                .cnameCache(NoopDnsCnameCache.INSTANCE)
                .authoritativeDnsServerCache(new OursAlone())
                .queryTimeoutMillis(QUERY_MILLIS)
                .maxQueriesPerResolve(QUERIES_MOST)
                .build();
    }

    /**
     * An answer may refer to other servers, at whatever addresses its author likes, and Netty would ask there. But first it looks whether it knows servers of that zone:
     * so it asks ours again, until it has asked often enough.
     */
    private final class OursAlone implements AuthoritativeDnsServerCache {
        @Override
        public DnsServerAddressStream get(String name) {
            return servers.nameServerAddressStream(name);
        }

        @Override
        public void cache(String name, InetSocketAddress server, long secondsToLive, EventLoop loop) {
            // Nothing is remembered.
        }

        @Override
        public void clear() {
            // There is nothing.
        }

        @Override
        public boolean clear(String name) {
            return false;
        }
    }

    @Override
    public void close() {
        resolvers.values().forEach(DnsNameResolver::close);
    }
}
