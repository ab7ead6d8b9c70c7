package dev.cofferdam.controller.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.observe.Observation;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.policy.Decider;
import dev.cofferdam.policy.Ruling;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a collector gets: a server that decodes OTLP. */
class RunTracesTest {
    private static final Instant ENDED = Instant.parse("2026-01-01T00:00:02Z");
    private static final String CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private final BlockingQueue<ExportTraceServiceRequest> received = new LinkedBlockingQueue<>();
    private HttpServer collector;

    @BeforeEach
    void listen() throws IOException {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            received.add(ExportTraceServiceRequest.parseFrom(exchange.getRequestBody()));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
    }

    @AfterEach
    void stop() {
        collector.stop(0);
    }

    @Test
    void aRunIsOneTraceOfItsAttemptAndItsStages() throws IOException {
        List<Span> spans = told(TimelineTest.run("told-exited-42"));

        assertThat(spans)
                .extracting(Span::getName)
                .containsExactlyInAnyOrder("ToolRun", "attempt", "decide", "start", "execute", "record");
        assertThat(spans)
                .extracting(Span::getTraceId)
                .containsOnly(spans.getFirst().getTraceId());
        Span whole = named(spans, "ToolRun");
        Span attempt = named(spans, "attempt");
        assertThat(whole.getParentSpanId().isEmpty()).isTrue();
        assertThat(attempt.getParentSpanId()).isEqualTo(whole.getSpanId());
        assertThat(named(spans, "execute").getParentSpanId()).isEqualTo(attempt.getSpanId());
        assertThat(named(spans, "record").getParentSpanId()).isEqualTo(whole.getSpanId());
        assertThat(whole.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(whole.getStatus().getMessage()).isEqualTo("ExitedNonZero");
        Span execute = named(spans, "execute");
        assertThat(execute.getEndTimeUnixNano() - execute.getStartTimeUnixNano())
                .isEqualTo(41_000_000L);
    }

    @Test
    void whoeverTellsItTwiceTellsTheSame() throws IOException {
        List<Span> once = told(TimelineTest.run("told-exited-42"));
        List<Span> again = told(TimelineTest.run("told-exited-42"));

        assertThat(again).containsExactlyInAnyOrderElementsOf(once);
    }

    @Test
    void theCallersSpanIsTheParent() throws IOException {
        ToolRun run = TimelineTest.run("told-exited-42");
        run.getMetadata().setAnnotations(Map.of("cofferdam.dev/traceparent", CALLER));

        Span whole = named(told(run), "ToolRun");

        assertThat(HexFormat.of().formatHex(whole.getTraceId().toByteArray()))
                .isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(HexFormat.of().formatHex(whole.getParentSpanId().toByteArray()))
                .isEqualTo("b7ad6b7169203331");
    }

    @Test
    void aCallerThatIsNotTracedMakesNoTraceAndNonsenseIsNoCaller() throws IOException {
        ToolRun unsampled = TimelineTest.run("told-exited-42");
        unsampled.getMetadata().setAnnotations(Map.of("cofferdam.dev/traceparent", CALLER.replaceAll("01$", "00")));
        ToolRun nonsense = TimelineTest.run("told-exited-42");
        nonsense.getMetadata().setAnnotations(Map.of("cofferdam.dev/traceparent", "00-zz\n-01"));

        assertThat(told(unsampled)).isEmpty();
        assertThat(named(told(nonsense), "ToolRun").getParentSpanId().isEmpty()).isTrue();
    }

    @Test
    void whatWasDeniedIsAnEvent() throws IOException {
        ToolRun run = TimelineTest.run("told-exited-42");
        run.setStatus(null);
        Ruling.Refused refused = (Ruling.Refused) Decider.decide(Optional.empty(), run.getSpec());

        Span whole = named(
                told(
                        run,
                        Reducer.reduce(run, new Observation.Denied(refused), false, ENDED)
                                .status()),
                "ToolRun");

        assertThat(whole.getEventsList())
                .extracting(Span.Event::getName)
                .containsExactly("PolicyViolation", "ProcessExec");
    }

    private List<Span> told(ToolRun run) throws IOException {
        return told(
                run,
                Reducer.reduce(run, new Observation.Told(Optional.empty(), ""), false, ENDED)
                        .status());
    }

    private List<Span> told(ToolRun run, ToolRunStatus status) {
        received.clear();
        URI endpoint = URI.create("http://127.0.0.1:" + collector.getAddress().getPort() + "/v1/traces");
        try (RunTraces traces = new RunTraces(endpoint, "test")) {
            traces.ended(run, status, Timeline.of(run, status, ENDED));
        }
        return received.stream()
                .flatMap(request -> request.getResourceSpansList().stream())
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .toList();
    }

    private static Span named(List<Span> spans, String name) {
        return spans.stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
