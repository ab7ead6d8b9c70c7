package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.gateway.channel.Contents.Committing;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** What tools have changed, on its way to the store and back. */
class ContentsTest extends ContentsScene {
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
}
