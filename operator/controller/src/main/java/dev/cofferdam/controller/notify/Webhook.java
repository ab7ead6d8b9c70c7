package dev.cofferdam.controller.notify;

import dev.cofferdam.controller.alert.Firing;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * The place that is told of firings. Told is what it has answered with 2xx; it is told the same again until then, with the same {@code id} and the header
 * {@code Idempotency-Key}. No redirection is followed, and of the answer nothing but its code is read.
 */
public final class Webhook {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int HEADER_MOST = 16_384;
    private static final int OK = 200;
    private static final int NOT_OK = 300;

    private final URI address;
    private final Optional<Path> header;
    private final HttpClient client;

    /**
     * @param header file with one header, {@code Authorization: Bearer …}, read each time; it may be a mounted Secret
     * @param client follows no redirection
     */
    public Webhook(URI address, Optional<Path> header, HttpClient client) {
        this.address = address;
        this.header = header;
        this.client = client;
    }

    /** @return why it has not taken it; empty where it has. Nothing of the header's file is in it */
    public Optional<String> tell(Firing firing) throws InterruptedException {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(address)
                    .timeout(PATIENCE)
                    .header("Content-Type", "application/json")
                    .header("User-Agent", "cofferdam-controller")
                    .header("Idempotency-Key", firing.firing().id())
                    .POST(HttpRequest.BodyPublishers.ofString(Message.of(firing)));
            if (header.isPresent() && !authorize(request, header.get())) {
                return Optional.of("the file of its header is not one line \"Name: value\"");
            }
            int code = client.send(request.build(), answer -> new Unread()).statusCode();
            return code >= OK && code < NOT_OK ? Optional.empty() : Optional.of("it answered " + code);
        } catch (IOException e) {
            return Optional.of(e.getClass().getSimpleName());
        }
    }

    /** Takes nothing of a body: the request's patience ends with the answer's headers, so nobody would say when to wait for it no longer. */
    private static final class Unread implements HttpResponse.BodySubscriber<Void> {
        @Override
        public CompletionStage<Void> getBody() {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.cancel();
        }

        @Override
        public void onNext(List<ByteBuffer> ignored) {}

        @Override
        public void onError(Throwable ignored) {}

        @Override
        public void onComplete() {}
    }

    private static boolean authorize(HttpRequest.Builder request, Path file) throws IOException {
        if (Files.size(file) > HEADER_MOST) {
            return false;
        }
        String line = Files.readString(file, StandardCharsets.US_ASCII).strip();
        int colon = line.indexOf(':');
        if (colon <= 0 || line.lines().count() != 1) {
            return false;
        }
        try {
            request.header(
                    line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            return true;
        } catch (IllegalArgumentException e) {
            // Its message would have the value.
            return false;
        }
    }
}
