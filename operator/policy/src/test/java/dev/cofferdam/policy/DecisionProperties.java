package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.EnvironmentPermissions;
import dev.cofferdam.api.v1alpha1.EnvironmentRule;
import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import dev.cofferdam.api.v1alpha1.Permissions;
import dev.cofferdam.api.v1alpha1.PolicyReference;
import dev.cofferdam.api.v1alpha1.PolicyState;
import dev.cofferdam.api.v1alpha1.ResourceLimits;
import dev.cofferdam.api.v1alpha1.ResourcePermissions;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;
import dev.cofferdam.api.v1alpha1.StdinEncoding;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.policy.match.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class DecisionProperties {
    private static final List<String> KEYS = List.of("LANG", "TZ", "HOME", "LD_PRELOAD");
    private static final List<String> TOOLS = List.of("python", "shell");
    private static final List<String> TIMES = List.of("100ms", "1s", "30s", "1m", "0s", "soon");

    @Property
    void aGrantTakenAwayNeverMakesARefusalAnAllowance(
            @ForAll("policies") SandboxPolicySpec policy,
            @ForAll("runs") ToolRunSpec run,
            @ForAll @IntRange(max = 7) int which) {
        boolean before = decide(policy, run) instanceof Ruling.Granted;

        boolean after = decide(without(policy, which), run) instanceof Ruling.Granted;

        assertThat(before || !after).isTrue();
    }

    @Property
    void aSuspendedPolicyAllowsNothing(@ForAll("policies") SandboxPolicySpec policy, @ForAll("runs") ToolRunSpec run) {
        assertThat(decide(withState(policy, PolicyState.Suspended), run)).isInstanceOf(Ruling.Refused.class);
    }

    @Property
    void aKeyThatNobodyKnowsAllowsNothing(
            @ForAll("policies") SandboxPolicySpec policy, @ForAll("runs") ToolRunSpec run, @ForAll String key) {
        Permissions permissions = new Permissions(
                policy.permissions().environment(),
                policy.permissions().resources(),
                null,
                null,
                null,
                null,
                Map.of(key, true));

        assertThat(decide(withPermissions(policy, permissions), run)).isInstanceOf(Ruling.Refused.class);
    }

    @Property
    void whatIsGrantedIsWithinThePolicy(@ForAll("policies") SandboxPolicySpec policy, @ForAll("runs") ToolRunSpec run) {
        if (decide(policy, run) instanceof Ruling.Granted granted
                && compile(policy) instanceof Compilation.Compiled compiled) {
            assertThat(granted.job().limits().timeout())
                    .isLessThanOrEqualTo(compiled.policy().limits().timeout());
            assertThat(compiled.policy().environment())
                    .containsAll(granted.effective().environment());
            assertThat(new HashSet<>(granted.effective().environment()))
                    .hasSameSizeAs(granted.job().environment());
            assertThat(granted.job().argv()).startsWith(granted.tool().command().toArray(String[]::new));
            assertThat(HandOut.job(Optional.of(compiled), granted.effective(), run))
                    .isEqualTo(granted);
        }
    }

    @Property
    void quotationsAreShortAndOnOneLine(@ForAll String text) {
        String quoted = Text.quoted(text);

        assertThat(quoted.length()).isLessThan(12 * Text.SHOWN_MOST + 40);
        assertThat(quoted.codePoints().filter(Character::isISOControl)).isEmpty();
    }

    @Property
    void durationsReadWhatTheyWrite(@ForAll @IntRange(max = Integer.MAX_VALUE) int millis) {
        assertThat(Durations.parse(Durations.text(Duration.ofMillis(millis)))).contains(Duration.ofMillis(millis));
    }

    @Property
    void durationsNeverFail(@ForAll String text) {
        Durations.parse(text)
                .ifPresent(duration -> assertThat(duration.isNegative()).isFalse());
    }

    @Provide
    Arbitrary<SandboxPolicySpec> policies() {
        return Combinators.combine(
                        Arbitraries.subsetOf(TOOLS),
                        Arbitraries.subsetOf(KEYS),
                        Arbitraries.of(TIMES.subList(0, 4)).injectNull(0.2))
                .as((tools, keys, timeout) -> new SandboxPolicySpec(
                        null,
                        null,
                        null,
                        null,
                        tools.stream()
                                .map(name -> new Tool(
                                        name,
                                        "cofferdam.local/" + name + ":1",
                                        List.of("/bin/" + name),
                                        null,
                                        null,
                                        null,
                                        null,
                                        null))
                                .toList(),
                        new Permissions(
                                new EnvironmentPermissions(
                                        keys.stream()
                                                .map(key -> new EnvironmentRule(key, null))
                                                .toList(),
                                        null),
                                new ResourcePermissions(
                                        new ResourceLimits(
                                                null, null, timeout, null, null, null, null, null, null, null),
                                        null),
                                null,
                                null,
                                null,
                                null,
                                null),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        PolicyState.Active));
    }

    @Provide
    Arbitrary<ToolRunSpec> runs() {
        Arbitrary<List<EnvironmentVariable>> environment = Arbitraries.of(KEYS)
                .map(key -> new EnvironmentVariable(key, "x"))
                .list()
                .ofMaxSize(3);
        return Combinators.combine(
                        Arbitraries.of("python", "shell", "perl"),
                        Arbitraries.of("a", "b c", "nul\0", "").list().ofMaxSize(2),
                        environment,
                        Arbitraries.of(TIMES).injectNull(0.3))
                .as((tool, args, env, timeout) -> new ToolRunSpec(
                        new PolicyReference("p"),
                        null,
                        tool,
                        args,
                        "in",
                        StdinEncoding.UTF8,
                        env,
                        null,
                        List.of(),
                        null,
                        timeout,
                        null,
                        null,
                        null,
                        null,
                        null));
    }

    private static Ruling decide(SandboxPolicySpec policy, ToolRunSpec run) {
        return Decider.decide(Optional.of(compile(policy)), run);
    }

    private static Compilation compile(SandboxPolicySpec policy) {
        return Policies.compile(policy, Served.NOW);
    }

    /** The policy without one of its grants: a tool, a key, or some of the time. */
    private static SandboxPolicySpec without(SandboxPolicySpec policy, int which) {
        List<Tool> tools = new ArrayList<>(policy.tools());
        List<EnvironmentRule> keys =
                new ArrayList<>(policy.permissions().environment().allow());
        String timeout = policy.permissions().resources().limits().timeout();
        if (which < 2 && which < tools.size()) {
            tools.remove(which);
        } else if (which < 6 && which - 2 >= 0 && which - 2 < keys.size()) {
            keys.remove(which - 2);
        } else {
            timeout = "100ms";
        }
        Permissions permissions = new Permissions(
                new EnvironmentPermissions(keys, null),
                new ResourcePermissions(
                        new ResourceLimits(null, null, timeout, null, null, null, null, null, null, null), null),
                null,
                null,
                null,
                null,
                null);
        return new SandboxPolicySpec(
                null,
                null,
                policy.trust(),
                policy.isolation(),
                tools,
                permissions,
                null,
                policy.stages(),
                policy.dynamicGrants(),
                policy.retry(),
                policy.concurrency(),
                policy.circuitBreaker(),
                policy.alerts(),
                policy.rate(),
                policy.quarantine(),
                policy.state());
    }

    private static SandboxPolicySpec withPermissions(SandboxPolicySpec policy, Permissions permissions) {
        return new SandboxPolicySpec(
                null,
                null,
                policy.trust(),
                policy.isolation(),
                policy.tools(),
                permissions,
                null,
                policy.stages(),
                policy.dynamicGrants(),
                policy.retry(),
                policy.concurrency(),
                policy.circuitBreaker(),
                policy.alerts(),
                policy.rate(),
                policy.quarantine(),
                policy.state());
    }

    private static SandboxPolicySpec withState(SandboxPolicySpec policy, PolicyState state) {
        return new SandboxPolicySpec(
                null,
                null,
                policy.trust(),
                policy.isolation(),
                policy.tools(),
                policy.permissions(),
                null,
                policy.stages(),
                policy.dynamicGrants(),
                policy.retry(),
                policy.concurrency(),
                policy.circuitBreaker(),
                policy.alerts(),
                policy.rate(),
                policy.quarantine(),
                state);
    }
}
