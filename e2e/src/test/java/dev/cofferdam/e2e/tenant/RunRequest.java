package dev.cofferdam.e2e.tenant;

import dev.cofferdam.api.v1alpha1.ClaimSource;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.ConfigMapSource;
import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import dev.cofferdam.api.v1alpha1.InlineFile;
import dev.cofferdam.api.v1alpha1.OutputMode;
import dev.cofferdam.api.v1alpha1.PolicyReference;
import dev.cofferdam.api.v1alpha1.RunMode;
import dev.cofferdam.api.v1alpha1.StdinEncoding;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.api.v1alpha1.Workspace;
import dev.cofferdam.api.v1alpha1.WorkspaceSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** What an agent asks for: a ToolRun's spec, built a field at a time. */
public record RunRequest(
        String policy,
        RunMode mode,
        String tool,
        List<String> args,
        String stdin,
        StdinEncoding stdinEncoding,
        List<EnvironmentVariable> env,
        List<String> secrets,
        WorkspaceSource source,
        List<String> outputs,
        String timeout,
        String ttl,
        String key,
        OutputMode outputMode,
        Commit commit) {

    /** The tool {@code sh} of the tenant's policy, which runs {@code script} by {@code sh -c}. */
    public static RunRequest shell(String script) {
        return tool("sh", script);
    }

    public static RunRequest tool(String tool, String... args) {
        return new RunRequest(
                Tenant.POLICY,
                null,
                tool,
                List.of(args),
                null,
                null,
                List.of(),
                List.of(),
                null,
                List.of(),
                null,
                null,
                null,
                null,
                null);
    }

    public RunRequest withPolicy(String name) {
        return new RunRequest(
                name,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    /** Only the decision is asked for. */
    public RunRequest decideOnly() {
        return new RunRequest(
                policy,
                RunMode.DecideOnly,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    public RunRequest withStdin(String text) {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                text,
                null,
                env,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    public RunRequest withStdin(byte[] bytes) {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                Base64.getEncoder().encodeToString(bytes),
                StdinEncoding.Base64,
                env,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    public RunRequest withEnv(String name, String value) {
        List<EnvironmentVariable> more = new ArrayList<>(env);
        more.add(new EnvironmentVariable(name, value));
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                more,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    /** A file that the run brings itself, below /workspace. */
    public RunRequest withFile(String path, String content) {
        List<InlineFile> more = new ArrayList<>(source == null ? List.of() : source.inline());
        more.add(new InlineFile(path, content));
        return withSource(new WorkspaceSource(more, null, null));
    }

    /** The files of a volume. */
    public RunRequest withClaim(String claim, String subPath) {
        return withSource(new WorkspaceSource(List.of(), new ClaimSource(claim, subPath), null));
    }

    /** The files of a ConfigMap. */
    public RunRequest withConfigMap(String name) {
        return withSource(new WorkspaceSource(List.of(), null, new ConfigMapSource(name)));
    }

    /** Files of the workspace that come back. */
    public RunRequest withOutputs(String... paths) {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                secrets,
                source,
                List.of(paths),
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    private RunRequest withSource(WorkspaceSource other) {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                secrets,
                other,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    public RunRequest withSecrets(String... names) {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                List.of(names),
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    public RunRequest withTimeout(String timeout) {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    public RunRequest withTtl(String ttl) {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    /** What is to be done with what the tool changes. */
    public RunRequest withCommit(Commit other) {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                other);
    }

    /** More output than is kept is a failure. */
    public RunRequest withWholeOutput() {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                OutputMode.Fail,
                commit);
    }

    public RunRequest withKey(String key) {
        return new RunRequest(
                policy,
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                secrets,
                source,
                outputs,
                timeout,
                ttl,
                key,
                outputMode,
                commit);
    }

    ToolRunSpec spec() {
        return new ToolRunSpec(
                new PolicyReference(policy),
                mode,
                tool,
                args,
                stdin,
                stdinEncoding,
                env,
                source == null && outputs.isEmpty() ? null : new Workspace(source, outputs, commit, null, null),
                null,
                secrets,
                timeout,
                ttl,
                outputMode,
                key,
                null,
                null);
    }
}
