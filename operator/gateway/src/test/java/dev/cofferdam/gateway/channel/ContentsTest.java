package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.gateway.channel.Contents.Committing;
import dev.cofferdam.policy.Job;
import dev.cofferdam.policy.Origin;
import dev.cofferdam.record.ChangedFiles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tools have changed, on its way to the store and back: the real port, the real files. */
class ContentsTest {
    private static final long MOST = 1 << 20;
    private static final ContentsOwner OWNER = new ContentsOwner("ns", "cofferdam-run-uid-1");
    private static Vertx vertx;
    private static TestCertificate certificate;
    private Harness gateway;
    private HttpClient client;
    private TestSupervisor supervisor;
    private String session;

    @BeforeAll
    static void prepare(@TempDir Path folder) throws Exception {
        vertx = Vertx.vertx();
        certificate = TestCertificate.make(folder);
    }

    @AfterAll
    static void end() {
        vertx.close();
    }

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

    @Test
    void whatIsBroughtIsKeptAndGivenToItsCommitterAlone() throws Exception {
        channel(MOST);
        byte[] bundle = bytes(900_000);

        assertThat(put(session, bundle).statusCode()).isEqualTo(200);
        supervisor.send(TestSupervisor.HELLO);
        await().untilAsserted(() -> assertThat(gateway.channels.held()).isPositive());
        supervisor.send(changes(sha256(bundle), bundle.length), TestSupervisor.exited(0, 6));

        Facts facts = gateway.facts();
        KeptContents kept = facts.contents().orElseThrow();
        assertThat(kept.sha256()).isEqualTo(sha256(bundle));
        assertThat(kept.bytes()).isEqualTo(bundle.length);
        await().untilAsserted(() -> assertThat(gateway.channels.held()).isZero());
        assertThat(get().statusCode()).isEqualTo(403);
        gateway.committing = new Committing.Later("suspended");
        assertThat(get().statusCode()).isEqualTo(503);
        gateway.committing = new Committing.Of(OWNER, sha256(bundle), bundle.length);
        HttpClientResponse given = get();
        assertThat(given.statusCode()).isEqualTo(200);
        assertThat(given.getHeader("content-length")).isEqualTo(Integer.toString(bundle.length));
        Future<Buffer> body = given.body();
        given.resume();
        assertThat(of(body).getBytes()).isEqualTo(bundle);
    }

    @Test
    void whatIsNotAsItWasIsNotGiven() throws Exception {
        channel(MOST);
        byte[] bundle = bytes(1000);
        put(session, bundle);
        gateway.committing = new Committing.Of(OWNER, sha256(bundle), bundle.length);
        Files.write(gateway.kept.resolve("ns.cofferdam-run-uid-1." + sha256(bundle)), bytes(999));

        assertThat(get().statusCode()).isEqualTo(404);
        assertThat(get().statusCode()).isEqualTo(404);
    }

    @Test
    void moreThanMayComeIsRefusedAndNothingOfItStays() throws Exception {
        channel(100_000);

        assertThat(put(session, bytes(100_001)).statusCode()).isEqualTo(413);
        awaitNothingKept();

        // The tool's run goes on without it.
        supervisor.send(changes("", 0), TestSupervisor.exited(0, 0));
        assertThat(gateway.facts().contents()).isEmpty();
    }

    @Test
    void aStoreThatIsFullTakesNothing() throws Exception {
        channel(2 * Harness.CONTENTS_MOST);

        assertThat(put(session, bytes((int) Harness.CONTENTS_MOST + 1)).statusCode())
                .isEqualTo(507);
        awaitNothingKept();
    }

    @Test
    void whatIsBroughtAgainIsInThePlaceOfWhatWasBefore() throws Exception {
        channel(MOST);

        for (int time = 1; time <= 4; time++) {
            assertThat(put(session, bytes(1000 + time)).statusCode()).isEqualTo(200);
            assertThat(gateway.kept.toFile().list()).hasSize(1);
        }

        assertThat(put(session, bytes(10)).statusCode()).isEqualTo(403);
        assertThat(gateway.kept.toFile().list()).containsExactly("ns.cofferdam-run-uid-1." + sha256(bytes(1004)));
    }

    @Test
    void whatIsSettledIsNotKept() throws Exception {
        channel(MOST);
        put(session, bytes(1000));

        gateway.streamed.forget("run");
        gateway.streamed.forget("run-uid");

        awaitNothingKept();
    }

    /** Each has its status in the memory of both parts. */
    @Test
    void ofTooManyThatNobodyHasDecidedAboutOneMoreIsNotKept() throws Exception {
        channel(MOST);
        gateway.undecided = undecided("ns", Channels.UNDECIDED_MOST);
        assertThat(put(session, bytes(10)).statusCode()).isEqualTo(507);
        awaitNothingKept();

        gateway.undecided = undecided("other", Channels.UNDECIDED_OF_ALL_MOST);
        assertThat(put(session, bytes(10)).statusCode()).isEqualTo(507);

        gateway.undecided = undecided("other", Channels.UNDECIDED_OF_ALL_MOST - 1);
        assertThat(put(session, bytes(10)).statusCode()).isEqualTo(200);

        // Itself is none too many: what is brought again is in the place of what was before
        Set<Undecided> others = new HashSet<>(undecided("ns", Channels.UNDECIDED_MOST - 1));
        others.add(new Undecided("ns", "run-uid"));
        gateway.undecided = others;
        assertThat(put(session, bytes(11)).statusCode()).isEqualTo(200);
    }

    /** Of those that come together each counts from its beginning. */
    @Test
    void whatIsOnItsWayCountsAsWhatIsKept() throws Exception {
        channel(MOST);
        gateway.undecided = undecided("ns", Channels.UNDECIDED_MOST - 1);
        HttpClientRequest first = request(HttpMethod.PUT, session);
        first.response().onFailure(expected -> {});
        first.setChunked(true).write(Buffer.buffer(bytes(1000)));
        await().until(() -> gateway.kept.toFile().list().length == 1);

        channel(MOST, "another");
        assertThat(put(session, bytes(10)).statusCode()).isEqualTo(507);

        first.reset(8);
        awaitNothingKept();
        await().until(() -> put(session, bytes(10)).statusCode() == 200);
    }

    /** However many runs of four namespaces wait, a fifth one has places. */
    @Test
    void noNamespaceHasMoreRunsThanHalfOfWhatTheOthersLeave() throws Exception {
        channel(MOST);
        Set<Undecided> waiting = new HashSet<>();
        List.of("a", "b", "c").forEach(other -> waiting.addAll(undecided(other, Channels.UNDECIDED_MOST)));
        waiting.addAll(undecided("ns", 25));
        gateway.undecided = waiting;
        assertThat(put(session, bytes(10)).statusCode()).isEqualTo(507);

        waiting.removeAll(undecided("ns", 25));
        waiting.addAll(undecided("d", 25));
        assertThat(put(session, bytes(10)).statusCode()).isEqualTo(200);
    }

    private static Set<Undecided> undecided(String namespace, int runs) {
        return IntStream.range(0, runs)
                .mapToObj(at -> new Undecided(namespace, namespace + "-uid-" + at))
                .collect(Collectors.toSet());
    }

    /** Neither what another run brought nor what nobody did. */
    @Test
    void toldContentsAreThoseThatThisSessionBrought() throws Exception {
        channel(MOST);
        byte[] bundle = bytes(1000);
        put(session, bundle);

        supervisor.send(changes(sha256(bytes(999)), bundle.length));

        assertThat(supervisor.frame().get("reason").textValue()).isEqualTo("Tampered");
        assertThat(gateway.facts().result()).isEmpty();
    }

    @Test
    void contentsThatWereNeverBroughtAreTampering() throws Exception {
        channel(MOST);

        supervisor.send(changes(sha256(bytes(10)), 10));

        assertThat(supervisor.frame().get("reason").textValue()).isEqualTo("Tampered");
    }

    @Test
    void aRunThatAsksForNoCommitBringsNothing() throws Exception {
        channel(0);

        assertThat(put(session, bytes(10)).statusCode()).isEqualTo(403);
        awaitNothingKept();
    }

    /** The frame that tells of the start is on another connection, and on another event loop. */
    @Test
    void whatIsBroughtMayOvertakeWhatTellsOfTheStart() throws Exception {
        offered(MOST);
        byte[] bundle = bytes(10);

        assertThat(put(session, bundle).statusCode()).isEqualTo(200);
        supervisor.send(
                TestSupervisor.STARTED,
                TestSupervisor.HELLO,
                changes(sha256(bundle), bundle.length),
                TestSupervisor.exited(0, 6));

        assertThat(gateway.facts().contents().orElseThrow().sha256()).isEqualTo(sha256(bundle));
    }

    @Test
    void nobodyElseBringsAnything() throws Exception {
        assertThat(put("nobodys", bytes(10)).statusCode()).isEqualTo(403);
        channel(MOST);

        assertThat(put("nobodys", bytes(10)).statusCode()).isEqualTo(403);

        assertThat(supervisor.frame().get("reason").textValue()).isEqualTo("Tampered");
        awaitNothingKept();
    }

    @Test
    void whatIsBrokenOffLeavesNothingAndMayBeBroughtAgain() throws Exception {
        channel(MOST);
        HttpClientRequest request = request(HttpMethod.PUT, session);
        request.response().onFailure(expected -> {});
        request.setChunked(true).write(Buffer.buffer(bytes(1000)));
        await().until(() -> gateway.kept.toFile().list().length == 1);

        request.reset(8);

        awaitNothingKept();
        byte[] bundle = bytes(1000);
        await().until(() -> put(session, bundle).statusCode() == 200);
    }

    @Test
    void otherRequestsAreNone() throws Exception {
        channel(MOST);

        assertThat(of(request(HttpMethod.DELETE, session).send()).statusCode()).isEqualTo(404);
        assertThat(of(request(HttpMethod.GET, session).send()).statusCode()).isEqualTo(404);
    }

    private void offered(long most) throws Exception {
        offered(most, "");
    }

    private void offered(long most, String suffix) throws Exception {
        Claim claim = Harness.CLAIM;
        Job.Files files = new Job.Files(List.of(), List.of(), new Origin.Volume(""), List.of(), most > 0);
        gateway.identification = new Identification.Identified(new Claim(
                claim.namespace(),
                claim.run(),
                claim.runUid() + suffix,
                claim.podName() + suffix,
                claim.podUid() + suffix,
                claim.policy(),
                claim.tool(),
                claim.policyVersion(),
                claim.outputBytes(),
                claim.secrets(),
                files,
                false,
                most,
                false,
                claim.gate(),
                Optional.empty()));
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

    private void channel(long most) throws Exception {
        channel(most, "");
    }

    /** @param suffix of the run's and the pod's UID */
    private void channel(long most, String suffix) throws Exception {
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

    private HttpClientRequest request(HttpMethod method, String secret) throws Exception {
        return of(client.request(new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(gateway.port)
                .setURI("/v1/changes")
                .putHeader("cofferdam-session", secret)));
    }

    private HttpClientResponse put(String secret, byte[] bundle) throws Exception {
        return of(request(HttpMethod.PUT, secret).send(Buffer.buffer(bundle)));
    }

    private HttpClientResponse get() throws Exception {
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

    private static String changes(String sha256, long bytes) {
        String contents = sha256.isEmpty() ? "null" : "{\"sha256\":\"" + sha256 + "\",\"bytes\":" + bytes + "}";
        return "{\"type\":\"changes\",\"complete\":true,\"added\":0,\"modified\":0,\"deleted\":0,\"digest\":\""
                + ChangedFiles.digest(List.of())
                + "\",\"items\":[],\"violations\":[],\"violationsTotal\":0,\"contents\":"
                + contents + "}";
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static <T> T of(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(Harness.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** What was begun is removed after the answer. */
    private void awaitNothingKept() {
        await().until(() -> gateway.kept.toFile().list().length == 0);
    }
}
