package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.Ranges;
import dev.cofferdam.record.AccessReason;
import dev.cofferdam.record.Reason;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Why that came to nothing of which a supervisor tells. The word is ours, by the kind of what was tried, and never the sandbox's own: alerts match it. Where no rule
 * covers it, it is the one that a decision has of the same; the box asks for no more. Else it is that of a tunnel.
 */
final class BoxRefusal {
    private BoxRefusal() {}

    /** What is on record of the event beside what it says itself. */
    static Map<String, String> detail(SupervisorFrame.Event event) {
        if (event.result() == AuditResult.Allowed) {
            return event.detail();
        }
        Map<String, String> detail = new TreeMap<>(event.detail());
        String cause = detail.remove(EventForm.CAUSE);
        detail.put(
                "reason",
                event.type() == AuditEventType.ProcessExec
                        ? Reason.ProgramNotAllowed.name()
                        : reason(event, SupervisorFrame.Cause.valueOf(cause)));
        return detail;
    }

    private static String reason(SupervisorFrame.Event event, SupervisorFrame.Cause cause) {
        return switch (cause) {
            case NotAllowed -> uncovered(event).name();
            case NoRoom ->
                (event.action().equals(EventForm.RESOLVE) ? AccessReason.TooManyNames : AccessReason.TooManyConnections)
                        .name();
            case GatewayUnreachable -> AccessReason.GatewayUnreachable.name();
            case Abandoned -> AccessReason.Abandoned.name();
        };
    }

    private static Reason uncovered(SupervisorFrame.Event event) {
        // A private address is asked for by a range of its own; of any other one, and of a name, no rule speaks.
        return address(event.resource()).filter(Ranges::isSpecial).isPresent()
                ? Reason.AddressNotAllowed
                : Reason.HostNotAllowed;
    }

    /** Of an address and a port. */
    private static Optional<Address> address(String resource) {
        int colon = resource.lastIndexOf(':');
        return colon < 0 ? Optional.empty() : Address.parse(resource.substring(0, colon));
    }
}
