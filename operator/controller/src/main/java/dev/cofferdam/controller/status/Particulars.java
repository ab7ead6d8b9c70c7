package dev.cofferdam.controller.status;

import dev.cofferdam.api.v1alpha1.AuditEvent;
import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.ClaimSource;
import dev.cofferdam.api.v1alpha1.ConfigMapSource;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.EffectiveLimits;
import dev.cofferdam.api.v1alpha1.GrantedSecret;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.api.v1alpha1.ToolRunStatus;
import dev.cofferdam.api.v1alpha1.Workspace;
import dev.cofferdam.api.v1alpha1.WorkspaceSource;
import dev.cofferdam.policy.Durations;
import dev.cofferdam.record.Quoted;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The values that the message of an end is about: what the run asked for, and what it was granted. Empty words where they are not known. */
record Particulars(ToolRun run) {
    static final int NAME_MOST = 64;
    private static final int IMAGE_MOST = 256;
    private static final int CALLED_MOST = 5;

    /** The limit of its memory, and where it is. */
    String memory() {
        return limits().map(EffectiveLimits::memory)
                .map(limit ->
                        ", " + limit + " (spec.permissions.resources.limits.memory of the policy" + policy() + ")")
                .orElse("");
    }

    /** How much time it had, and where that is. Its supervisor waits for all of the time that it was given, so where it ran for less than was granted, it was given less. */
    String time(Result facts) {
        String limit = "spec.permissions.resources.limits.timeout of the policy" + policy();
        String where =
                run.getSpec().timeout() == null || run.getSpec().timeout().isEmpty()
                        ? limit
                        : "spec.timeout of the run";
        return limits().map(EffectiveLimits::timeoutMillis)
                .map(millis -> {
                    String granted = Durations.text(Duration.ofMillis(millis)) + " (" + where + ")";
                    return facts.durationMillis() != null && facts.durationMillis() < millis
                            ? ": that had been lowered meanwhile, before the tool began, from the " + granted
                                    + " that the run was granted, by " + limit
                            : ", " + granted;
                })
                .orElse("");
    }

    String policy() {
        return run.getSpec().policyRef() == null || run.getSpec().policyRef().name() == null
                ? ""
                : " " + Quoted.of(run.getSpec().policyRef().name(), NAME_MOST);
    }

    String tool() {
        return Quoted.of(run.getSpec().tool(), NAME_MOST);
    }

    String image() {
        return effective()
                .map(Effective::image)
                .map(image -> " " + Quoted.of(image, IMAGE_MOST))
                .orElse("");
    }

    /** What an error is about that the tool's entry in the policy is to blame for. */
    String aboutTool() {
        return Quoted.bounded(run.getSpec().tool(), NAME_MOST);
    }

    /** The same of its image; null where that is not known. */
    String aboutImage() {
        return effective()
                .map(Effective::image)
                .map(image -> Quoted.bounded(image, IMAGE_MOST))
                .orElse(null);
    }

    /** Whether a text names the tool's image. */
    boolean isOfItsImage(String text) {
        return effective().map(Effective::image).filter(text::contains).isPresent();
    }

    /** The secrets that the facts name, and where each was looked for. */
    String secrets(Result facts) {
        List<GrantedSecret> granted = effective().map(Effective::secrets).orElse(List.of());
        return facts.secrets().stream()
                .map(name -> Quoted.bounded(name, NAME_MOST)
                        + granted.stream()
                                .filter(one -> name.equals(one.name()))
                                .findFirst()
                                .map(one -> " (the key " + Quoted.of(one.key(), NAME_MOST) + " of the Secret "
                                        + Quoted.of(one.secret(), NAME_MOST) + ")")
                                .orElse(""))
                .collect(Collectors.joining(", "));
    }

    /** What is missing of that with which its workspace begins. */
    String source() {
        Optional<WorkspaceSource> source =
                Optional.ofNullable(run.getSpec().workspace()).map(Workspace::source);
        Optional<ConfigMapSource> configMap = source.map(WorkspaceSource::configMap);
        Optional<ClaimSource> claim = source.map(WorkspaceSource::persistentVolumeClaim);
        return configMap
                .map(it -> "the ConfigMap " + Quoted.of(it.name(), NAME_MOST) + " is not there, or has no key")
                .or(() -> claim.map(it -> (it.subPath() == null || it.subPath().isEmpty()
                                ? "the directory"
                                : "the sub-path " + Quoted.of(it.subPath(), IMAGE_MOST))
                        + " of the PersistentVolumeClaim " + Quoted.of(it.claimName(), NAME_MOST)
                        + " is not there, is no directory, or has a symbolic link on the way"))
                .orElse("what spec.workspace.source names is not there");
    }

    /** The program that its own process became, as it was called where one file is many programs. */
    String program(Result facts) {
        if (facts.program() == null) {
            return "";
        }
        List<String> called = called(facts);
        return called.isEmpty() ? facts.program() + ", " : quoted(called) + " (" + facts.program() + "), ";
    }

    /** What grants that program and no other. The path of a file that is many programs would grant them all. */
    String remedy(Result facts) {
        List<String> called = called(facts);
        if (called.size() == 1) {
            return "have {command: " + (isPlain(called.getFirst()) ? called.getFirst() : quoted(called))
                    + "} added there";
        }
        // What people paste into a policy holds nothing that a tool wrote and that YAML would read.
        boolean alone = called.isEmpty() && !denied(facts).isEmpty() && isPlain(facts.program());
        return alone
                ? "have {command: " + facts.program() + "} added there"
                : "have the name that it needs added as command there (the path of a file that is many programs grants them all)";
    }

    private List<String> called(Result facts) {
        return denied(facts).stream()
                .flatMap(event -> Optional.ofNullable(event.detail().get("calledAs")).stream())
                .distinct()
                .limit(CALLED_MOST)
                .toList();
    }

    /** Each time that this file was denied, by the record. */
    private List<AuditEvent> denied(Result facts) {
        return Denials.gateways(status()).stream()
                .flatMap(source -> Denials.kept(source).stream())
                .filter(event -> event.eventType() == AuditEventType.ProcessExec
                        && event.resource() != null
                        && event.resource().equals(facts.program()))
                .toList();
    }

    private static boolean isPlain(String name) {
        return name.chars()
                .allMatch(c -> c >= 'a' && c <= 'z'
                        || c >= 'A' && c <= 'Z'
                        || c >= '0' && c <= '9'
                        || c == '/'
                        || c == '-'
                        || c == '_'
                        || c == '.');
    }

    private static String quoted(List<String> names) {
        return names.stream().map(name -> Quoted.of(name, NAME_MOST)).collect(Collectors.joining(" or "));
    }

    private ToolRunStatus status() {
        return Reducer.statusOf(run);
    }

    private Optional<Effective> effective() {
        return Optional.ofNullable(status().effective());
    }

    private Optional<EffectiveLimits> limits() {
        return effective().map(Effective::limits);
    }
}
