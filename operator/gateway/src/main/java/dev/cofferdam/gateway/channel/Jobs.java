package dev.cofferdam.gateway.channel;

import dev.cofferdam.policy.Connections;
import dev.cofferdam.record.Reason;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Jobs and their standing. */
public interface Jobs {
    /** The job of a run, by a fresh read of its policy. Bounded in time; never fails, but answers {@link HandOver.Unavailable}. */
    CompletionStage<HandOver> job(Claim claim);

    /** Where a running tool may connect to, by what is known here without asking; nowhere while nothing is. */
    Connections connections(Claim claim);

    /** Why a running tool must be stopped now, by what is known here without asking. */
    Optional<Reason> stop(Claim claim);

    /** How many of the events that the run's supervisor told are stored, by what is known here without asking: whoever takes it over goes on after them. */
    int told(Claim claim);

    /** Runs whose changes are kept, here or at another replica, and that nobody has decided about, by what is known here without asking. */
    Set<Undecided> undecided();
}
