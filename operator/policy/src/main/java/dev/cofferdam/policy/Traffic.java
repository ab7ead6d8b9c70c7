package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.EffectiveNetworkLimits;
import dev.cofferdam.api.v1alpha1.NetworkLimits;
import io.fabric8.kubernetes.api.model.Quantity;

/**
 * What may cross the gateway in one attempt, all its connections together.
 *
 * @param connections that are let through
 * @param requests of HTTP that are let through, where it can be read
 * @param bytesUp from the tool
 * @param bytesDown to the tool
 */
public record Traffic(int connections, int requests, long bytesUp, long bytesDown) {
    public static final Traffic DEFAULTS = new Traffic(4096, 65_536, 1L << 30, 8L << 30);

    static final Traffic NOTHING = new Traffic(0, 0, 0, 0);

    /** The less of both, each by each; a claim of an earlier version says nothing. */
    Traffic within(EffectiveNetworkLimits claimed) {
        if (claimed == null) {
            return this;
        }
        return new Traffic(
                claimed.connections() == null ? connections : Math.min(connections, claimed.connections()),
                claimed.requests() == null ? requests : Math.min(requests, claimed.requests()),
                claimed.bytesUp() == null ? bytesUp : Math.min(bytesUp, claimed.bytesUp()),
                claimed.bytesDown() == null ? bytesDown : Math.min(bytesDown, claimed.bytesDown()));
    }

    EffectiveNetworkLimits effective() {
        return new EffectiveNetworkLimits(connections, requests, bytesUp, bytesDown);
    }

    /** As a policy says it; the defaults are not spelled out. */
    NetworkLimits print() {
        return equals(DEFAULTS)
                ? null
                : new NetworkLimits(
                        connections,
                        requests,
                        new Quantity(Long.toString(bytesUp)),
                        new Quantity(Long.toString(bytesDown)),
                        null);
    }
}
