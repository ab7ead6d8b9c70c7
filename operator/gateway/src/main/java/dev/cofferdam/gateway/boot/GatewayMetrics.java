package dev.cofferdam.gateway.boot;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.gateway.channel.Channels;
import dev.cofferdam.gateway.channel.Counters;
import dev.cofferdam.gateway.channel.Refusal;
import dev.cofferdam.record.MeteredComponents;
import io.micrometer.core.instrument.MeterRegistry;

/** The gateway's numbers. All label values are ours but the component, which is bounded. */
final class GatewayMetrics implements Counters {
    private final MeterRegistry registry;
    private final MeteredComponents components = new MeteredComponents();

    GatewayMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (Refusal refusal : Refusal.values()) {
            registry.counter("cofferdam.gateway.refusals", "reason", refusal.name());
        }
        registry.counter("cofferdam.gateway.tampering");
        registry.counter("cofferdam.gateway.facts.retries");
    }

    void watch(Channels channels) {
        registry.gauge("cofferdam.gateway.channels", channels, Channels::connected);
        registry.gauge("cofferdam.gateway.facts.pending", channels, Channels::storing);
    }

    @Override
    public void refused(Refusal refusal) {
        registry.counter("cofferdam.gateway.refusals", "reason", refusal.name()).increment();
    }

    @Override
    public void opened(boolean resumed) {
        registry.counter("cofferdam.gateway.channels.opened", "resumed", Boolean.toString(resumed))
                .increment();
    }

    @Override
    public void tampered() {
        registry.counter("cofferdam.gateway.tampering").increment();
    }

    @Override
    public void stored(boolean kept) {
        registry.counter("cofferdam.gateway.facts", "stored", Boolean.toString(kept))
                .increment();
    }

    /** The component is a policy's and a tool's name: these runs were allowed, so both are there. */
    void recorded(AuditEvent event) {
        registry.counter(
                        "cofferdam.audit.events",
                        "component",
                        components.label(event.componentId()),
                        "event_type",
                        event.eventType().name(),
                        "result",
                        event.result().name())
                .increment();
    }

    void retried() {
        registry.counter("cofferdam.gateway.facts.retries").increment();
    }
}
