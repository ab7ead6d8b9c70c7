package dev.cofferdam.gateway.channel;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests for tunnels of a supervisor that was taken over, as no library lets anybody make them. */
class HostileRequestTest extends TunnelScene {
    private static final String LONG = "a".repeat(64 << 10);

    private final Logger root = Logger.getLogger("");
    private final List<String> logged = new CopyOnWriteArrayList<>();
    private final Handler log = new Handler() {
        @Override
        public void publish(LogRecord line) {
            logged.add(new SimpleFormatter().format(line));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() throws Exception {
        root.addHandler(log);
        granted("{host: \"*\", port: %d, protocol: tcp}, {cidr: %s/32, port: %d, protocol: tcp}"
                .formatted(server.port(), server.ip(), server.port()));
    }

    @AfterEach
    void forget() {
        root.removeHandler(log);
    }

    @Test
    void whatIsTooLongIsRefusedAndNothingOfItIsSaid() throws Exception {
        String target = server.target();
        List<List<Map.Entry<String, String>>> requests = List.of(
                asked(session, LONG + ":" + server.port()),
                asked(session, target + LONG),
                asked(LONG, target),
                with(asked(session, target), entry("x-" + LONG, "x")),
                with(asked(session, target), entry("x", LONG)),
                // A million bytes, of which the first sixteen thousand are enough.
                with(asked(session, target), entry("x", LONG.repeat(16))),
                new ArrayList<>(Collections.nCopies(5_000, entry("x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))));

        for (List<Map.Entry<String, String>> request : requests) {
            assertThat(isOpen(request)).isFalse();
        }

        assertThat(server.hits()).isZero();
        assertThat(gateway.dns.asked()).isEmpty();
        assertThat(gateway.audit).noneMatch(line -> line.contains("aaaaaaaa"));
        assertThat(logged).noneMatch(line -> line.contains("aaaaaaaa"));
        theRunGoesOn();
    }

    @Test
    void whatWouldForgeALineIsRefusedAndEscaped() throws Exception {
        List<String> targets = List.of(
                "forged\r\n{\"event_type\":\"forged\"}:443",
                "forged\n:443",
                "forged\0.example.com:443",
                "\u001b[31mforged:443",
                "forged\u0080\u00ff:443",
                "forged\",\"result\":\"Allowed:443",
                " " + server.target(),
                server.target() + "\t");

        for (String target : targets) {
            assertThat(isOpen(asked(session, target))).as(target).isFalse();
        }
        assertThat(isOpen(with(asked(session, server.target()), entry("cofferdam-target", server.target()))))
                .as("two targets")
                .isFalse();

        assertThat(server.hits()).isZero();
        assertThat(gateway.dns.asked()).isEmpty();
        assertThat(gateway.audit)
                .allMatch(line -> line.chars().allMatch(c -> c >= ' ' && c < 0x7f))
                .noneMatch(line -> line.contains("\"result\":\"Allowed:443"));
        assertThat(logged).noneMatch(line -> line.contains("forged"));
        theRunGoesOn();
    }

    /** Without it, all that is asserted here would hold of a gateway that refuses everything. */
    private void theRunGoesOn() throws Exception {
        assertThat(isOpen(asked(session, server.target()))).isTrue();
        await().untilAsserted(() -> assertThat(server.hits()).isEqualTo(1));
    }

    private boolean isOpen(List<Map.Entry<String, String>> fields) throws Exception {
        try (RawStream stream = new RawStream(certificate.trusting(), gateway.port, fields)) {
            return stream.isOpen();
        }
    }

    private static List<Map.Entry<String, String>> asked(String session, String target) {
        return List.of(
                entry(":method", "POST"),
                entry(":scheme", "https"),
                entry(":authority", "g"),
                entry(":path", "/v1/tunnel"),
                entry("cofferdam-session", session),
                entry("cofferdam-target", target));
    }

    private static List<Map.Entry<String, String>> with(
            List<Map.Entry<String, String>> fields, Map.Entry<String, String> more) {
        List<Map.Entry<String, String>> all = new ArrayList<>(fields);
        all.add(more);
        return all;
    }
}
