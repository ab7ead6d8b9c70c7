package dev.cofferdam.controller.telemetry;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.PolicyReference;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.controller.status.Reducer;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.RunStory;
import io.fabric8.kubernetes.api.model.Condition;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One OTLP trace for each run that has ended: the run, its attempts, and the stages of its time, with what was denied as events of the run. All of it comes from the
 * stored status, and its ids are made of the run's UID, so that whoever tells it twice tells the same. What the run was given and what it said is not in it.
 *
 * <p>Traces that cannot be delivered are dropped, with a line in the log. Thread-safe.
 */
public final class RunTraces implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration DELAY = Duration.ofSeconds(1);

    private final DerivedIds ids = new DerivedIds();
    private final SdkTracerProvider provider;
    private final Tracer tracer;

    /**
     * @param endpoint of OTLP over HTTP with protobuf, with its path: {@code http://collector:4318/v1/traces}
     * @param instance this replica
     */
    public RunTraces(URI endpoint, String instance) {
        provider = SdkTracerProvider.builder()
                .setIdGenerator(ids)
                .setResource(Resource.create(Attributes.builder()
                        .put("service.name", Names.CONTROLLER)
                        .put("service.instance.id", instance)
                        .build()))
                .addSpanProcessor(BatchSpanProcessor.builder(OtlpHttpSpanExporter.builder()
                                .setEndpoint(endpoint.toString())
                                .setTimeout(TIMEOUT)
                                .build())
                        .setScheduleDelay(DELAY)
                        .build())
                .build();
        tracer = provider.get("dev.cofferdam.controller");
    }

    /**
     * @param run with the facts that were known when it ended
     * @param status what was written then
     */
    public synchronized void ended(ToolRun run, ToolRunStatus status, Timeline timeline) {
        ids.restart(run.getMetadata().getUid());
        Span whole = begin("ToolRun", Traceparent.of(run), timeline.created());
        describe(whole, run, status);
        denied(run, status)
                .forEach(event -> whole.addEvent(
                        event.eventType().name(),
                        Attributes.builder()
                                .put("cofferdam.resource", event.resource())
                                .put("cofferdam.action", event.action())
                                .build(),
                        Timeline.time(event.timestamp()).orElse(timeline.ended())));
        Context inside = Context.root().with(whole);
        Context attempt = inside;
        for (Timeline.Try one : Timeline.tries(status, timeline.ended())) {
            Span span = begin("attempt", inside, one.from());
            span.setAttribute("cofferdam.attempt", one.attempt().number());
            span.setAttribute("cofferdam.reason", one.attempt().reason());
            span.setAttribute("k8s.pod.name", one.attempt().podName());
            span.end(one.to());
            attempt = Context.root().with(span);
        }
        for (Timeline.Part part : timeline.parts()) {
            Context of = switch (part.stage()) {
                case Decide, Record -> inside;
                case Start, Execute -> attempt;
            };
            begin(part.stage().name().toLowerCase(Locale.ROOT), of, part.from()).end(part.to());
        }
        whole.end(timeline.ended());
    }

    private Span begin(String name, Context parent, Instant at) {
        return tracer.spanBuilder(name).setParent(parent).setStartTimestamp(at).startSpan();
    }

    private static void describe(Span whole, ToolRun run, ToolRunStatus status) {
        whole.setAttribute("k8s.namespace.name", run.getMetadata().getNamespace());
        whole.setAttribute("cofferdam.run", run.getMetadata().getName());
        whole.setAttribute("cofferdam.run.uid", run.getMetadata().getUid());
        whole.setAttribute(
                "cofferdam.policy",
                Optional.ofNullable(run.getSpec().policyRef())
                        .map(PolicyReference::name)
                        .orElse(""));
        whole.setAttribute("cofferdam.tool", run.getSpec().tool());
        whole.setAttribute("cofferdam.phase", status.phase().name());
        String reason = RunStory.condition(status, ConditionType.Finished)
                .map(Condition::getReason)
                .orElse("");
        whole.setAttribute("cofferdam.reason", reason);
        if (status.decision() != null && status.decision().policyVersion() != null) {
            whole.setAttribute("cofferdam.policy.version", status.decision().policyVersion());
        }
        if (status.phase() == Phase.Succeeded) {
            whole.setStatus(StatusCode.OK);
        } else {
            whole.setStatus(StatusCode.ERROR, reason);
        }
    }

    /** The controller's own events are newer in what was written, everybody else's are facts. */
    private static List<AuditEvent> denied(ToolRun run, ToolRunStatus status) {
        List<AuditSource> own = sources(status);
        List<String> names = own.stream().map(AuditSource::source).toList();
        Stream<AuditSource> others =
                sources(Reducer.statusOf(run)).stream().filter(source -> !names.contains(source.source()));
        return Stream.concat(own.stream(), others)
                .flatMap(source -> source.events().stream())
                .filter(event -> event.result() == AuditResult.Denied)
                .toList();
    }

    private static List<AuditSource> sources(ToolRunStatus status) {
        return status.audit() == null ? List.of() : status.audit().sources();
    }

    @Override
    public void close() {
        provider.shutdown().join(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }
}
