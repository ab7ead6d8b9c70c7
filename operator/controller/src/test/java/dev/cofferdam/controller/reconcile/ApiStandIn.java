package dev.cofferdam.controller.reconcile;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** An API server's answers, by HTTP, as a test gives them: a real one says some things too seldom to be asked. */
public final class ApiStandIn implements AutoCloseable {
    private final HttpServer server;
    private final KubernetesClient client;

    /** @param answers several requests may be answered at one time */
    public ApiStandIn(HttpHandler answers) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", answers);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://" + server.getAddress().getHostString() + ":"
                        + server.getAddress().getPort())
                .withRequestRetryBackoffLimit(0)
                .build();
        client = new KubernetesClientBuilder().withConfig(config).build();
    }

    public KubernetesClient client() {
        return client;
    }

    @Override
    public void close() {
        client.close();
        server.stop(0);
    }
}
