package dev.cofferdam.gateway.audit;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.api.v1alpha1.AuditSource;
import dev.cofferdam.record.AuditChain;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The chains of the runs that this gateway holds a channel of, one for each run. Every event is also a line of the stream, at once. Thread-safe. */
public final class RunAudit {
    private final Map<String, AuditChain> chains = new ConcurrentHashMap<>();
    private final InstantSource clock;
    private final Consumer<AuditChain> stream;

    /** @param stream takes a chain with its new event; is called in the order of each chain */
    public RunAudit(InstantSource clock, Consumer<AuditChain> stream) {
        this.clock = clock;
        this.stream = stream;
    }

    /** Starts the run's chain, unless there is one. */
    public void begin(String runUid, Supplier<AuditChain> chain) {
        chains.computeIfAbsent(runUid, uid -> chain.get());
    }

    /** Adds to a chain that was begun, and returns the chain's new state. */
    public AuditSource append(
            String runUid,
            AuditEventType type,
            String resource,
            String action,
            AuditResult result,
            Map<String, String> detail) {
        return chains.compute(runUid, (uid, chain) -> {
                    AuditChain longer = chain.append(clock.instant(), type, resource, action, result, detail);
                    stream.accept(longer);
                    return longer;
                })
                .state();
    }

    /** A run's chain so far; empty where none was begun. */
    public Optional<AuditSource> of(String runUid) {
        return Optional.ofNullable(chains.get(runUid)).map(AuditChain::state);
    }

    /** Forgets a run that is over. */
    public void end(String runUid) {
        chains.remove(runUid);
    }
}
