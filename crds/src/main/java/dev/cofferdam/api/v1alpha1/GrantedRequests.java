package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Requests of HTTP that are granted. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GrantedRequests(
        @JsonPropertyDescription("Methods, in order. Empty or absent: every method.") @Size(max = Bounds.HTTP_METHODS)
        List<@Size(max = Bounds.HTTP_METHOD) String> methods,

        @JsonPropertyDescription("Patterns of paths, in order. Empty or absent: every path.")
        @Size(max = Bounds.HTTP_PATHS)
        List<@Size(max = Bounds.HTTP_PATH) String> paths) {
    public GrantedRequests {
        methods = Stored.list(methods);
        paths = Stored.list(paths);
    }
}
