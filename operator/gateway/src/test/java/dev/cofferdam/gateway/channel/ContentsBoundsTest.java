package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How much is kept of what tools have changed, and of how many runs. */
class ContentsBoundsTest extends ContentsScene {
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
}
