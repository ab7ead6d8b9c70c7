package dev.cofferdam.gateway.egress;

import dev.cofferdam.gateway.egress.credentials.Credentials;
import dev.cofferdam.gateway.egress.tls.RunAuthorities;
import dev.cofferdam.gateway.egress.tls.ServerTrust;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What there is for tunnels whose TLS ends here. Thread-safe.
 *
 * @param authorities what tools trust
 * @param trust what we trust
 * @param credentials what may be added
 */
public record Inspector(RunAuthorities authorities, ServerTrust trust, Credentials credentials, AtomicInteger open) {
    /** At one time: each has both sides' buffers and keys, some tens of KiB, and all share one heap. */
    static final int TUNNELS_MOST = 1024;

    public Inspector(RunAuthorities authorities, ServerTrust trust) {
        this(authorities, trust, new Credentials(), new AtomicInteger());
    }

    /** Whether one more fits. */
    boolean enter() {
        if (open.incrementAndGet() <= TUNNELS_MOST) {
            return true;
        }
        open.decrementAndGet();
        return false;
    }

    void leave() {
        open.decrementAndGet();
    }
}
