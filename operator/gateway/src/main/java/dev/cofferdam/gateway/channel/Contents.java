package dev.cofferdam.gateway.channel;

import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.function.Consumer;

/** Where what runs have changed is kept until it is committed. Nothing here waits. */
public interface Contents {
    /** A pod that asks for what its run has changed. */
    sealed interface Committing {
        /** The committer of a run whose commit is decided, and what it may have. */
        record Of(ContentsOwner owner, String sha256, long bytes) implements Committing {}

        /** Anybody else. */
        record Refused(Refusal refusal, String detail) implements Committing {}

        /** It cannot be told, or must not be given, now; asking again may help. */
        record Later(String detail) implements Committing {}
    }

    /**
     * Takes the body of a request, which is paused and gets its answer from here. What the same owner has brought before is gone.
     *
     * @param bytesMost more is refused
     * @param then is told once, before the answer leaves; empty where nothing is kept
     */
    void take(HttpServerRequest request, ContentsOwner owner, long bytesMost, Consumer<Optional<KeptContents>> then);

    /** Answers a request with what its pod may have. */
    void give(HttpServerRequest request, Committing to);

    /** A run is settled or gone: nobody asks for what it has changed any more. */
    void forget(String runUid);
}
