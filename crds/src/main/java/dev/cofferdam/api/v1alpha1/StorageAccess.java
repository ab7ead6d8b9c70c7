package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What is done with a file. Written in lower case, as in a Wassette policy file. */
public enum StorageAccess {
    /** Its content is read, or its directory listed. */
    @JsonProperty("read")
    Read,

    /** It is made, changed or removed. */
    @JsonProperty("write")
    Write,

    /** A value of another version of this API: never written, always refused. */
    Unrecognized;

    @JsonCreator
    static StorageAccess of(String text) {
        return switch (text) {
            case "read" -> Read;
            case "write" -> Write;
            default -> Unrecognized;
        };
    }

    /** As it is written in a policy. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
