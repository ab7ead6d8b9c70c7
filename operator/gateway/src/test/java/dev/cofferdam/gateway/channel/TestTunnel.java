package dev.cofferdam.gateway.channel;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.StreamResetException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One tunnel, as a supervisor has it: a stream of HTTP/2 over TLS. */
final class TestTunnel {
    private final HttpClientRequest request;
    private final CompletableFuture<Integer> status = new CompletableFuture<>();
    private final CompletableFuture<String> end = new CompletableFuture<>();
    private final CompletableFuture<HttpClientResponse> response = new CompletableFuture<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private int pieces;

    private TestTunnel(HttpClientRequest request) {
        this.request = request;
        request.exceptionHandler(this::broken);
        request.response().onFailure(this::broken).onSuccess(answer -> {
            response.complete(answer);
            status.complete(answer.statusCode());
            answer.exceptionHandler(this::broken);
            answer.handler(this::take);
            answer.endHandler(done -> end.complete("end"));
        });
    }

    static HttpClient client(Vertx vertx, TestCertificate certificate) {
        return vertx.createHttpClient(new HttpClientOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2MaxPoolSize(1)
                .setTrustOptions(certificate.trust()));
    }

    static TestTunnel open(HttpClient client, Harness gateway, String session, String target) throws Exception {
        HttpClientRequest request = client.request(new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setHost("127.0.0.1")
                        .setPort(gateway.port)
                        .setURI("/v1/tunnel")
                        .putHeader("cofferdam-session", session)
                        .putHeader("cofferdam-target", target))
                .toCompletionStage()
                .toCompletableFuture()
                .get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        request.setChunked(true);
        TestTunnel tunnel = new TestTunnel(request);
        request.sendHead();
        return tunnel;
    }

    private synchronized void take(Buffer buffer) {
        received.writeBytes(buffer.getBytes());
        pieces++;
        notifyAll();
    }

    private void broken(Throwable failure) {
        String how = failure instanceof StreamResetException reset ? "reset " + reset.getCode() : "broken " + failure;
        status.completeExceptionally(failure);
        end.complete(how);
    }

    int status() throws Exception {
        return status.get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** How the server's side ended. */
    String end() throws Exception {
        return end.get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    boolean hasEnded() {
        return end.isDone();
    }

    TestTunnel send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    TestTunnel send(byte[] bytes) {
        request.write(Buffer.buffer(bytes));
        return this;
    }

    boolean isFull() {
        return request.writeQueueFull();
    }

    TestTunnel halfClose() {
        request.end();
        return this;
    }

    void reset() {
        request.reset(8);
    }

    synchronized String receive(int bytes) throws InterruptedException {
        long until = System.nanoTime() + Harness.PATIENCE.toNanos();
        while (received.size() < bytes) {
            long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("only " + received.size() + " of " + bytes + " bytes came");
            }
            wait(left);
        }
        return received.toString(StandardCharsets.ISO_8859_1);
    }

    /** Reads no more, until it does again. */
    TestTunnel pause() throws Exception {
        response.get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS).pause();
        return this;
    }

    void resume() throws Exception {
        response.get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS).resume();
    }

    /** Frames that came. */
    synchronized int pieces() {
        return pieces;
    }

    synchronized int received() {
        return received.size();
    }
}
