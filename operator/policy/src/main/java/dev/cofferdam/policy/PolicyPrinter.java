package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Alert;
import dev.cofferdam.api.v1alpha1.CircuitBreaker;
import dev.cofferdam.api.v1alpha1.Concurrency;
import dev.cofferdam.api.v1alpha1.CreationRate;
import dev.cofferdam.api.v1alpha1.EnvironmentPermissions;
import dev.cofferdam.api.v1alpha1.EnvironmentRule;
import dev.cofferdam.api.v1alpha1.ExecPermissions;
import dev.cofferdam.api.v1alpha1.ExecRule;
import dev.cofferdam.api.v1alpha1.Isolation;
import dev.cofferdam.api.v1alpha1.IsolationMode;
import dev.cofferdam.api.v1alpha1.NetworkPermissions;
import dev.cofferdam.api.v1alpha1.NetworkRule;
import dev.cofferdam.api.v1alpha1.Permissions;
import dev.cofferdam.api.v1alpha1.Quarantine;
import dev.cofferdam.api.v1alpha1.ResourceLimits;
import dev.cofferdam.api.v1alpha1.ResourcePermissions;
import dev.cofferdam.api.v1alpha1.Retry;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;
import dev.cofferdam.api.v1alpha1.SecretKeyReference;
import dev.cofferdam.api.v1alpha1.SecretPermissions;
import dev.cofferdam.api.v1alpha1.SecretRule;
import dev.cofferdam.api.v1alpha1.Stage;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.StoragePermissions;
import dev.cofferdam.api.v1alpha1.StorageRule;
import dev.cofferdam.policy.match.PathPattern;
import dev.cofferdam.policy.match.Target;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes a compiled policy as a spec again, in the one way in which policies of one meaning are written: lists in order, defaults spelled out, names in lower
 * case, ranges and quantities in one spelling. Compiled again, it is the same policy. What is for people (version, description) is left out.
 */
final class PolicyPrinter {
    private static final BigDecimal MILLI = BigDecimal.valueOf(1000);

    private PolicyPrinter() {}

    static SandboxPolicySpec print(CompiledPolicy policy) {
        return new SandboxPolicySpec(
                null,
                null,
                policy.trust(),
                new Isolation(policy.runtimeClassName(), IsolationMode.Required),
                List.copyOf(policy.tools().values()),
                new Permissions(
                        new EnvironmentPermissions(
                                policy.environment().stream()
                                        .map(key -> new EnvironmentRule(key, null))
                                        .toList(),
                                null),
                        new ResourcePermissions(limits(policy.limits()), null),
                        storage(policy.grants().storage()),
                        network(policy.grants().network()),
                        exec(policy.grants().exec()),
                        secrets(policy.grants().secrets()),
                        null),
                policy.sources().print(),
                policy.stages().entrySet().stream()
                        .map(stage -> new Stage(
                                stage.getKey(),
                                stage.getValue().stream().sorted().toList(),
                                null))
                        .toList(),
                null,
                retry(policy.repetition()),
                policy.capacity()
                        .map(capacity -> new Concurrency(
                                number(capacity.active()),
                                number(capacity.inNamespace()),
                                capacity.queued(),
                                Durations.text(capacity.patience())))
                        .orElse(null),
                policy.circuit()
                        .map(circuit -> new CircuitBreaker(
                                circuit.failures(),
                                Durations.text(circuit.window()),
                                Durations.text(circuit.pause()),
                                circuit.probes()))
                        .orElse(null),
                alerts(policy.alerts()),
                policy.rate()
                        .map(rate -> new CreationRate(rate.runs(), Durations.text(rate.per())))
                        .orElse(null),
                policy.keep().isZero() ? null : new Quarantine(Durations.text(policy.keep())),
                policy.state());
    }

    private static Integer number(OptionalInt number) {
        return number.isPresent() ? number.getAsInt() : null;
    }

    private static Map<String, Alert> alerts(Map<String, AlertRule> rules) {
        Map<String, Alert> alerts = new TreeMap<>();
        rules.forEach((name, rule) ->
                alerts.put(name, new Alert(rule.condition().toString(), rule.severity(), rule.action(), null)));
        return alerts;
    }

    /** Without one, and without an idempotent tool, the defaults hold: they are not spelled out. */
    private static Retry retry(Repetition repetition) {
        return repetition.equals(Repetition.DEFAULTS)
                ? null
                : new Retry(
                        repetition.attemptsMost(),
                        Durations.text(repetition.initialDelay()),
                        BigDecimal.valueOf(repetition.multiplier()),
                        Durations.text(repetition.delayMost()),
                        BigDecimal.valueOf(repetition.jitter()));
    }

    private static ResourceLimits limits(Limits limits) {
        return new ResourceLimits(
                new Quantity(whole(limits.cpu().getNumericalAmount().multiply(MILLI)) + "m"),
                new Quantity(whole(limits.memory().getNumericalAmount())),
                Durations.text(limits.timeout()),
                limits.cpuTime().map(Durations::text).orElse(null),
                limits.processes(),
                limits.openFiles(),
                limits.outputBytes(),
                limits.workspaceBytes() == limits.scratchBytes()
                        ? null
                        : new Quantity(Long.toString(limits.workspaceBytes())),
                limits.traffic().print(),
                null);
    }

    private static String whole(BigDecimal amount) {
        return amount.toBigIntegerExact().toString();
    }

    private static NetworkPermissions network(NetworkGrant grant) {
        return grant.isEmpty()
                ? null
                : new NetworkPermissions(
                        network(grant.allow().asMap()), network(grant.deny().asMap()), null);
    }

    private static List<NetworkRule> network(Map<Target, Reach> rules) {
        return NetworkGrant.rules(NetworkGrant.shown(rules));
    }

    private static StoragePermissions storage(StorageGrant grant) {
        return grant.isEmpty()
                ? null
                : new StoragePermissions(
                        storage(grant.allow().asMap()), storage(grant.deny().asMap()), null);
    }

    private static List<StorageRule> storage(Map<PathPattern, Set<StorageAccess>> rules) {
        List<StorageRule> written = new ArrayList<>();
        rules.forEach((pattern, access) -> written.add(
                new StorageRule(pattern.toString(), access.stream().sorted().toList(), null)));
        return written;
    }

    private static ExecPermissions exec(ExecGrant grant) {
        return grant.equals(ExecGrant.NOTHING)
                ? null
                : new ExecPermissions(
                        grant.allow().commands().stream()
                                .map(command -> new ExecRule(command, null))
                                .toList(),
                        grant.allowJit() ? true : null,
                        null);
    }

    private static SecretPermissions secrets(SecretGrant grant) {
        if (grant.allow().isEmpty()) {
            return null;
        }
        return new SecretPermissions(
                grant.allow().entrySet().stream()
                        .map(rule -> new SecretRule(
                                rule.getKey(),
                                new SecretKeyReference(
                                        rule.getValue().secret(),
                                        rule.getValue().key(),
                                        null),
                                null))
                        .toList(),
                null);
    }
}
