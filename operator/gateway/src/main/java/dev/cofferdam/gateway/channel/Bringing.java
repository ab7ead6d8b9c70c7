package dev.cofferdam.gateway.channel;

import java.util.Optional;

/** What a run has changed, on its way here, and what is kept of it. A supervisor that resumes brings it again. Not thread-safe. */
final class Bringing {
    /** Once for each connection, and few connections break. */
    private static final int MOST = 4;

    private Optional<KeptContents> kept = Optional.empty();
    private boolean underWay;
    private int begun;

    /** Begins, and then {@link #over} is to be told; false where one is under way, or there were too many. What was brought before is gone. */
    boolean begin() {
        if (underWay || begun == MOST) {
            return false;
        }
        underWay = true;
        begun++;
        kept = Optional.empty();
        return true;
    }

    /** @param now empty where nothing is kept */
    void over(Optional<KeptContents> now) {
        underWay = false;
        kept = now;
    }

    /** Whether it is kept, or is on its way to that. */
    boolean isAny() {
        return underWay || kept.isPresent();
    }

    Optional<KeptContents> kept() {
        return kept;
    }

    /** Whether what a supervisor says that it has brought, if it says so, is what is kept. */
    boolean isAsTold(SupervisorFrame.Changes told) {
        return told.contents()
                .map(said -> kept.filter(it -> it.sha256().equals(said.sha256()) && it.bytes() == said.bytes())
                        .isPresent())
                .orElse(true);
    }
}
