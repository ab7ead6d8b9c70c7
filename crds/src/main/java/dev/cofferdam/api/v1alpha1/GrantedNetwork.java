package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Hosts by name, or addresses by range, and what is granted, or denied, of them. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GrantedNetwork(
        @JsonPropertyDescription("A name, or *. and a domain for all names below it, or * for all names.")
        @Size(max = Bounds.SUBDOMAIN + 2)
        String host,

        @JsonPropertyDescription("A range of addresses. Either this or host.") @Size(max = Bounds.CIDR)
        String cidr,

        @JsonPropertyDescription("Ports and ranges of ports, in order.") @Size(max = Bounds.PORTS)
        List<@Size(max = Bounds.PORT_TEXT) String> ports,

        @JsonPropertyDescription("http, https or tcp.") NetworkProtocol protocol,

        @JsonPropertyDescription("Of HTTP, the requests that are granted. Absent: all.")
        GrantedRequests http,

        @JsonPropertyDescription("Whether TLS ends at the gateway, so that requests are read. Absent: false.")
        Boolean inspect,

        @JsonPropertyDescription("The credential that the gateway adds to requests. Absent: none.")
        GrantedInjection inject) {
    public GrantedNetwork {
        ports = Stored.list(ports);
    }
}
