package dev.cofferdam.gateway.channel;

/** Whose contents are: one attempt of a run, by its pod's name, in which the run's UID is. */
public record ContentsOwner(String namespace, String pod) {}
