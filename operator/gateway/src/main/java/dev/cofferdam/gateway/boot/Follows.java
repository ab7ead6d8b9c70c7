package dev.cofferdam.gateway.boot;

import java.util.List;
import org.jboss.logging.Logger;

/**
 * What is looked at again and again, each after the other. What one of them throws is logged, and nothing to the others: a bundle that nobody can read must not
 * keep the gateway from its own next certificate.
 */
record Follows(List<Runnable> looks) {
    private static final Logger LOG = Logger.getLogger(Follows.class);

    void all() {
        for (Runnable look : looks) {
            try {
                look.run();
            } catch (RuntimeException e) {
                LOG.error("files that are mounted cannot be followed", e);
            }
        }
    }
}
