package dev.cofferdam.gateway.channel;

import dev.cofferdam.record.Reason;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The order to stop that a supervisor was given, if it was. There is one; the first stays. Not thread-safe. */
final class StopOrder {
    /** Stops that somebody asked for; all others take away what a policy had granted. */
    private static final Set<Reason> WISHES = EnumSet.of(Reason.Cancelled, Reason.Deleted);

    private Optional<String> reason = Optional.empty();
    private boolean hindered;

    static boolean isWish(Reason reason) {
        return WISHES.contains(reason);
    }

    boolean isGiven() {
        return reason.isPresent();
    }

    void give(String why) {
        reason = Optional.of(why);
    }

    /** Why; empty where it is not given. */
    Optional<String> reason() {
        return reason;
    }

    /** As the supervisor gets it: what is quarantined is frozen, all else is killed. */
    Optional<GatewayFrame> frame() {
        return reason.map(why -> isToFreeze() ? new GatewayFrame.Freeze(why) : new GatewayFrame.Stop(why));
    }

    boolean isToFreeze() {
        return reason.filter(Reason.Quarantined.name()::equals).isPresent();
    }

    /** The tool's connections were cut, or it was refused one, after the order was given. */
    void hinders() {
        hindered = true;
    }

    /** Whether the tool may have seen that its connections were stopped before it was: how it ended then is not its own. */
    boolean hindered() {
        return hindered;
    }
}
