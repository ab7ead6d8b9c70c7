package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.List;
import java.util.Map;

/** Hosts by name, or addresses by range; never both in one rule. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NetworkRule(
        @JsonPropertyDescription("A host name in ASCII, or *. and a domain for all names below it, or * for all names.")
        @Size(max = Bounds.SUBDOMAIN + 2)
        String host,

        @JsonPropertyDescription("A range of addresses such as 203.0.113.0/24 or 2001:db8::/32.")
        @Size(max = Bounds.CIDR)
        String cidr,

        @JsonPropertyDescription("One port, 1 to 65535. Absent: see ports.") @Min(1) @Max(65_535)
        Integer port,

        @JsonPropertyDescription(
                "Ports, each a number or a range such as \"8000-8100\". Absent as port is: 80 for http and 443 for https; all ports under deny.")
        @Size(max = Bounds.PORTS)
        List<IntOrString> ports,

        @JsonPropertyDescription("http, https or tcp. Absent: http and https; everything under deny.")
        NetworkProtocol protocol,

        @JsonPropertyDescription(
                "Of HTTP, the requests that are allowed. Only under allow, and with protocol: http, or protocol: https and inspect: true. Absent: all.")
        HttpRequests http,

        @JsonPropertyDescription(
                "Whether the gateway ends the tool's TLS with a certificate of the run's own, verifies the server itself, and reads, records and holds each request. Only under allow, with a host and protocol: https; no rule may let the same connections through unread. Absent: false.")
        Boolean inspect,

        @JsonPropertyDescription(
                "A credential that the gateway adds to each request, in the place of what the tool sends. Only with inspect: true. Absent: none.")
        Injection inject,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public NetworkRule {
        ports = Stored.list(ports);
        unknown = Stored.unknown(unknown);
    }
}
