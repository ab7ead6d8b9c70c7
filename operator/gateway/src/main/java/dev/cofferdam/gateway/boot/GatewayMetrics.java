package dev.cofferdam.gateway.boot;

import dev.cofferdam.gateway.channel.Channels;
import dev.cofferdam.gateway.channel.Counters;
import dev.cofferdam.gateway.channel.Refusal;
import io.micrometer.core.instrument.MeterRegistry;

/** The gateway's numbers. All label values are ours. */
final class GatewayMetrics implements Counters {
    private final MeterRegistry registry;

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

    void retried() {
        registry.counter("cofferdam.gateway.facts.retries").increment();
    }
}
