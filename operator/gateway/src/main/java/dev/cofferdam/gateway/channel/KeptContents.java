package dev.cofferdam.gateway.channel;

import java.time.Instant;

/**
 * What a run has changed, as it is kept.
 *
 * @param sha256 of all of it, 64 hexadecimal digits
 * @param until when it is kept
 */
public record KeptContents(String sha256, long bytes, Instant until) {}
