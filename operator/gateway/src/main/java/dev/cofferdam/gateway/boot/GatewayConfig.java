package dev.cofferdam.gateway.boot;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How this gateway is set up. */
@ConfigMapping(prefix = "cofferdam.gateway")
public interface GatewayConfig {
    /** Holds {@code tls.crt}, {@code tls.key} and {@code session.key}; all three are read again when they change. */
    @WithDefault("/etc/cofferdam/tls")
    Path tlsDir();

    /** May hold authorities of servers beside the usual ones, in files of any name; read again when they change. */
    @WithDefault("/etc/cofferdam/trust")
    Path trustDir();

    /** May hold {@code declared} with files of any name, and {@code values} with a file for each credential; read again when they change. */
    @WithDefault("/etc/cofferdam/credentials")
    Path credentialsDir();

    /** How often the files are looked at. */
    @WithDefault("3s")
    Duration tlsPoll();

    @WithDefault("0.0.0.0")
    String host();

    /** 0 is any free port. */
    @WithDefault("8443")
    int port();

    /** Where whoever is not isolated reaches us; 0 is any free port, which no sandbox tries. */
    @WithDefault("8444")
    int canaryPort();

    /** The API server's address inside the cluster, as the kubelet tells every container. */
    @WithDefault("${KUBERNETES_SERVICE_HOST}")
    String apiServer();

    @WithDefault("${KUBERNETES_SERVICE_PORT:443}")
    int apiServerPort();

    /** Port of every node's kubelet. */
    @WithDefault("10250")
    int kubeletPort();

    /** Addresses of the cluster's name servers; without any, those of this pod. */
    Optional<List<String>> clusterDns();

    /** How long a new pod's network rules may lag. At most 20 s: building the box waits as long. */
    @WithDefault("10s")
    Duration gatePatience();

    /** Name of this process in the audit record: the pod's name. */
    @WithDefault("${HOSTNAME:local}")
    String instance();

    /** Connections at one time, in all. */
    @WithDefault("4096")
    int connections();

    /** Connections at one time from one address. */
    @WithDefault("8")
    int connectionsOfOneAddress();

    /** Where what runs have changed is kept until it is committed. Replicas may share it. */
    @WithDefault("/var/lib/cofferdam/contents")
    Path contentsDir();

    /** Bytes of all of it together. */
    @WithDefault("1073741824")
    long contentsBytes();

    /** How long each is kept: so long changes may be approved. */
    @WithDefault("24h")
    Duration contentsTtl();

    /** How long a request waits for its pod to be claimed, and for the pod's address to be known. */
    @WithDefault("10s")
    Duration claimPatience();

    /** How long facts may take to be stored when this process is told to stop. */
    @WithDefault("15s")
    Duration leavePatience();
}
