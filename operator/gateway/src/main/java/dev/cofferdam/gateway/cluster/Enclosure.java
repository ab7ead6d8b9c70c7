package dev.cofferdam.gateway.cluster;

import dev.cofferdam.gateway.channel.Gate;
import dev.cofferdam.gateway.channel.Gate.Address;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What must be closed to every sandbox of this cluster. Pure.
 *
 * @param canaryPort of the gateway
 * @param apiServer its address inside the cluster
 * @param kubeletPort on the pod's own node
 * @param clusterDns addresses of the cluster's name servers
 * @param patience how long rules may lag behind a new pod
 */
public record Enclosure(
        int canaryPort,
        String apiServer,
        int apiServerPort,
        int kubeletPort,
        List<String> clusterDns,
        Duration patience) {
    private static final int DNS_PORT = 53;

    /** @param pod whose node is known */
    Gate gate(Pod pod) {
        Stream<Address> kubelet = Stream.concat(
                        Stream.of(pod.getStatus().getHostIP()),
                        pod.getStatus().getHostIPs().stream().map(ip -> ip.getIp()))
                .filter(Objects::nonNull)
                .distinct()
                .map(node -> new Address("tcp", at(node, kubeletPort)));
        Stream<Address> dns = clusterDns.stream()
                .flatMap(server -> Stream.of("tcp", "udp").map(network -> new Address(network, at(server, DNS_PORT))));
        Stream<Address> first =
                Stream.of(new Address("tcp", at("", canaryPort)), new Address("tcp", at(apiServer, apiServerPort)));
        return new Gate(Stream.of(first, kubelet, dns).flatMap(s -> s).toList(), patience);
    }

    private static String at(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
