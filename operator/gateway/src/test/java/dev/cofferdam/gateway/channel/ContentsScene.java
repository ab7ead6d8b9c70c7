package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.policy.Job;
import dev.cofferdam.policy.Origin;
import dev.cofferdam.record.ChangedFiles;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A run whose tool has changed something: the real port, the real files. */
abstract class ContentsScene extends CertifiedScene {
    static final long MOST = 1 << 20;
    static final ContentsOwner OWNER = new ContentsOwner("ns", "cofferdam-run-uid-1");
    Harness gateway;
    private HttpClient client;
    TestSupervisor supervisor;
    String session;

    @BeforeEach
    void start() throws Exception {
        gateway = Harness.start(vertx, certificate);
        client = TestTunnel.client(vertx, certificate);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        gateway.close();
    }

    void offered(long most) throws Exception {
        offered(most, "");
    }

    void offered(long most, String suffix) throws Exception {
        Job.Files files = new Job.Files(List.of(), List.of(), new Origin.Volume(""), List.of(), most > 0);
        gateway.identification = new Identification.Identified(Claims.keeping(files, most, suffix));
        Job job = Harness.JOB;
        gateway.handOver = CompletableFuture.completedStage(new HandOver.Granted(new Job(
                job.argv(),
                job.environment(),
                job.secrets(),
                job.stdin(),
                job.limits(),
                job.exec(),
                files,
                job.network())));
        supervisor = TestSupervisor.connect(vertx, gateway, certificate, Optional.empty());
        var told = supervisor.frame();
        session = told.get("session").textValue();
        assertThat(told.get("network").get("gateway").textValue())
                .isEqualTo(most > 0 ? "127.0.0.1:" + gateway.port : "");
    }

    void channel(long most) throws Exception {
        channel(most, "");
    }

    /** @param suffix of the run's and the pod's UID */
    void channel(long most, String suffix) throws Exception {
        long before = starts();
        offered(most, suffix);
        supervisor.send(TestSupervisor.STARTED);
        await().until(() -> starts() > before);
    }

    private long starts() {
        return gateway.audit.stream()
                .filter(line -> line.contains("\"action\":\"start\""))
                .count();
    }

    HttpClientRequest request(HttpMethod method, String secret) throws Exception {
        return of(client.request(new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(gateway.port)
                .setURI("/v1/changes")
                .putHeader("cofferdam-session", secret)));
    }

    HttpClientResponse put(String secret, byte[] bundle) throws Exception {
        return of(request(HttpMethod.PUT, secret).send(Buffer.buffer(bundle)));
    }

    HttpClientResponse get() throws Exception {
        HttpClientRequest request = of(client.request(new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost("127.0.0.1")
                .setPort(gateway.port)
                .setURI("/v1/changes")
                .putHeader("authorization", "Bearer token")));
        CompletableFuture<HttpClientResponse> answered = new CompletableFuture<>();
        request.send().onSuccess(response -> {
            // Its body is asked for on another thread.
            response.pause();
            answered.complete(response);
        });
        return answered.get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static String changes(String sha256, long bytes) {
        String contents = sha256.isEmpty() ? "null" : "{\"sha256\":\"" + sha256 + "\",\"bytes\":" + bytes + "}";
        return "{\"type\":\"changes\",\"complete\":true,\"added\":0,\"modified\":0,\"deleted\":0,\"digest\":\""
                + ChangedFiles.digest(List.of())
                + "\",\"items\":[],\"violations\":[],\"violationsTotal\":0,\"contents\":"
                + contents + "}";
    }

    static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    static <T> T of(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** What was begun is removed after the answer. */
    void awaitNothingKept() {
        await().until(() -> gateway.kept.toFile().list().length == 0);
    }
}
