package dev.cofferdam.gateway.channel;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** What comes later, on any thread, goes on where it was asked for: on the event loop of a request. */
final class ThisLoop {
    private ThisLoop() {}

    static <T> void then(Vertx vertx, CompletionStage<T> stage, Consumer<T> then) {
        Context loop = vertx.getOrCreateContext();
        stage.thenAccept(value -> loop.runOnContext(run -> then.accept(value)));
    }
}
