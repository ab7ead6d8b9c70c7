package dev.cofferdam.controller.boot;

import dev.cofferdam.controller.telemetry.RunTraces;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.Optional;

/** Traces, where the installation says where to. What is still to be delivered gets its time when the controller stops. */
@Singleton
class Tracing {
    private final Optional<RunTraces> wanted;

    Tracing(Settings settings) {
        this.wanted = settings.tracing().endpoint().map(endpoint -> new RunTraces(endpoint, Instance.name()));
    }

    Optional<RunTraces> wanted() {
        return wanted;
    }

    @PreDestroy
    void close() {
        wanted.ifPresent(RunTraces::close);
    }
}
