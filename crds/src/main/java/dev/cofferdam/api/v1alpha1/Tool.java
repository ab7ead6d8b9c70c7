package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/** One tool that may run: an image and the program in it. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Tool(
        String name,
        String image,
        List<String> command,
        Boolean idempotent) {
    public Tool {
        command = command == null ? List.of() : List.copyOf(command);
    }
}
