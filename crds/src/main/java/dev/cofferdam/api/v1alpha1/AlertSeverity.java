package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** How bad it is when an alert fires. Written in lower case, as in a Wassette policy file. */
public enum AlertSeverity {
    @JsonProperty("info")
    Info,

    @JsonProperty("warning")
    Warning,

    @JsonProperty("critical")
    Critical,

    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static AlertSeverity of(String text) {
        return switch (text) {
            case "info" -> Info;
            case "warning" -> Warning;
            case "critical" -> Critical;
            default -> Unrecognized;
        };
    }

    /** As it is written in a policy. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
