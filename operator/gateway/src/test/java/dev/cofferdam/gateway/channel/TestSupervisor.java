package dev.cofferdam.gateway.channel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.record.Names;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebSocketFrame;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The other end: a real WebSocket over real TLS. */
final class TestSupervisor {
    static final String STARTED = "{\"type\":\"started\"}";
    static final String HELLO = "{\"type\":\"output\",\"stream\":\"stdout\",\"data\":\"aGVsbG8K\"}";
    static final String MISSING =
            "{\"type\":\"result\",\"outcome\":\"SecretMissing\",\"secrets\":[\"token\"],\"stdoutBytes\":0,\"stderrBytes\":0,"
                    + "\"durationMillis\":0,\"cpuMillis\":0,\"peakMemoryBytes\":0}";

    static final String EXEC =
            "{\"type\":\"event\",\"eventType\":\"ProcessExec\",\"resource\":\"/usr/bin/curl\\n\",\"action\":\"exec\","
                    + "\"result\":\"Denied\",\"detail\":{\"count\":\"3\"}}";

    /** The connection was gone before its code came: what a peer still sends may reset it (RFC 6455, 7.1.5). */
    private static final short WITHOUT_A_WORD = 1006;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ClientWebSocket socket;

    /** Vert.x closes a client that nobody holds, and its connections with it. */
    private final WebSocketClient client;

    private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
    private final CompletableFuture<Short> closed = new CompletableFuture<>();

    /** All is listened to before there is a connection: the first frame comes with its opening. */
    private TestSupervisor(WebSocketClient client) {
        this.client = client;
        socket = client.webSocket();
        socket.textMessageHandler(frames::add);
        socket.closeHandler(
                ignored -> closed.complete(Objects.requireNonNullElse(socket.closeStatusCode(), WITHOUT_A_WORD)));
        socket.exceptionHandler(ignored -> {});
    }

    static TestSupervisor connect(Vertx vertx, Harness gateway, TestCertificate certificate, Optional<String> session)
            throws Exception {
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(gateway.port)
                .setURI(Names.CHANNEL_PATH)
                .setSsl(true)
                .setSubProtocols(List.of(Names.CHANNEL_PROTOCOL))
                .putHeader("Authorization", "Bearer token");
        session.ifPresent(secret -> options.putHeader("Cofferdam-Session", secret));
        WebSocketClientOptions client = new WebSocketClientOptions()
                .setTrustOptions(certificate.trust())
                .setMaxFrameSize(GatewayFrame.FRAME_BYTES_MOST)
                .setMaxMessageSize(GatewayFrame.FRAME_BYTES_MOST);
        TestSupervisor supervisor = new TestSupervisor(vertx.createWebSocketClient(client));
        supervisor
                .socket
                .connect(options)
                .toCompletionStage()
                .toCompletableFuture()
                .get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return supervisor;
    }

    /** The status that a request for a channel is refused with; the body must be empty. */
    static int refused(Vertx vertx, Harness gateway, TestCertificate certificate, Optional<String> session)
            throws Exception {
        try {
            connect(vertx, gateway, certificate, session);
            throw new AssertionError("the channel was opened");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UpgradeRejectedException rejected) {
                if (rejected.getBody() != null && rejected.getBody().length() > 0) {
                    throw new AssertionError("the refusal has a body");
                }
                return rejected.getStatus();
            }
            throw e;
        }
    }

    void send(String... texts) {
        for (String text : texts) {
            socket.writeTextMessage(text);
        }
    }

    void sendBytes(byte[] bytes) {
        socket.writeBinaryMessage(Buffer.buffer(bytes));
    }

    /** The beginning of a message that is sent in pieces. */
    void sendPiece(String text) {
        socket.writeFrame(WebSocketFrame.textFrame(text, false));
    }

    void ping() {
        socket.writePing(Buffer.buffer("x"));
    }

    JsonNode frame() throws Exception {
        String next = frames.poll(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no frame came");
        }
        return JSON.readTree(next);
    }

    short closed() throws Exception {
        return closed.get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    void drop() {
        socket.close((short) 1000);
    }

    static String exited(int code, long stdoutBytes) {
        return "{\"type\":\"result\",\"outcome\":\"Exited\",\"exitCode\":" + code + ",\"stdoutBytes\":" + stdoutBytes
                + ",\"stderrBytes\":0,\"durationMillis\":5,\"cpuMillis\":1,\"peakMemoryBytes\":1}";
    }
}
