package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.policy.Floor;
import dev.cofferdam.policy.match.Address;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterAddressesTest {
    private static final Node NODE = Serialization.unmarshal("""
            apiVersion: v1
            kind: Node
            metadata:
              name: n
              uid: n
              annotations:
                flannel.alpha.coreos.com/backend-data: '{"VNI":1,"VtepMAC":"5e:ef:7b:aa:0d:41"}'
                projectcalico.org/IPv4VXLANTunnelAddr: 10.42.7.192
                projectcalico.org/IPv6Address: fd12::5/64
                network.cilium.io/ipv4-cilium-host: 10.42.9.77
                k8s.ovn.org/host-cidrs: '["172.18.0.3/16","fc00:f853::3/64"]'
            spec: {podCIDRs: [10.42.1.0/24, 'fd00:42::/64']}
            status: {addresses: [{type: InternalIP, address: 192.168.5.6}, {type: Hostname, address: n}]}
            """, Node.class);

    /** Wherever a network plugin puts the node itself: there are the kubelet, and what listens on all of its addresses. */
    @ParameterizedTest
    @CsvSource({
        "192.168.5.6, true",
        "10.42.1.0, true",
        "10.42.1.1, true",
        "fd00:42::, true",
        "fd00:42::1, true",
        "10.42.7.192, true",
        "fd12::5, true",
        "10.42.9.77, true",
        "172.18.0.3, true",
        "fc00:f853::3, true",
        "10.42.1.2, false",
        "10.42.7.191, false",
        "172.18.0.4, false",
    })
    void aNodeIsOnTheFloorByEachOfItsAddresses(String address, boolean isOn) {
        ClusterAddresses addresses = new ClusterAddresses(List.of());
        addresses.put(NODE);
        assertThat(holds(addresses.floor(), address)).isEqualTo(isOn);
        addresses.remove(NODE);
        assertThat(holds(addresses.floor(), address)).isFalse();
    }

    private static boolean holds(Floor floor, String address) {
        Address one = Address.parse(address).orElseThrow();
        return floor.ofCluster().stream().anyMatch(block -> block.contains(one));
    }
}
