package dev.cofferdam.policy.alert;

/**
 * Something that was asked for and not granted, or that cannot be true.
 *
 * @param resource what it is about; somebody else's text, bounded
 * @param reason one word of ours; empty where there is none
 */
public record Violation(ViolationType type, String resource, String reason) {}
