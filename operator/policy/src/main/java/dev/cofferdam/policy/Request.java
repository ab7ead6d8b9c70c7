package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.ClaimSource;
import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import dev.cofferdam.api.v1alpha1.InlineFile;
import dev.cofferdam.api.v1alpha1.OutputMode;
import dev.cofferdam.api.v1alpha1.RunMode;
import dev.cofferdam.api.v1alpha1.StdinEncoding;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.policy.match.Text;
import dev.cofferdam.record.Budgets;
import dev.cofferdam.record.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A run's spec, read: what of it has a form that can be passed to a program at all. No policy is asked here.
 *
 * @param timeout what the run asks for; empty where it leaves that to the policy, or where the text has no form
 */
record Request(byte[] stdin, Optional<Duration> timeout) {
    static Request read(ToolRunSpec spec, Reasons reasons) {
        arguments(spec.args(), reasons);
        environment(spec.env(), reasons);
        inline(InlineFiles.of(spec), reasons);
        Origin.claim(spec).ifPresent(claim -> claim(claim, reasons));
        source(spec, reasons);
        commit(spec, reasons);
        outputs(Origin.outputs(spec), reasons);
        secrets(spec.secrets(), reasons);
        if (spec.mode() == RunMode.Unrecognized) {
            invalid(reasons, "spec.mode", "is a mode that this version does not know; write Run or DecideOnly");
        }
        if (spec.outputMode() == OutputMode.Unrecognized) {
            invalid(reasons, "spec.outputMode", "is a mode that this version does not know; write Truncate or Fail");
        }
        budget(spec, reasons);
        byte[] stdin = stdin(spec, reasons);
        time(
                "spec.ttlAfterFinished",
                spec.ttlAfterFinished(),
                Duration.ZERO,
                Bounds.TTL_MOST,
                "0s to 8760h, such as 1h",
                reasons);
        // Above the policy's is the policy's to refuse, with its own words: no upper bound here.
        Optional<Duration> timeout = time(
                "spec.timeout",
                spec.timeout(),
                Bounds.TIMEOUT_LEAST,
                Duration.ofMillis(Long.MAX_VALUE),
                "100ms on, such as 10s",
                reasons);
        return new Request(stdin, timeout);
    }

    /** The object must have room left for what becomes of the run; the schema cannot count escapes. */
    private static void budget(ToolRunSpec spec, Reasons reasons) {
        long bytes = spec.args().stream().mapToLong(Budgets::jsonBytes).sum()
                + spec.env().stream()
                        .mapToLong(v -> Budgets.jsonBytes(v.name()) + Budgets.jsonBytes(v.value()))
                        .sum()
                + spec.capabilities().stream().mapToLong(Budgets::jsonBytes).sum()
                + spec.secrets().stream().mapToLong(Budgets::jsonBytes).sum()
                + Budgets.jsonBytes(spec.stdin())
                + InlineFiles.of(spec).stream()
                        .mapToLong(file -> Budgets.jsonBytes(file.path()) + Budgets.jsonBytes(file.content()))
                        .sum();
        if (bytes > Budgets.SPEC_BYTES) {
            invalid(
                    reasons,
                    "spec",
                    "takes " + bytes
                            + " bytes as JSON, in which each <, >, & and control character takes six; give at most "
                            + Budgets.SPEC_BYTES + ", or write stdin as Base64");
        }
    }

    private static void arguments(List<String> arguments, Reasons reasons) {
        if (arguments.size() > Bounds.ARGUMENTS_MOST) {
            invalid(
                    reasons,
                    "spec.args",
                    "has " + arguments.size() + " arguments; give at most " + Bounds.ARGUMENTS_MOST
                            + ", or pass the rest by stdin");
        }
        long bytes = arguments.stream().mapToLong(Text::bytes).sum();
        if (bytes > Bounds.ARGUMENT_BYTES_MOST) {
            invalid(
                    reasons,
                    "spec.args",
                    "has " + bytes + " bytes; give at most " + Bounds.ARGUMENT_BYTES_MOST
                            + ", or pass the rest by stdin");
        }
        for (int at = 0; at < arguments.size(); at++) {
            if (isCredential("spec.args[" + at + "]", arguments.get(at), reasons)) {
                continue;
            }
            if (!Text.passable(arguments.get(at))) {
                invalid(reasons, "spec.args[" + at + "]", nul(arguments.get(at)));
            }
        }
    }

    private static void environment(List<EnvironmentVariable> variables, Reasons reasons) {
        if (variables.size() > Bounds.ENVIRONMENT_MOST) {
            invalid(
                    reasons,
                    "spec.env",
                    "has " + variables.size() + " variables; give at most " + Bounds.ENVIRONMENT_MOST);
        }
        long bytes = variables.stream()
                .mapToLong(v -> Text.bytes(v.name()) + Text.bytes(v.value()))
                .sum();
        if (bytes > Bounds.ENVIRONMENT_BYTES_MOST) {
            invalid(
                    reasons,
                    "spec.env",
                    "has " + bytes + " bytes; give at most " + Bounds.ENVIRONMENT_BYTES_MOST
                            + ", or pass the rest by stdin");
        }
        Set<String> names = new HashSet<>();
        for (int at = 0; at < variables.size(); at++) {
            EnvironmentVariable variable = variables.get(at);
            String path = "spec.env[" + at + "]";
            if (!Text.isVariable(variable.name())) {
                invalid(
                        reasons,
                        path + ".name",
                        Text.quoted(variable.name())
                                + " is not the name of a variable; write visible ASCII without '=' and '*'");
            } else if (!names.add(variable.name())) {
                reasons.add(
                        Reason.EnvironmentRepeated,
                        variable.name(),
                        path + " gives " + Text.quoted(variable.name())
                                + " a second time; which one counts would be a guess; give it once");
            }
            if (variable.value() != null
                    && !isCredential(path + ".value", variable.value(), reasons)
                    && !Text.passable(variable.value())) {
                invalid(reasons, path + ".value", nul(variable.value()));
            }
        }
    }

    private static void inline(List<InlineFile> files, Reasons reasons) {
        InlineFiles.check(files, reasons);
        for (int at = 0; at < files.size(); at++) {
            String content = files.get(at).content();
            if (content != null) {
                isCredential("spec.workspace.source.inline[" + at + "].content", content, reasons);
            }
        }
    }

    private static void outputs(List<String> paths, Reasons reasons) {
        String where = "spec.workspace.outputs";
        if (paths.size() > Bounds.OUTPUTS_MOST) {
            invalid(reasons, where, "has " + paths.size() + " paths; give at most " + Bounds.OUTPUTS_MOST);
        }
        Set<String> seen = new HashSet<>();
        for (int at = 0; at < paths.size(); at++) {
            String path = paths.get(at);
            if (!InlineFiles.isPath(path)) {
                invalid(
                        reasons,
                        where + "[" + at + "]",
                        Text.quoted(path) + " is not a path below /workspace; write one such as out/report.md");
            } else if (!seen.add(path)) {
                invalid(reasons, where + "[" + at + "]", Text.quoted(path) + " is there twice; give it once");
            }
        }
    }

    private static void source(ToolRunSpec spec, Reasons reasons) {
        String path = "spec.workspace.source";
        long sources = Stream.of(
                        !InlineFiles.of(spec).isEmpty(),
                        Origin.claim(spec).isPresent(),
                        Origin.configMap(spec).isPresent())
                .filter(Boolean::booleanValue)
                .count();
        if (sources > 1) {
            invalid(reasons, path, "names more than one source; give inline, persistentVolumeClaim or configMap");
        }
        Origin.configMap(spec)
                .filter(name -> !Text.isSubdomain(name))
                .ifPresent(name -> invalid(
                        reasons, path + ".configMap.name", Text.quoted(name) + " is not the name of a ConfigMap"));
    }

    private static void commit(ToolRunSpec spec, Reasons reasons) {
        Commit commit = Origin.commit(spec);
        if (commit == Commit.Unrecognized) {
            invalid(
                    reasons,
                    "spec.workspace.commit",
                    "is a value that this version does not know; write Never, Manual or OnSuccess");
        } else if (commit != Commit.Never && Origin.claim(spec).isEmpty()) {
            invalid(
                    reasons,
                    "spec.workspace.commit",
                    "needs a persistentVolumeClaim as source: there is nothing else to write into; name one, or leave it out");
        }
    }

    private static void claim(ClaimSource claim, Reasons reasons) {
        String path = "spec.workspace.source.persistentVolumeClaim";
        if (!Text.isSubdomain(claim.claimName())) {
            invalid(
                    reasons,
                    path + ".claimName",
                    Text.quoted(claim.claimName()) + " is not the name of a PersistentVolumeClaim");
        }
        if (!Text.absent(claim.subPath()) && !InlineFiles.isPath(claim.subPath())) {
            invalid(
                    reasons,
                    path + ".subPath",
                    Text.quoted(claim.subPath())
                            + " is not a path below the volume's root; write one such as team/repo");
        }
    }

    private static void secrets(List<String> names, Reasons reasons) {
        if (names.size() > Bounds.SECRETS_MOST) {
            invalid(
                    reasons,
                    "spec.secrets",
                    "has " + names.size() + " secrets; ask for at most " + Bounds.SECRETS_MOST);
        }
        Set<String> seen = new HashSet<>();
        for (int at = 0; at < names.size(); at++) {
            String path = "spec.secrets[" + at + "]";
            if (!SecretsCompiler.isName(names.get(at))) {
                invalid(
                        reasons,
                        path,
                        Text.quoted(names.get(at))
                                + " is not the name of a secret; write one from spec.permissions.secrets.allow of the policy");
            } else if (!seen.add(names.get(at))) {
                reasons.add(
                        Reason.SecretRepeated,
                        names.get(at),
                        path + " gives " + Text.quoted(names.get(at)) + " a second time; give it once");
            }
        }
    }

    /** Says where, and what it looks like; the value itself is shown nowhere. */
    private static boolean isCredential(String path, String text, Reasons reasons) {
        Optional<String> kind = Credentials.kind(text);
        kind.ifPresent(what -> reasons.add(
                Reason.CredentialInSpec,
                path,
                path + " holds what looks like " + what
                        + ", and whoever may read the run reads it; put it into a Secret that the policy grants under spec.permissions.secrets, and ask for it by its name there; "
                        + "if it is none, pass it by stdin"));
        return kind.isPresent();
    }

    private static byte[] stdin(ToolRunSpec spec, Reasons reasons) {
        String text = spec.stdin() == null ? "" : spec.stdin();
        if (spec.stdinEncoding() == StdinEncoding.Unrecognized) {
            invalid(
                    reasons,
                    "spec.stdinEncoding",
                    "is an encoding that this version does not know; write UTF8 or Base64");
            return new byte[0];
        }
        byte[] stdin = new byte[0];
        try {
            stdin = spec.stdinEncoding() == StdinEncoding.Base64
                    ? Base64.getDecoder().decode(text)
                    : text.getBytes(StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            invalid(
                    reasons,
                    "spec.stdin",
                    "is not base64 (RFC 4648, section 4, without line breaks), as spec.stdinEncoding says; encode it, or write UTF8");
        }
        if (stdin.length > Bounds.STDIN_BYTES_MOST) {
            invalid(reasons, "spec.stdin", "has " + stdin.length + " bytes; give at most " + Bounds.STDIN_BYTES_MOST);
        }
        return stdin;
    }

    private static Optional<Duration> time(
            String path, String written, Duration least, Duration most, String form, Reasons reasons) {
        if (Text.absent(written)) {
            return Optional.empty();
        }
        Optional<Duration> time =
                Durations.parse(written).filter(t -> t.compareTo(least) >= 0 && t.compareTo(most) <= 0);
        if (time.isEmpty()) {
            invalid(reasons, path, Text.quoted(written) + " is not a time; write one from " + form);
        }
        return time;
    }

    private static String nul(String text) {
        return Text.quoted(text)
                + " has a NUL character, which no program can be given; remove it, or pass it by stdin";
    }

    private static void invalid(Reasons reasons, String path, String message) {
        reasons.add(Reason.InvalidSpec, path, path + ": " + message);
    }
}
