package dev.cofferdam.gateway.channel;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Comparator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on an address that no floor holds: this machine's own. It counts who came. */
final class TestServer implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket();
    private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
    private final AtomicInteger hits = new AtomicInteger();

    TestServer() throws IOException {
        socket.bind(new InetSocketAddress(address(), 0));
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket one = socket.accept();
                    hits.incrementAndGet();
                    accepted.add(one);
                }
            } catch (IOException closed) {
                // The end of the test.
            }
        });
    }

    static InetAddress address() throws SocketException {
        // The oldest one first: others come and go with clusters and containers on the same machine.
        return NetworkInterface.networkInterfaces()
                .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address
                        && !address.isLoopbackAddress()
                        && !address.isLinkLocalAddress())
                .findFirst()
                .orElseThrow(() -> new AssertionError("this machine has no address but loopback"));
    }

    String ip() {
        return socket.getInetAddress().getHostAddress();
    }

    int port() {
        return socket.getLocalPort();
    }

    String target() {
        return ip() + ":" + port();
    }

    /** Who came next. */
    Socket next() throws Exception {
        Socket one = accepted.poll(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (one == null) {
            throw new AssertionError("nobody came");
        }
        one.setSoTimeout((int) Harness.PATIENCE.toMillis());
        return one;
    }

    int hits() {
        return hits.get();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket one : accepted) {
            one.close();
        }
    }
}
