package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.Ranges;
import dev.cofferdam.record.Reason;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Why the box refused what its supervisor tells of. The word is ours, by the kind of what was tried, and never the sandbox's own: alerts match it. It is the one
 * that a decision has of the same where no rule covers it; the box asks for no more.
 */
final class BoxRefusal {
    private BoxRefusal() {}

    /** What is on record of the event beside what it says itself. */
    static Map<String, String> detail(SupervisorFrame.Event event) {
        if (event.result() != AuditResult.Denied) {
            return event.detail();
        }
        Map<String, String> detail = new TreeMap<>(event.detail());
        detail.put("reason", reason(event).name());
        return detail;
    }

    private static Reason reason(SupervisorFrame.Event event) {
        if (event.type() == AuditEventType.ProcessExec) {
            return Reason.ProgramNotAllowed;
        }
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
