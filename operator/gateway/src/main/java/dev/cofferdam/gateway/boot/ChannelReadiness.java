package dev.cofferdam.gateway.boot;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready: the certificate is there, the caches have begun, the port is open. */
@Readiness
@ApplicationScoped
public class ChannelReadiness implements HealthCheck {
    private final Gateway gateway;

    ChannelReadiness(Gateway gateway) {
        this.gateway = gateway;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("run channel").status(gateway.isOpen()).build();
    }
}
