package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.policy.match.AddressBlock;
import dev.cofferdam.policy.match.HostPattern;
import dev.cofferdam.policy.match.PathPattern;
import dev.cofferdam.policy.match.Ports;
import dev.cofferdam.policy.match.Target;
import dev.cofferdam.policy.match.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Looks for what is broader than it has to be. Nothing of it is refused: whoever wrote the policy may know better. */
public final class Findings {
    /** Findings that a message carries; more would only hide the first ones. */
    private static final int FINDINGS_MOST = 16;

    /** A block of fewer bits holds more than 65 536 IPv4 addresses, or more than one site's IPv6 networks. */
    private static final int NARROW_4 = 16;

    private static final int NARROW_6 = 48;

    /** Admission warns of the same (manifests/base/admission-policy-breadth.yaml). */
    static final Set<String> SHELLS = Set.of(
            "sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "csh", "tcsh", "busybox", "toybox", "env", "xargs");

    /** By their names without a version: what they run is data to everybody but themselves. Admission warns of the same. */
    static final Set<String> INTERPRETERS = Set.of(
            "python", "pypy", "perl", "ruby", "node", "deno", "bun", "php", "lua", "luajit", "awk", "gawk", "mawk",
            "java", "tclsh", "Rscript", "guile", "erl", "pwsh");

    /** A dynamic loader starts whatever it is given. */
    private static final String LOADER = "ld-";

    private final List<Finding> found = new ArrayList<>();

    private Findings() {}

    /** All of them, in the order of the spec. */
    public static List<Finding> of(CompiledPolicy policy) {
        Findings findings = new Findings();
        policy.tools().values().forEach(tool -> findings.tool(policy, tool));
        policy.grants().storage().allow().asMap().forEach(findings::storage);
        policy.grants().network().allow().asMap().forEach(findings::network);
        policy.grants().exec().allow().commands().forEach(findings::exec);
        return findings.found.size() <= FINDINGS_MOST
                ? List.copyOf(findings.found)
                : List.copyOf(findings.found.subList(0, FINDINGS_MOST));
    }

    /** A shell that takes its script from the run is every program at once, and an interpreter every script. */
    private void tool(CompiledPolicy policy, Tool tool) {
        if (policy.arguments().containsKey(tool.name())) {
            return;
        }
        String name = name(tool.command().getFirst());
        if (SHELLS.contains(name) && tool.command().size() <= 2) {
            add(
                    "spec.tools",
                    "the tool " + Text.quoted(tool.name())
                            + " is a shell that runs whatever a run says; name the program that is meant, or bound its arguments with argsSchema");
        } else if (INTERPRETERS.contains(unversioned(name))
                // Another word is a script or a module of the image, or a script that the policy itself has.
                && tool.command().stream().skip(1).allMatch(word -> word.startsWith("-"))) {
            add(
                    "spec.tools",
                    "the tool " + Text.quoted(tool.name())
                            + " is an interpreter that runs whatever a run says; name the script that is meant, or bound its arguments with argsSchema");
        }
    }

    private void storage(PathPattern pattern, Set<StorageAccess> access) {
        String path = StorageGrant.PATH + ".allow";
        if (pattern.isCatchAll()) {
            add(path, Text.quoted(pattern.toString()) + " is every file; name the directories that are needed");
        } else if (access.contains(StorageAccess.Write)
                && !pattern.segments()
                        .getFirst()
                        .equals(new PathPattern.Segment.Literal(PathPattern.WORKSPACE.substring(1)))) {
            add(
                    path,
                    Text.quoted(pattern.toString())
                            + " may be written outside /workspace; have results written there, where changes are seen");
        }
    }

    private void network(Target target, Reach reach) {
        String path = NetworkGrant.PATH + ".allow";
        String shown = Text.quoted(target.toString());
        switch (target) {
            case HostPattern.Any any -> add(path, shown + " is every host; name those that are needed");
            case HostPattern.Below below
            when below.domain().indexOf('.') < 0 ->
                add(path, shown + " is every host of a top-level domain; name those that are needed");
            case HostPattern host -> {}
            case AddressBlock block -> {
                if (block.bits() < (block.first().v6() ? NARROW_6 : NARROW_4)) {
                    add(path, shown + " is a wide range of addresses; name the networks that are needed");
                }
            }
        }
        if (reach.all().equals(Ports.ALL)) {
            add(path, shown + " is reached at every port; name those that are needed");
        }
    }

    private void exec(String command) {
        String path = ExecGrant.PATH + ".allow";
        if (command.equals(Programs.ALL)) {
            add(path, "\"*\" is every program of the image; name those that are needed");
        } else if (SHELLS.contains(name(command))) {
            add(
                    path,
                    Text.quoted(command)
                            + " starts any other program's work in its own name; name the programs that are needed");
        } else if (INTERPRETERS.contains(unversioned(name(command)))) {
            add(
                    path,
                    Text.quoted(command)
                            + " runs any script that a tool writes, in its own name; leave it out where the tools can do without");
        } else if (name(command).startsWith(LOADER)) {
            add(path, Text.quoted(command) + " is a loader, so every program of the image; name those that are needed");
        }
    }

    /** {@code python3.11} is python. */
    private static String unversioned(String name) {
        int end = name.length();
        while (end > 0 && (name.charAt(end - 1) == '.' || Character.isDigit(name.charAt(end - 1)))) {
            end--;
        }
        return name.substring(0, end);
    }

    private static String name(String command) {
        return command.substring(command.lastIndexOf('/') + 1);
    }

    private void add(String path, String message) {
        found.add(new Finding(path, message));
    }
}
