package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.DynamicGrants;
import dev.cofferdam.api.v1alpha1.Isolation;
import dev.cofferdam.api.v1alpha1.IsolationMode;
import dev.cofferdam.api.v1alpha1.Lifecycle;
import dev.cofferdam.api.v1alpha1.Permissions;
import dev.cofferdam.api.v1alpha1.PolicyState;
import dev.cofferdam.api.v1alpha1.Quarantine;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;
import dev.cofferdam.api.v1alpha1.Source;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.Trust;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Turns a policy's spec into something that can be enforced, or into the reasons why it cannot. What the API server let through is checked all the same. */
public final class PolicyCompiler {
    static final String DEFAULT_RUNTIME_CLASS = "gvisor";

    private static final int TOOLS_MOST = 256;
    private static final Duration KEEP_LEAST = Duration.ofSeconds(1);
    private static final Duration KEEP_MOST = Duration.ofHours(24);
    private static final int IMAGE_MOST = 512;
    private static final int COMMAND_MOST = 64;
    private static final int VERSION_MOST = 6;
    private static final int DESCRIPTION_MOST = 4096;
    private static final SandboxPolicySpec EMPTY = new SandboxPolicySpec(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    private final Problems problems = new Problems();
    private final Served served;

    private PolicyCompiler(Served served) {
        this.served = served;
    }

    /**
     * Compiles one policy.
     *
     * @param policy as it is stored; without a spec it grants nothing
     * @param served what the caller, and what it works with, can enforce
     */
    public static Compilation compile(SandboxPolicy policy, Served served) {
        ObjectMeta metadata = policy.getMetadata();
        SandboxPolicySpec written = policy.getSpec() == null ? EMPTY : policy.getSpec();
        long generation = metadata.getGeneration() == null ? 0 : metadata.getGeneration();
        String review = metadata.getAnnotations() == null
                ? null
                : metadata.getAnnotations().get(Names.REVIEW_ANNOTATION);
        return new PolicyCompiler(served).compile(metadata, generation, written, review);
    }

    private Compilation compile(ObjectMeta metadata, long generation, SandboxPolicySpec spec, String reviewed) {
        problems.require(
                isVersion(spec.version()),
                "spec.version",
                Text.quoted(spec.version())
                        + " is a form of policies that is not known here; write \"1.0\", or remove it");
        problems.require(
                spec.description() == null || spec.description().length() <= DESCRIPTION_MOST,
                "spec.description",
                "has more than " + DESCRIPTION_MOST + " characters; shorten it");
        problems.require(
                spec.trust() != Trust.Unrecognized,
                "spec.trust",
                "is a level that this version does not know; write SemiTrusted or Untrusted");
        problems.require(
                spec.state() != PolicyState.Unrecognized,
                "spec.state",
                "is a state that this version does not know; write Active, Suspended or Quarantined");
        problems.require(
                spec.dynamicGrants() != DynamicGrants.Unrecognized,
                "spec.dynamicGrants",
                "a run is given nothing more than it was granted when it was decided; write Deny, and grant what it needs");
        String runtimeClassName = isolation(spec.isolation());
        SortedMap<String, Tool> tools = tools(spec.tools());
        SortedMap<String, ArgumentSchema> arguments = arguments(spec.tools());
        SortedMap<String, Set<Lifecycle>> stages = new StagesCompiler(problems).compile(spec.stages());
        Repetition repetition = new RetryCompiler(problems).compile(spec.retry(), spec.tools());
        Optional<Capacity> capacity = new ConcurrencyCompiler(problems).compile(spec.concurrency());
        Optional<CircuitRule> circuit = new CircuitBreakerCompiler(problems).compile(spec.circuitBreaker());
        SortedMap<String, AlertRule> alerts = new AlertsCompiler(problems).compile(spec.alerts());
        Optional<RateRule> rate = new RateCompiler(problems).compile(spec.rate());
        Duration keep = keep(spec.quarantine());
        Permissions permissions = spec.permissions() == null
                ? new Permissions(null, null, null, null, null, null, null)
                : spec.permissions();
        Sources sources = new SourcesCompiler(problems).compile(spec.workspace());
        PermissionsCompiler.Permitted permitted = new PermissionsCompiler(problems, served).compile(permissions);
        SortedMap<String, Grants> narrowed = narrowed(spec.tools(), permitted.grants());
        if (!problems.all().isEmpty()) {
            return new Compilation.Refused(metadata.getName(), PolicyVersion.of(generation, spec), problems.all());
        }
        CompiledPolicy policy = new CompiledPolicy(
                metadata.getNamespace(),
                metadata.getName(),
                "",
                spec.state() == null ? PolicyState.Active : spec.state(),
                keep,
                spec.trust() == null ? Trust.SemiTrusted : spec.trust(),
                reviewed == null ? "" : reviewed,
                runtimeClassName,
                tools,
                arguments,
                stages,
                repetition,
                capacity,
                circuit,
                alerts,
                rate,
                permitted.environment(),
                permitted.limits(),
                permitted.grants(),
                narrowed,
                served,
                sources);
        return new Compilation.Compiled(policy.withVersion(PolicyVersion.of(generation, policy)));
    }

    private Duration keep(Quarantine written) {
        if (written == null || Text.absent(written.keep())) {
            return Duration.ZERO;
        }
        Optional<Duration> keep = Durations.parse(written.keep());
        problems.require(
                keep.filter(it -> it.compareTo(KEEP_LEAST) >= 0 && it.compareTo(KEEP_MOST) <= 0)
                        .isPresent(),
                "spec.quarantine.keep",
                Text.quoted(written.keep()) + " is not a time from 1s to 24h; write one such as 30s or 1h");
        return keep.orElse(Duration.ZERO);
    }

    /** 1, or 1 with a minor version: what a later one adds is refused key by key. */
    private static boolean isVersion(String text) {
        return Text.absent(text)
                || text.equals("1")
                || text.startsWith("1.")
                        && text.length() > 2
                        && text.length() <= VERSION_MOST
                        && text.chars().skip(2).allMatch(c -> c >= '0' && c <= '9');
    }

    private String isolation(Isolation isolation) {
        if (isolation == null) {
            return DEFAULT_RUNTIME_CLASS;
        }
        problems.require(
                isolation.mode() != IsolationMode.Unrecognized,
                "spec.isolation.mode",
                "is a mode that this version does not know; write Required");
        String name = isolation.runtimeClassName();
        if (Text.absent(name)) {
            return DEFAULT_RUNTIME_CLASS;
        }
        problems.require(
                Text.isSubdomain(name),
                "spec.isolation.runtimeClassName",
                Text.quoted(name) + " is not the name of a RuntimeClass; write one such as "
                        + Text.quoted(DEFAULT_RUNTIME_CLASS));
        return name;
    }

    private SortedMap<String, Tool> tools(List<Tool> written) {
        problems.require(
                written.size() <= TOOLS_MOST,
                "spec.tools",
                "has " + written.size() + " tools; at most " + TOOLS_MOST + " fit in one policy; split it");
        SortedMap<String, Tool> tools = new TreeMap<>();
        for (int at = 0; at < written.size(); at++) {
            Tool tool = written.get(at);
            String path = "spec.tools[" + at + "]";
            boolean named = Text.isLabel(tool.name());
            problems.require(
                    named,
                    path + ".name",
                    Text.quoted(tool.name())
                            + " is not a name; write lower case letters, digits and '-', at most 63 characters");
            if (named && tools.put(tool.name(), normal(tool)) != null) {
                problems.add(
                        path + ".name", Text.quoted(tool.name()) + " is there twice; give each tool a name of its own");
            }
            problems.require(
                    Text.isGraphic(tool.image(), IMAGE_MOST),
                    path + ".image",
                    Text.quoted(tool.image())
                            + " is not an image; write a reference such as \"registry.example/python:3\"");
            problems.require(
                    tool.source() != Source.Unrecognized,
                    path + ".source",
                    "is a source that this version does not know; write Hardcoded, AgentGenerated or External");
            problems.require(
                    tool.lifecycle() != Lifecycle.Unrecognized,
                    path + ".lifecycle",
                    "is a lifecycle that this version does not know; write Canary, Experimental, Stable or Deprecated");
            command(path + ".command", tool.command());
        }
        return tools;
    }

    private SortedMap<String, ArgumentSchema> arguments(List<Tool> written) {
        SortedMap<String, ArgumentSchema> schemas = new TreeMap<>();
        for (int at = 0; at < written.size(); at++) {
            Tool tool = written.get(at);
            ArgumentSchema.compile("spec.tools[" + at + "].argsSchema", tool.argsSchema(), problems)
                    .filter(schema -> tool.name() != null)
                    .ifPresent(schema -> schemas.put(tool.name(), schema));
        }
        return schemas;
    }

    /** What each tool with capabilities of its own is left with. */
    private SortedMap<String, Grants> narrowed(List<Tool> written, Grants grants) {
        SortedMap<String, Grants> narrowed = new TreeMap<>();
        for (int at = 0; at < written.size(); at++) {
            Tool tool = written.get(at);
            List<Excess> excess = new ArrayList<>();
            Grants left = new Scope(grants, served)
                    .narrow("spec.tools[" + at + "].capabilities", tool.capabilities(), excess);
            problems.addAll(excess);
            if (left.isNarrowed() && tool.name() != null) {
                narrowed.put(tool.name(), left);
            }
        }
        return narrowed;
    }

    /** Absent and empty are one, and so are absent and the default. */
    private static Tool normal(Tool tool) {
        return new Tool(
                tool.name(),
                tool.image(),
                tool.command(),
                Boolean.TRUE.equals(tool.idempotent()) ? true : null,
                tool.source() == Source.Hardcoded ? null : tool.source(),
                tool.argsSchema() == null || tool.argsSchema().isEmpty() ? null : tool.argsSchema(),
                tool.lifecycle() == Lifecycle.Stable ? null : tool.lifecycle(),
                Capabilities.canonical(tool.capabilities()));
    }

    private void command(String path, List<String> command) {
        problems.require(
                !command.isEmpty(),
                path,
                "is empty, so nothing could be started; write the program and its fixed arguments");
        problems.require(
                command.size() <= COMMAND_MOST,
                path,
                "has " + command.size() + " words; at most " + COMMAND_MOST + " are passed on");
        for (int at = 0; at < command.size(); at++) {
            String word = command.get(at);
            boolean program = at == 0;
            problems.require(
                    !(program && Text.absent(word)),
                    path + "[0]",
                    "is empty; write the path of the program in the image, or its name if it is on the PATH");
            problems.require(
                    Text.passable(word),
                    path + "[" + at + "]",
                    Text.quoted(word) + " has a NUL character, which no program can be given; remove it");
        }
    }
}
