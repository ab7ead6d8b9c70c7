package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.EnvironmentPermissions;
import dev.cofferdam.api.v1alpha1.EnvironmentRule;
import dev.cofferdam.api.v1alpha1.Isolation;
import dev.cofferdam.api.v1alpha1.IsolationMode;
import dev.cofferdam.api.v1alpha1.Permissions;
import dev.cofferdam.api.v1alpha1.PolicyState;
import dev.cofferdam.api.v1alpha1.ResourcePermissions;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.Trust;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Turns a policy's spec into something that can be enforced, or into the reasons why it cannot. What the API server let through is checked all the same. */
public final class PolicyCompiler {
    static final String DEFAULT_RUNTIME_CLASS = "gvisor";

    private static final int TOOLS_MOST = 256;
    private static final int IMAGE_MOST = 512;
    private static final int COMMAND_MOST = 64;
    private static final int ENVIRONMENT_MOST = 256;

    private final Problems problems = new Problems();

    private PolicyCompiler() {}

    /**
     * Compiles one policy.
     *
     * @param name the policy's name
     * @param generation {@code metadata.generation}
     * @param spec null is an empty spec, which grants nothing
     */
    public static Compilation compile(String name, long generation, SandboxPolicySpec spec) {
        SandboxPolicySpec written = spec == null ? new SandboxPolicySpec(null, null, null, null, null) : spec;
        return new PolicyCompiler().compile(name, PolicyVersion.of(generation, written), written);
    }

    private Compilation compile(String name, String version, SandboxPolicySpec spec) {
        problems.require(
                spec.trust() != Trust.Unrecognized,
                "spec.trust",
                "is a level that this version does not know; write SemiTrusted");
        problems.require(
                spec.state() != PolicyState.Unrecognized,
                "spec.state",
                "is a state that this version does not know; write Active or Suspended");
        String runtimeClassName = isolation(spec.isolation());
        SortedMap<String, Tool> tools = tools(spec.tools());
        Permissions permissions = spec.permissions() == null ? new Permissions(null, null, null) : spec.permissions();
        problems.unknown("spec.permissions", permissions.unknown(), "environment, resources");
        SortedSet<String> environment = environment(permissions.environment());
        Limits limits = limits(permissions.resources());
        if (!problems.all().isEmpty()) {
            return new Compilation.Refused(name, version, problems.all());
        }
        boolean suspended = spec.state() == PolicyState.Suspended;
        return new Compilation.Compiled(
                new CompiledPolicy(name, version, suspended, runtimeClassName, tools, environment, limits));
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
            if (named && tools.put(tool.name(), tool) != null) {
                problems.add(
                        path + ".name", Text.quoted(tool.name()) + " is there twice; give each tool a name of its own");
            }
            problems.require(
                    Text.isGraphic(tool.image(), IMAGE_MOST),
                    path + ".image",
                    Text.quoted(tool.image())
                            + " is not an image; write a reference such as \"registry.example/python:3\"");
            command(path + ".command", tool.command());
        }
        return tools;
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

    private SortedSet<String> environment(EnvironmentPermissions written) {
        SortedSet<String> keys = new TreeSet<>();
        if (written == null) {
            return keys;
        }
        String path = "spec.permissions.environment";
        problems.unknown(path, written.unknown(), "allow");
        problems.require(
                written.allow().size() <= ENVIRONMENT_MOST,
                path + ".allow",
                "has more than " + ENVIRONMENT_MOST + " rules; remove some");
        for (int at = 0; at < written.allow().size(); at++) {
            EnvironmentRule rule = written.allow().get(at);
            String where = path + ".allow[" + at + "]";
            problems.unknown(where, rule.unknown(), "key");
            problems.require(
                    Text.isVariable(rule.key()),
                    where + ".key",
                    Text.quoted(rule.key())
                            + " is not the name of a variable; write one exact name, without '=', '*' and blanks");
            if (Text.isVariable(rule.key())) {
                keys.add(rule.key());
            }
        }
        return keys;
    }

    private Limits limits(ResourcePermissions written) {
        if (written == null) {
            return Limits.DEFAULTS;
        }
        problems.unknown("spec.permissions.resources", written.unknown(), "limits");
        return written.limits() == null ? Limits.DEFAULTS : new LimitsCompiler(problems).compile(written.limits());
    }
}
