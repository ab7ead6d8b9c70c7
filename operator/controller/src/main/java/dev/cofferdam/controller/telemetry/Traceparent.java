package dev.cofferdam.controller.telemetry;

import dev.cofferdam.api.v1alpha1.ToolRun;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The span of whoever called the tool: the W3C {@code traceparent} that a run has as an annotation. What is none is ignored; one that is not sampled makes no trace. */
final class Traceparent implements TextMapGetter<Map<String, String>> {
    static final String ANNOTATION = "cofferdam.dev/traceparent";

    private static final String HEADER = "traceparent";

    static Context of(ToolRun run) {
        Map<String, String> annotations =
                Optional.ofNullable(run.getMetadata().getAnnotations()).orElse(Map.of());
        return W3CTraceContextPropagator.getInstance().extract(Context.root(), annotations, new Traceparent());
    }

    @Override
    public Iterable<String> keys(Map<String, String> annotations) {
        return List.of(HEADER);
    }

    @Override
    public String get(Map<String, String> annotations, String header) {
        return HEADER.equals(header) ? annotations.get(ANNOTATION) : null;
    }
}
