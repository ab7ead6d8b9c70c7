package dev.cofferdam.gateway.egress;

import dev.cofferdam.gateway.egress.credentials.Credentials;
import dev.cofferdam.gateway.egress.tls.RunAuthorities;
import dev.cofferdam.gateway.egress.tls.ServerTrust;

/**
 * What there is for tunnels whose TLS ends here. Thread-safe.
 *
 * @param authorities what tools trust
 * @param trust what we trust
 * @param credentials what may be added
 * @param open how many there are
 */
public record Inspector(RunAuthorities authorities, ServerTrust trust, Credentials credentials, Shares open) {
    /** At one time: each has both sides' buffers and keys, some tens of KiB, and all share one heap. A quarter of them is for one namespace, and a quarter of that for one run. */
    static final int TUNNELS_MOST = 1024;

    public Inspector(RunAuthorities authorities, ServerTrust trust) {
        this(authorities, trust, new Credentials(), new Shares(TUNNELS_MOST));
    }
}
