package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;

/** Which programs the tools may start besides their own. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ExecPermissions(
        @JsonPropertyDescription("The programs. At most 256 rules. Empty or absent: none.")
        @Size(max = Bounds.EXEC_RULES)
        List<ExecRule> allow,

        @JsonPropertyDescription(
                "true: tools may also run machine code that is in no file of their image, which just-in-time compilers make (Java, .NET, "
                        + "Node.js, PyPy, LuaJIT). Without it such a compiler fails when it starts. Absent: false.")
        Boolean allowJit,

        @JsonAnySetter @JsonAnyGetter Map<String, Object> unknown) {
    public ExecPermissions {
        allow = Stored.list(allow);
        unknown = Stored.unknown(unknown);
    }
}
