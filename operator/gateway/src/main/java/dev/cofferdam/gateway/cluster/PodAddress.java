package dev.cofferdam.gateway.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import java.net.InetAddress;
import java.util.Objects;
import java.util.stream.Stream;

/** Whose pod a token is of, and from where its pod may speak. Pure. */
final class PodAddress {
    private PodAddress() {}

    static boolean isOfAnother(TokenSubject subject, Pod pod) {
        return !pod.getMetadata().getName().equals(subject.podName())
                || !pod.getMetadata().getNamespace().equals(subject.namespace());
    }

    static boolean isKnown(Pod pod) {
        return pod.getStatus() != null
                && pod.getStatus().getPodIP() != null
                && !pod.getStatus().getPodIP().isEmpty();
    }

    /** One that shares its node's addresses is nowhere. */
    static boolean isAt(Pod pod, String peer) {
        InetAddress from = InetAddress.ofLiteral(peer);
        return !Boolean.TRUE.equals(pod.getSpec().getHostNetwork())
                && Stream.concat(
                                Stream.of(pod.getStatus().getPodIP()),
                                pod.getStatus().getPodIPs().stream().map(ip -> ip.getIp()))
                        .filter(Objects::nonNull)
                        .anyMatch(address -> InetAddress.ofLiteral(address).equals(from));
    }
}
