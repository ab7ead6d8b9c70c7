package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/** What the tools of one policy may do. Empty grants nothing. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SandboxPolicySpec(
        Trust trust,
        Isolation isolation,
        List<Tool> tools,
        Permissions permissions,
        PolicyState state) {
    public SandboxPolicySpec {
        tools = tools == null ? List.of() : List.copyOf(tools);
    }
}
