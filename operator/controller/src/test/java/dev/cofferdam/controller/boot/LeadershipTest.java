package dev.cofferdam.controller.boot;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.cofferdam.controller.reconcile.ApiStandIn;
import dev.cofferdam.controller.reconcile.Term;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeadershipTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String LEASE = """
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "cofferdam-controller"},
             "spec": {"holderIdentity": "%s", "renewTime": "2026-01-01T00:00:00.000000Z"}}""";

    private static final Settings.LeaderElection ELECTION = new Settings.LeaderElection() {
        @Override
        public boolean enabled() {
            return true;
        }

        @Override
        public String namespace() {
            return "system";
        }
    };

    /** All other groups are no business of the election. */
    private static final Settings SETTINGS = (Settings) Proxy.newProxyInstance(
            Settings.class.getClassLoader(), new Class<?>[] {Settings.class}, (settings, group, none) -> ELECTION);

    private final Term term = new Term(Clock.fixed(NOW, ZoneOffset.UTC));
    private ApiStandIn api;
    private Leadership leadership;
    private volatile String lease = LEASE.formatted(Instance.name());

    @BeforeEach
    void start() throws IOException {
        api = new ApiStandIn(this::answer);
        leadership = new Leadership(SETTINGS, new ControllerLease(SETTINGS, api.client()), term);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = lease.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Test
    void nothingIsDecidedByWhoHasNotBeenElected() {
        leadership.look();

        assertThatThrownBy(term::check).isInstanceOf(RuntimeException.class);
    }

    @Test
    void theTermLastsAsTheLeaseSays() {
        leadership.configuration().getLeaderCallbacks().orElseThrow().onStartLeading();
        assertThatCode(term::check).doesNotThrowAnyException();

        lease = LEASE.formatted("another");
        leadership.look();
        assertThatThrownBy(term::check).isInstanceOf(RuntimeException.class);

        lease = LEASE.formatted(Instance.name());
        leadership.look();
        assertThatCode(term::check).doesNotThrowAnyException();
    }

    /** Neither one that says nothing, nor one that cannot be understood, which no answer of a server is meant to be. */
    @Test
    void anAnswerThatIsNoneChangesNothing() {
        leadership.configuration().getLeaderCallbacks().orElseThrow().onStartLeading();

        lease = "{";
        leadership.look();
        api.close();
        leadership.look();

        assertThatCode(term::check).doesNotThrowAnyException();
    }
}
