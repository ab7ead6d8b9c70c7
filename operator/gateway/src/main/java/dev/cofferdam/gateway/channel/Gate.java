package dev.cofferdam.gateway.channel;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a sandbox must not reach, lest its tool be started; the supervisor tries it.
 *
 * @param closed not empty
 * @param patience how long rules may lag behind the pod
 */
public record Gate(List<Address> closed, Duration patience) {
    /**
     * @param network {@code tcp} or {@code udp}
     * @param address {@code ip:port}; {@code :port} is on the gateway's own address, the one that the supervisor dialled
     */
    public record Address(String network, String address) {
        /** As a result names it. */
        @Override
        public String toString() {
            return network + "/" + address;
        }
    }

    public Gate {
        closed = List.copyOf(closed);
    }

    Set<String> names() {
        return closed.stream().map(Address::toString).collect(Collectors.toUnmodifiableSet());
    }
}
