package dev.cofferdam.controller.plan;

import dev.cofferdam.api.v1alpha1.SupervisorSource;
import java.time.Duration;

/**
 * What is the same for every sandbox pod of this installation.
 *
 * @param gatewayAddress {@code ip:port}; an address, because a sandbox has no DNS
 * @param gatewayCa the certificates by which the supervisor knows the gateway, PEM
 * @param supervisorImage holds {@code /supervisor}, static
 * @param supervisorSource how the supervisor gets into the pod
 * @param startAllowance what the pod's own deadline gives for the start, pulls included
 * @param endMargin what it gives above start and timeout: it must never beat the supervisor
 */
public record SandboxSettings(
        String gatewayAddress,
        String gatewayCa,
        String supervisorImage,
        SupervisorSource supervisorSource,
        Duration startAllowance,
        Duration endMargin) {}
