package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/** One call. Immutable, but for cancel, which may go from false to true. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ToolRunSpec(
        PolicyReference policyRef,
        String tool,
        List<String> args,
        String stdin,
        StdinEncoding stdinEncoding,
        List<EnvironmentVariable> env,
        String timeout,
        String ttlAfterFinished,
        Boolean cancel) {
    public ToolRunSpec {
        args = args == null ? List.of() : List.copyOf(args);
        env = env == null ? List.of() : List.copyOf(env);
    }
}
