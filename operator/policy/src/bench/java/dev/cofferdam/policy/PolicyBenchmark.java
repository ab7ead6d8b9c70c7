package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.EnvironmentPermissions;
import dev.cofferdam.api.v1alpha1.EnvironmentRule;
import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.Permissions;
import dev.cofferdam.api.v1alpha1.PolicyReference;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicySpec;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.Tool;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.policy.match.Address;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Decisions by policies with that many rules in each of their lists: a third of them deny. What is asked meets no rule, so that every rule is looked at. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class PolicyBenchmark {
    private static final Destination ELSEWHERE =
            new Destination("a.b.c.elsewhere.example.org", 443, NetworkProtocol.Https);
    private static final List<Address> ADDRESSES = List.of(
            Address.parse("140.82.112.5").orElseThrow(),
            Address.parse("2606:50c0:8000::153").orElseThrow());

    @Param({"10", "100", "1000"})
    public int rules;

    private final SandboxPolicy policy = new SandboxPolicy();
    private Compilation compilation;
    private Grants grants;
    private ToolRunSpec run;

    @Setup
    public void rules() {
        SandboxPolicySpec spec = new SandboxPolicySpec(
                null,
                null,
                null,
                null,
                List.of(new Tool("python", "cofferdam.local/python:1", List.of("python3"), null, null, null, null, null)),
                new Permissions(
                        new EnvironmentPermissions(
                                IntStream.range(0, Math.min(rules, 256))
                                        .mapToObj(at -> new EnvironmentRule("KEY_" + at, null))
                                        .toList(),
                                null),
                        null,
                        null,
                        null,
                        null,
                        null,
                        Map.of("network", network(), "storage", storage())),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
        policy.setMetadata(new ObjectMetaBuilder().withName("p").withGeneration(1L).build());
        policy.setSpec(spec);
        compilation = PolicyCompiler.compile(policy, Served.ALL);
        grants = ((Compilation.Compiled) compilation).policy().grants();
        run = new ToolRunSpec(
                new PolicyReference("p"),
                null,
                "python",
                List.of("-c", "print('hello')"),
                "",
                null,
                List.of(new EnvironmentVariable("KEY_9", "x")),
                null,
                null,
                List.of(),
                "10s",
                null,
                null,
                null,
                null,
                null);
    }

    private Map<String, Object> network() {
        List<Map<String, Object>> all = IntStream.range(0, rules)
                .<Map<String, Object>>mapToObj(at -> switch (at % 3) {
                    case 0 -> Map.of("host", "api" + at + ".example.com", "port", 443, "protocol", "https");
                    case 1 -> Map.of("host", "*.team" + at + ".example.com");
                    default -> Map.of("cidr", "10." + at / 256 + "." + at % 256 + ".0/24", "port", 443);
                })
                .toList();
        return Map.of("allow", all.subList(0, rules * 2 / 3), "deny", all.subList(rules * 2 / 3, rules));
    }

    private Map<String, Object> storage() {
        List<Map<String, Object>> all = IntStream.range(0, rules)
                .<Map<String, Object>>mapToObj(at -> Map.of(
                        "uri",
                        at % 2 == 0 ? "fs:///workspace/src/module" + at + "/**" : "fs:///workspace/**/part" + at + "/*.py",
                        "access",
                        List.of("read")))
                .toList();
        return Map.of("allow", all.subList(0, rules * 2 / 3), "deny", all.subList(rules * 2 / 3, rules));
    }

    /** A connection to a name that resolves to two addresses. */
    @Benchmark
    public Answer connect() {
        return grants.connect(ELSEWHERE, ADDRESSES, Floor.EVERYWHERE);
    }

    @Benchmark
    public Answer access() {
        return grants.access("/workspace/src/other/deep/below/file.txt", StorageAccess.Read);
    }

    /** A whole run, granted. */
    @Benchmark
    public Ruling decide() {
        return Decider.decide(Optional.of(compilation), run);
    }

    /** A policy from its object, digest and all. */
    @Benchmark
    public Compilation compile() {
        return PolicyCompiler.compile(policy, Served.ALL);
    }
}
