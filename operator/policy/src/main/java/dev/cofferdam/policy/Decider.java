package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.ClaimSource;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.EffectiveLimits;
import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import dev.cofferdam.api.v1alpha1.GrantedSecret;
import dev.cofferdam.api.v1alpha1.PolicyReference;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.api.v1alpha1.Trust;
import dev.cofferdam.policy.match.PathPattern;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Digest;
import dev.cofferdam.record.Names;
import dev.cofferdam.record.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Decides whether a run may run, by its policy alone. The same policy and the same run give the same ruling, wherever and whenever it is asked for. */
public final class Decider {
    private static final int PROBLEMS_SHOWN = 3;

    private Decider() {}

    /** Rules on a run in a namespace without a stage. */
    public static Ruling decide(Optional<Compilation> compilation, ToolRunSpec spec) {
        return decide(Setting.of(compilation), spec);
    }

    /**
     * Rules on a run.
     *
     * @param spec the run's spec; null is a run that asks for nothing and is refused
     */
    public static Ruling decide(Setting setting, ToolRunSpec spec) {
        return decide(setting, spec, false);
    }

    /**
     * Rules on a run that was granted before. A limit that was lowered since refuses none, whether the run asked for its time or left it to the policy: what has
     * yet to start is given the less of both, and what has started has what it was given.
     */
    public static Ruling again(Setting setting, ToolRunSpec spec) {
        return decide(setting, spec, true);
    }

    private static Ruling decide(Setting setting, ToolRunSpec spec, boolean again) {
        Optional<Compilation> compilation = setting.policy();
        ToolRunSpec asked = spec == null
                ? new ToolRunSpec(
                        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)
                : spec;
        Reasons reasons = new Reasons();
        Optional<CompiledPolicy> policy = policy(compilation, asked, reasons);
        Optional<Tool> tool = policy.flatMap(p -> tool(p, asked, reasons));
        Request request = Request.read(asked, reasons);
        policy.ifPresent(p -> standing(p, tool, setting.stage(), reasons));
        tool.flatMap(t -> policy.map(p -> p.arguments().get(t.name())))
                .ifPresent(schema -> schema.check(asked.tool(), asked.args(), reasons));
        policy.ifPresent(p -> environment(p, asked, reasons));
        policy.ifPresent(p -> source(p, asked, reasons));
        policy.ifPresent(p -> commit(p, asked, reasons));
        Optional<Grants> grants = policy.flatMap(p -> tool.map(t -> grants(p, t, asked, reasons)));
        grants.ifPresent(granted -> secrets(granted, asked, reasons));
        grants.ifPresent(granted -> outputs(granted, asked, reasons));
        if (!again) {
            policy.ifPresent(p -> timeout(p, request, reasons));
        }
        if (!reasons.none() || policy.isEmpty() || tool.isEmpty() || grants.isEmpty()) {
            return new Ruling.Refused(compilation.map(Compilation::version).orElse(""), reasons.bounded());
        }
        return grant(policy.get(), tool.get(), grants.get(), asked, request);
    }

    private static Ruling.Granted grant(
            CompiledPolicy policy, Tool tool, Grants grants, ToolRunSpec spec, Request request) {
        Limits limits = request.timeout()
                .filter(asked -> asked.compareTo(policy.limits().timeout()) < 0)
                .map(policy.limits()::withTimeout)
                .orElse(policy.limits());
        List<String> argv = new ArrayList<>(tool.command());
        argv.addAll(spec.args());
        List<EnvironmentVariable> environment = spec.env().stream()
                .map(v -> new EnvironmentVariable(v.name(), v.value() == null ? "" : v.value()))
                .toList();
        ExecGrant exec = grants.exec();
        Effective effective = new Effective(
                tool.image(),
                Digest.of(tool.command()),
                policy.runtimeClassName(),
                environment.stream().map(EnvironmentVariable::name).toList(),
                StorageGrant.shown(grants.storage().allow()),
                StorageGrant.shown(grants.storage().deny()),
                grants.isOffline()
                        ? List.of()
                        : NetworkGrant.shown(grants.network().allow().asMap()),
                grants.isOffline()
                        ? List.of()
                        : NetworkGrant.shown(grants.network().deny().asMap()),
                List.copyOf(exec.allow().commands()),
                exec.allowJit() ? true : null,
                secrets(grants, spec),
                new EffectiveLimits(
                        limits.cpu(),
                        limits.memory(),
                        limits.timeout().toMillis(),
                        limits.cpuTime().map(Duration::toMillis).orElse(null),
                        limits.processes(),
                        limits.openFiles(),
                        limits.outputBytes(),
                        limits.workspaceBytes(),
                        grants.isOffline() ? null : limits.traffic().effective()),
                tool.capabilities(),
                policy.keep().isZero() ? null : policy.keep().toMillis());
        Job.Files files = new Job.Files(
                effective.storage(),
                effective.storageDenied(),
                Origin.of(spec),
                Origin.outputs(spec),
                Origin.commit(spec) != Commit.Never);
        return new Ruling.Granted(
                policy.version(),
                tool,
                grants,
                effective,
                new Job(
                        argv,
                        environment,
                        spec.secrets(),
                        request.stdin(),
                        limits,
                        exec,
                        files,
                        new Job.Network(effective.network(), effective.networkDenied())));
    }

    private static List<GrantedSecret> secrets(Grants grants, ToolRunSpec spec) {
        return spec.secrets().stream()
                .flatMap(name -> grants.secrets().source(name).stream()
                        .map(source -> new GrantedSecret(name, source.secret(), source.key())))
                .toList();
    }

    private static Optional<CompiledPolicy> policy(
            Optional<Compilation> compilation, ToolRunSpec spec, Reasons reasons) {
        String name =
                Optional.ofNullable(spec.policyRef()).map(PolicyReference::name).orElse("");
        if (compilation.isEmpty()) {
            reasons.add(
                    Reason.PolicyNotFound,
                    shown(name),
                    "the run names the policy " + Text.quoted(name)
                            + ", which is not in its namespace; create it, or correct spec.policyRef.name");
            return Optional.empty();
        }
        return switch (compilation.get()) {
            case Compilation.Refused refused -> {
                reasons.add(Reason.PolicyNotReady, shown(refused.name()), notReady(refused));
                yield Optional.empty();
            }
            case Compilation.Compiled compiled -> {
                if (compiled.policy().suspended()) {
                    reasons.add(
                            Reason.PolicySuspended,
                            compiled.policy().name(),
                            "spec.state of the policy "
                                    + Text.quoted(compiled.policy().name())
                                    + " is " + compiled.policy().state()
                                    + ": somebody stopped its tools on purpose; ask them, then have it set to Active by somebody with the verb resume");
                }
                yield Optional.of(compiled.policy());
            }
        };
    }

    private static String notReady(Compilation.Refused refused) {
        StringBuilder message = new StringBuilder("the policy ")
                .append(Text.quoted(refused.name()))
                .append(" cannot be enforced as it is written, so it grants nothing: ");
        refused.problems().stream()
                .limit(PROBLEMS_SHOWN)
                .forEach(problem -> message.append(problem).append(". "));
        int more = refused.problems().size() - PROBLEMS_SHOWN;
        if (more > 0) {
            message.append("And ").append(more).append(" more. ");
        }
        return message.append("Correct the policy; its Ready condition lists them")
                .toString();
    }

    private static Optional<Tool> tool(CompiledPolicy policy, ToolRunSpec spec, Reasons reasons) {
        Optional<Tool> tool = policy.tool(spec.tool());
        if (tool.isEmpty()) {
            reasons.add(
                    Reason.ToolNotRegistered,
                    shown(spec.tool()),
                    "spec.tools of the policy " + Text.quoted(policy.name()) + " has no tool "
                            + Text.quoted(spec.tool())
                            + "; it has " + Text.list(policy.toolNames())
                            + "; correct spec.tool, or have the tool added to the policy");
        }
        return tool;
    }

    /** What keeps the tool from running where it is, whatever is asked of it. */
    static void standing(CompiledPolicy policy, Optional<Tool> tool, Optional<String> stage, Reasons reasons) {
        Review review = policy.review();
        Standing standing = new Standing(policy.trust(), review.given(), policy.stages(), stage);
        for (Standing.Obstacle obstacle : standing.obstacles(tool)) {
            switch (obstacle) {
                case ReviewRequired ->
                    reasons.add(
                            Reason.ReviewRequired,
                            policy.name(),
                            (policy.trust() == Trust.Untrusted
                                            ? "the policy " + Text.quoted(policy.name()) + " is Untrusted"
                                            : "the tool "
                                                    + Text.quoted(
                                                            tool.orElseThrow().name()) + " is "
                                                    + tool.orElseThrow().source())
                                    + ", and nobody has confirmed the policy as it is now; "
                                    + review.command(policy.namespace(), policy.name()));
                case StageUnknown ->
                    reasons.add(
                            Reason.StageUnknown,
                            shown(stage.orElse("")),
                            "the namespace has "
                                    + stage.map(name -> "the label " + Names.STAGE_LABEL + "=" + shown(name))
                                            .orElse("no label " + Names.STAGE_LABEL)
                                    + ", and spec.stages of the policy " + Text.quoted(policy.name()) + " has "
                                    + Text.list(policy.stages().keySet())
                                    + "; have the namespace labelled, or the stage added to the policy");
                case LifecycleDenied ->
                    reasons.add(
                            Reason.LifecycleDenied,
                            tool.orElseThrow().name(),
                            "the tool " + Text.quoted(tool.orElseThrow().name()) + " is "
                                    + Standing.lifecycle(tool.orElseThrow())
                                    + ", and spec.stages of the policy " + Text.quoted(policy.name())
                                    + " denies that in the stage " + Text.quoted(stage.orElseThrow())
                                    + "; use another tool, or a namespace of another stage");
            }
        }
    }

    private static void environment(CompiledPolicy policy, ToolRunSpec spec, Reasons reasons) {
        spec.env().stream()
                .map(EnvironmentVariable::name)
                .filter(Text::isVariable)
                .distinct()
                .forEach(name -> {
                    if (!policy.environment().contains(name)) {
                        reasons.add(
                                Reason.EnvironmentNotGranted,
                                name,
                                "the run sets the variable " + Text.quoted(name)
                                        + ", and spec.permissions.environment.allow of the policy "
                                        + Text.quoted(policy.name()) + " grants " + Text.list(policy.environment())
                                        + "; leave it out, or have the key added there");
                    }
                });
    }

    private static void source(CompiledPolicy policy, ToolRunSpec spec, Reasons reasons) {
        if (!InlineFiles.of(spec).isEmpty() && !policy.sources().inline()) {
            reasons.add(
                    Reason.SourceNotGranted,
                    "spec.workspace.source.inline",
                    "the run brings the files of its workspace itself, and spec.workspace.sources of the policy "
                            + Text.quoted(policy.name())
                            + " does not list {inline: true}; leave them out, or have it added there");
        }
        Origin.configMap(spec)
                .ifPresent(name -> listed(
                        policy,
                        "ConfigMap",
                        name,
                        policy.sources().configMaps(),
                        "{configMap: {name: " + shown(name) + "}}",
                        reasons));
        Origin.claim(spec)
                .map(ClaimSource::claimName)
                .ifPresent(name -> listed(
                        policy,
                        "PersistentVolumeClaim",
                        name,
                        policy.sources().claims(),
                        "{persistentVolumeClaim: {claimName: " + shown(name) + "}}",
                        reasons));
    }

    private static void commit(CompiledPolicy policy, ToolRunSpec spec, Reasons reasons) {
        Commit asked = Origin.commit(spec);
        Commit most = policy.sources().commit();
        if (asked != Commit.Unrecognized && asked.compareTo(most) > 0) {
            reasons.add(
                    Reason.CommitNotGranted,
                    "spec.workspace.commit",
                    "the run asks for the commit " + asked + ", and spec.workspace.commit of the policy "
                            + Text.quoted(policy.name()) + " gives " + most
                            + "; ask for at most that, or have the policy's raised");
        }
    }

    private static void listed(
            CompiledPolicy policy, String kind, String name, Collection<String> listed, String form, Reasons reasons) {
        if (!listed.contains(name)) {
            reasons.add(
                    Reason.SourceNotGranted,
                    shown(name),
                    "the run names the " + kind + " " + Text.quoted(name)
                            + " as the source of its workspace, and spec.workspace.sources of the policy "
                            + Text.quoted(policy.name()) + " lists " + Text.list(listed)
                            + (listed.isEmpty() ? "; have " : "; name one of these, or have ") + form + " added there");
        }
    }

    /** What the policy grants the tool, within the capabilities that the run asks for; asking for more than there is is refused, not cut. */
    private static Grants grants(CompiledPolicy policy, Tool tool, ToolRunSpec spec, Reasons reasons) {
        List<Excess> excess = new ArrayList<>();
        Grants grants = new Scope(policy.grants(tool), policy.served())
                .narrow("spec.capabilities", spec.capabilities(), excess);
        excess.forEach(one -> one.capability()
                .ifPresentOrElse(
                        capability -> reasons.add(
                                Reason.CapabilityNotGranted,
                                Text.quoted(capability.toString()),
                                one.path() + ": " + one.message()),
                        () -> reasons.add(Reason.InvalidSpec, one.path(), one.path() + ": " + one.message())));
        return grants;
    }

    private static void secrets(Grants grants, ToolRunSpec spec, Reasons reasons) {
        spec.secrets().stream().filter(SecretsCompiler::isName).distinct().forEach(name -> {
            if (grants.secret(name) instanceof Answer.Denied denied) {
                reasons.addAll(denied.reasons());
            }
        });
    }

    /** What comes back has left the sandbox: the tool may as well have printed it, so it must be the tool's to read, and its own work. */
    private static void outputs(Grants grants, ToolRunSpec spec, Reasons reasons) {
        Origin.outputs(spec).stream().filter(InlineFiles::isPath).forEach(path -> {
            for (StorageAccess access : List.of(StorageAccess.Read, StorageAccess.Write)) {
                if (grants.access(PathPattern.WORKSPACE + "/" + path, access) instanceof Answer.Denied denied) {
                    denied.reasons()
                            .forEach(reason -> reasons.add(
                                    Reason.valueOf(reason.code()),
                                    reason.resource(),
                                    reason.message() + ", or leave the file out of spec.workspace.outputs"));
                }
            }
        });
    }

    private static void timeout(CompiledPolicy policy, Request request, Reasons reasons) {
        Duration most = policy.limits().timeout();
        request.timeout()
                .filter(asked -> asked.compareTo(most) > 0)
                .ifPresent(asked -> reasons.add(
                        Reason.TimeoutExceedsPolicy,
                        Durations.text(asked),
                        "the run asks for " + Durations.text(asked)
                                + ", and spec.permissions.resources.limits.timeout of the policy "
                                + Text.quoted(policy.name()) + " gives " + Durations.text(most)
                                + "; ask for at most that in spec.timeout, or have the policy's raised"));
    }

    /** Text from a run as the resource of a reason: as it is where it is a plain name, else quoted. */
    private static String shown(String name) {
        return Text.isSubdomain(name) ? name : Text.quoted(name);
    }
}
