package dev.cofferdam.gateway.channel;

/** What the gateway counts. */
public interface Counters {
    void refused(Refusal refusal);

    /** A channel was opened, the first one of its pod or a resumed one. */
    void opened(boolean resumed);

    /** A sandbox said what no honest supervisor says; once of each. */
    void tampered();

    /** Facts were stored; or, where not, will never be. */
    void stored(boolean kept);
}
