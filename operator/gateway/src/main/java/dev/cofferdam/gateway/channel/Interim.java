package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditSource;
import java.time.Instant;
import java.util.Optional;

/**
 * What is on record of a run whose tool is at work.
 *
 * @param startedAt when {@code started} arrived, by our clock
 * @param told how many of the supervisor's events are in {@code audit} and in what others stored
 * @param audit this gateway's chain so far
 */
public record Interim(Claim claim, Optional<Instant> startedAt, int told, AuditSource audit) {}
