package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;

/** Requests of HTTP. What both lists name is meant; one of them can be left out. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HttpRequests(
        @JsonPropertyDescription(
                "Methods in upper case, such as GET and HEAD. Empty or absent: every method but CONNECT and TRACE.")
        @Size(max = Bounds.HTTP_METHODS)
        List<@Size(min = 1, max = Bounds.HTTP_METHOD) String> methods,

        @JsonPropertyDescription(
                "Paths, without a query: * stands for any text within one segment, ** for any number of segments, such as /repos/**. Empty or absent: every path.")
        @Size(max = Bounds.HTTP_PATHS)
        List<@Size(min = 1, max = Bounds.HTTP_PATH) String> paths,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public HttpRequests {
        methods = Stored.list(methods);
        paths = Stored.list(paths);
        unknown = Stored.unknown(unknown);
    }
}
