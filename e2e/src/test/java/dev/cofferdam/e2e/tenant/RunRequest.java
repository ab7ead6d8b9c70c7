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
import java.util.function.Consumer;

/** What an agent asks for: a ToolRun's spec, built a field at a time. Each step is a request of its own, so that one may be the beginning of several. */
public final class RunRequest {
    private String policy = Tenant.POLICY;
    private RunMode mode;
    private String tool;
    private List<String> args = List.of();
    private String stdin;
    private StdinEncoding stdinEncoding;
    private List<EnvironmentVariable> env = List.of();
    private List<String> secrets = List.of();
    private WorkspaceSource source;
    private List<String> outputs = List.of();
    private String timeout;
    private String ttl;
    private String key;
    private OutputMode outputMode;
    private Commit commit;

    private RunRequest() {}

    private RunRequest(RunRequest other) {
        this.policy = other.policy;
        this.mode = other.mode;
        this.tool = other.tool;
        this.args = other.args;
        this.stdin = other.stdin;
        this.stdinEncoding = other.stdinEncoding;
        this.env = other.env;
        this.secrets = other.secrets;
        this.source = other.source;
        this.outputs = other.outputs;
        this.timeout = other.timeout;
        this.ttl = other.ttl;
        this.key = other.key;
        this.outputMode = other.outputMode;
        this.commit = other.commit;
    }

    private RunRequest with(Consumer<RunRequest> change) {
        RunRequest copy = new RunRequest(this);
        change.accept(copy);
        return copy;
    }

    /** The tool {@code sh} of the tenant's policy, which runs {@code script} by {@code sh -c}. */
    public static RunRequest shell(String script) {
        return tool("sh", script);
    }

    public static RunRequest tool(String tool, String... args) {
        return new RunRequest().with(request -> {
            request.tool = tool;
            request.args = List.of(args);
        });
    }

    public RunRequest withPolicy(String name) {
        return with(request -> request.policy = name);
    }

    /** Only the decision is asked for. */
    public RunRequest decideOnly() {
        return with(request -> request.mode = RunMode.DecideOnly);
    }

    public RunRequest withStdin(String text) {
        return withStdin(text, null);
    }

    public RunRequest withStdin(byte[] bytes) {
        return withStdin(Base64.getEncoder().encodeToString(bytes), StdinEncoding.Base64);
    }

    private RunRequest withStdin(String text, StdinEncoding encoding) {
        return with(request -> {
            request.stdin = text;
            request.stdinEncoding = encoding;
        });
    }

    public RunRequest withEnv(String name, String value) {
        List<EnvironmentVariable> more = new ArrayList<>(env);
        more.add(new EnvironmentVariable(name, value));
        return with(request -> request.env = more);
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

    private RunRequest withSource(WorkspaceSource source) {
        return with(request -> request.source = source);
    }

    /** Files of the workspace that come back. */
    public RunRequest withOutputs(String... paths) {
        return with(request -> request.outputs = List.of(paths));
    }

    public RunRequest withSecrets(String... names) {
        return with(request -> request.secrets = List.of(names));
    }

    public RunRequest withTimeout(String timeout) {
        return with(request -> request.timeout = timeout);
    }

    public RunRequest withTtl(String ttl) {
        return with(request -> request.ttl = ttl);
    }

    /** What is to be done with what the tool changes. */
    public RunRequest withCommit(Commit commit) {
        return with(request -> request.commit = commit);
    }

    /** More output than is kept is a failure. */
    public RunRequest withWholeOutput() {
        return with(request -> request.outputMode = OutputMode.Fail);
    }

    public RunRequest withKey(String key) {
        return with(request -> request.key = key);
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
