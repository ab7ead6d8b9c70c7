package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** How a tool speaks to a host. Written in lower case, as in a Wassette policy file. */
public enum NetworkProtocol {
    /** HTTP that the gateway can read. */
    @JsonProperty("http")
    Http,

    /** HTTP in a TLS tunnel. */
    @JsonProperty("https")
    Https,

    /** Any bytes over TCP, HTTP with or without TLS among them. */
    @JsonProperty("tcp")
    Tcp,

    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static NetworkProtocol of(String text) {
        return switch (text) {
            case "http" -> Http;
            case "https" -> Https;
            case "tcp" -> Tcp;
            default -> Unrecognized;
        };
    }

    /** As it is written in a policy. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
