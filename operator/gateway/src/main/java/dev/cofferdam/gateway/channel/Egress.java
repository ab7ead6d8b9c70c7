package dev.cofferdam.gateway.channel;

import io.vertx.core.http.HttpServerRequest;

/** The way out of the runs of this replica. Nothing here waits. */
public interface Egress {
    /** The pod of a live run asks for a tunnel. The request is paused; it gets its answer from here. */
    void open(HttpServerRequest request, Claim claim);

    /** PEM of the authority by whose certificates a run's tool is shown what TLS ends here. */
    String authority(Claim claim);

    /** Something has changed that may take away what a run has open. */
    void reconsider(Claim claim);

    /** Puts on record what was denied and only counted so far. */
    void tally(Claim claim);

    /** This replica is told to stop: what the tool has open by it ends, and nothing more is opened. When this returns, all that it had is on record. */
    void leave(Claim claim);

    /**
     * The tool is to have nothing open any longer. When this returns, all that it had is on record.
     *
     * @return whether it had anything open, and so may see that it was cut
     */
    boolean close(Claim claim);
}
