package dev.cofferdam.gateway.egress;

/**
 * What tunnels may cost.
 *
 * @param tunnels at one time, in all; a quarter of them is for one namespace
 * @param tunnelsOfOneRun at one time
 * @param waiting bytes that may wait for servers and tools that do not read them, in all, before each tunnel has only a piece on its way
 * @param waitingOfOneRun the same of one run
 * @param eventsOfOneRun attempts that are on record one by one; those after them are counted
 * @param refusalsOfOneRun denied and failed attempts that are on record one by one after those, so that what was let through often hides none of them
 * @param lookUpMillis for a name
 * @param connectMillis for one address
 * @param greetingMillis for the first message of TLS
 * @param idleMillis for which one whose TLS ends here is kept between two requests
 * @param silentMillis how often a request over one of these is looked at, and ended where no byte has passed since
 */
public record Bounds(
        int tunnels,
        int tunnelsOfOneRun,
        long waiting,
        long waitingOfOneRun,
        int eventsOfOneRun,
        int refusalsOfOneRun,
        long lookUpMillis,
        int connectMillis,
        long greetingMillis,
        long idleMillis,
        long silentMillis) {
    public static final Bounds USUAL =
            new Bounds(8192, 128, 64 << 20, 4 << 20, 4096, 1024, 5_000, 5_000, 10_000, 60_000, 600_000);

    /** Addresses of one name that are tried. */
    static final int ADDRESSES_TRIED_MOST = 4;

    /** Addresses of one name that are looked at; a name with more is refused. */
    static final int ADDRESSES_MOST = 64;
}
