package dev.cofferdam.gateway.channel;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.SSLOptions;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * HTTP servers that share one port. One of Vert.x's serves all its connections by one event loop, and so by one processor; these have a loop each, and connections are
 * dealt out to them in turn. Each stays where it is: what is of one run may be on several.
 */
final class Listeners {
    private final Vertx vertx;
    private volatile Future<String> deployed = Future.failedFuture("not asked to listen yet");

    /** One of them, of which is asked what all of them share. */
    private volatile HttpServer any;

    Listeners(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Starts to listen; the port that it got is the answer.
     *
     * @param server makes one, on its loop; all for the same port, which is not 0
     * @param loops how many
     */
    Future<Integer> listen(Supplier<HttpServer> server, int loops) {
        Queue<HttpServer> listening = new ConcurrentLinkedQueue<>();
        deployed = vertx.deployVerticle(
                        () -> new AbstractVerticle() {
                            @Override
                            public void start(Promise<Void> started) {
                                HttpServer one = server.get();
                                listening.add(one);
                                one.listen().<Void>mapEmpty().onComplete(started);
                            }
                        },
                        new DeploymentOptions().setInstances(loops))
                // One that listens beside others that cannot would take part in the next attempt.
                .onFailure(failure -> listening.forEach(HttpServer::close));
        return deployed.map(id -> {
            any = listening.peek();
            return any.actualPort();
        });
    }

    /** Uses other certificates for connections from now on. */
    Future<Boolean> use(SSLOptions tls) {
        return any.updateSSLOptions(tls);
    }

    Future<Void> close() {
        return deployed.transform(
                deployment -> deployment.succeeded() ? vertx.undeploy(deployment.result()) : Future.succeededFuture());
    }
}
