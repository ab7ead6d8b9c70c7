package dev.cofferdam.policy;

import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.AddressBlock;
import dev.cofferdam.policy.match.Ranges;
import java.util.List;

/**
 * Addresses that no policy opens. Those of every host and of clouds are known here; those of this cluster (nodes, API server, cluster DNS, sandbox pods, our own
 * parts) come from whoever asks.
 */
public record Floor(List<AddressBlock> ofCluster) {
    public static final Floor EVERYWHERE = new Floor(List.of());

    public Floor {
        ofCluster = List.copyOf(ofCluster);
    }

    boolean holds(Address address) {
        return Ranges.isNever(address)
                || isOfCluster(address)
                || Ranges.hidden(address).filter(this::isOfCluster).isPresent();
    }

    private boolean isOfCluster(Address address) {
        return ofCluster.stream().anyMatch(block -> block.contains(address));
    }
}
