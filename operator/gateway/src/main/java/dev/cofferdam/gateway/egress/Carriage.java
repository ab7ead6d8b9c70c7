package dev.cofferdam.gateway.egress;

import dev.cofferdam.api.v1alpha1.AuditResult;
import java.util.Map;

/** How a tunnel carries what passes, once it is known what that is. All of it happens on the tunnel's event loop, but for {@link #record}. */
interface Carriage extends Upstream.Listener {
    /** The server is there. */
    void connected(Upstream open);

    /**
     * Puts on record what is not yet. From whatever thread; with the run's lock; once, as the last.
     *
     * @param why what there is to say of the end
     */
    void record(AuditResult result, Map<String, String> why);
}
