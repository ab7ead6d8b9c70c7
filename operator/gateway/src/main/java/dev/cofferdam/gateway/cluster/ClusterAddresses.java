package dev.cofferdam.gateway.cluster;

import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.match.Address;
import dev.cofferdam.policy.match.AddressBlock;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Addresses of this cluster that no policy opens: nodes, the API server, the name servers, sandboxes, and our own parts. As far as the API server has told, and what
 * is configured. Thread-safe.
 */
public final class ClusterAddresses {
    /** What stands between two addresses in any text. */
    private static final Pattern NO_ADDRESS = Pattern.compile("[^0-9A-Fa-f:.]+");

    /** Of one node: plugins write fewer than ten. */
    private static final int ANNOTATED_MOST = 64;

    private final List<AddressBlock> configured;
    private final Map<String, List<AddressBlock>> told = new HashMap<>();
    private Floor floor;

    /** @param configured addresses that are known without asking; what is none is left out, a name for example */
    public ClusterAddresses(List<String> configured) {
        this.configured = blocks(configured.stream());
    }

    public synchronized Floor floor() {
        Floor known = floor;
        if (known == null) {
            List<AddressBlock> all = new ArrayList<>(configured);
            told.values().forEach(all::addAll);
            known = new Floor(all.stream().distinct().toList());
            floor = known;
        }
        return known;
    }

    /**
     * Its addresses; the first two of each range of its pods, where the node itself is often found: flannel has the one, bridges have the other; and whatever is an address in its
     * annotations, where network plugins that take any of the range write which one it is, each in its own way. One too many is closed, too: annotations of nodes are written by who runs the cluster.
     */
    void put(Node node) {
        Stream<String> own = node.getStatus() == null
                ? Stream.of()
                : node.getStatus().getAddresses().stream().map(NodeAddress::getAddress);
        List<AddressBlock> blocks = new ArrayList<>(blocks(own));
        node.getSpec().getPodCIDRs().stream()
                .flatMap(range -> AddressBlock.parse(range).found().stream())
                .map(AddressBlock::first)
                .flatMap(first -> Stream.of(first, new Address(first.v6(), first.high(), first.low() + 1)))
                .map(AddressBlock::of)
                .forEach(blocks::add);
        Stream.ofNullable(node.getMetadata().getAnnotations())
                .flatMap(annotations -> annotations.values().stream())
                .flatMap(NO_ADDRESS::splitAsStream)
                .map(Address::parse)
                .flatMap(Optional::stream)
                .distinct()
                .limit(ANNOTATED_MOST)
                .map(AddressBlock::of)
                .forEach(blocks::add);
        put(node, blocks);
    }

    void put(Pod pod) {
        Stream<String> own = pod.getStatus() == null
                ? Stream.of()
                : Stream.concat(
                        Stream.ofNullable(pod.getStatus().getPodIP()),
                        pod.getStatus().getPodIPs().stream().map(PodIP::getIp));
        put(pod, blocks(own));
    }

    void put(Service service) {
        put(
                service,
                blocks(Stream.of(
                                service.getSpec().getClusterIPs().stream(),
                                service.getSpec().getExternalIPs().stream(),
                                Stream.ofNullable(service.getStatus())
                                        .flatMap(status -> Stream.ofNullable(status.getLoadBalancer()))
                                        .flatMap(balancer -> balancer.getIngress().stream())
                                        .flatMap(ingress -> Stream.ofNullable(ingress.getIp())))
                        .flatMap(s -> s)));
    }

    void put(EndpointSlice slice) {
        put(
                slice,
                blocks(slice.getEndpoints().stream().map(Endpoint::getAddresses).flatMap(List::stream)));
    }

    private synchronized void put(HasMetadata of, List<AddressBlock> blocks) {
        List<AddressBlock> before = told.put(key(of), blocks);
        if (!blocks.equals(before)) {
            floor = null;
        }
    }

    synchronized void remove(HasMetadata gone) {
        told.remove(key(gone));
        floor = null;
    }

    private static String key(HasMetadata object) {
        return object.getKind() + "/" + object.getMetadata().getUid();
    }

    private static List<AddressBlock> blocks(Stream<String> addresses) {
        return addresses
                .map(Address::parse)
                .flatMap(Optional::stream)
                .map(AddressBlock::of)
                .distinct()
                .toList();
    }
}
