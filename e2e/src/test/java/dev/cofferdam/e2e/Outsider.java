package dev.cofferdam.e2e;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.e2e.cluster.TestCluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Map.Entry;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Somebody outside of the cluster, to whom tools do what cannot be undone, and who counts it: on this machine, where nothing that a test kills reaches. What the cluster's objects say of a run may be
 * wrong together; this is what the run did.
 */
final class Outsider implements AutoCloseable {
    private static final Pattern WHOLE = Pattern.compile("<[0-9a-f-]{36}>");

    private final Map<String, Integer> done = new ConcurrentHashMap<>();
    private final ServerSocket server;
    private final String address;

    Outsider() {
        try {
            address = addressForPods();
            server = new ServerSocket(0, 64, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::serve);
    }

    /** The machine's end of what joins it to the cluster. */
    private static String addressForPods() throws IOException {
        var api = TestCluster.Holder.client().getMasterUrl();
        try (Socket socket = new Socket(api.getHost(), api.getPort())) {
            return socket.getLocalAddress().getHostAddress();
        }
    }

    /** What a policy has to allow, under {@code permissions.network}. */
    String rule() {
        return "{cidr: %s/32, port: %d, protocol: tcp}".formatted(address, server.getLocalPort());
    }

    /** What a bash does to it that is never the same as what another one does. Waits until it is counted, or can not be any more. */
    String deed() {
        return "trap '' PIPE; { echo '<%s>' >&3; read -t 20 <&3; } 3<>/dev/tcp/%s/%d"
                .formatted(UUID.randomUUID(), address, server.getLocalPort());
    }

    /** How often a run has done what is in its arguments. */
    int times(ToolRun run) {
        return done.entrySet().stream()
                .filter(each -> run.getSpec().args().getLast().contains(each.getKey()))
                .mapToInt(Entry::getValue)
                .sum();
    }

    private void serve() {
        try {
            while (true) {
                Socket caller = server.accept();
                Thread.ofVirtual().start(() -> count(caller));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void count(Socket caller) {
        try (caller) {
            String line = new BufferedReader(new InputStreamReader(caller.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            // One that is cut off is nobody's.
            if (line != null && WHOLE.matcher(line).matches()) {
                done.merge(line, 1, Integer::sum);
                caller.getOutputStream().write("counted\n".getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            // Broken off before it was done.
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
