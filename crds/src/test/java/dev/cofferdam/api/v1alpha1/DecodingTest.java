package dev.cofferdam.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An object of another version never stops an informer, and never passes for one of ours. Decoded as the client decodes. */
class DecodingTest {
    private final KubernetesSerialization serialization = new KubernetesSerialization();

    private ToolRun run(String json) {
        return serialization.unmarshal(json, ToolRun.class);
    }

    private SandboxPolicy policy(String json) {
        return serialization.unmarshal(json, SandboxPolicy.class);
    }

    @Test
    void unknownEnumValuesAreUnrecognized() {
        // When
        var spec = policy("""
                {"kind": "SandboxPolicy", "spec": {"trust": "semitrusted", "isolation": {"mode": "Preferred"}, "state": "quarantined", "dynamicGrants": "Allow"}}""").getSpec();
        var run = run("""
                {"kind": "ToolRun", "spec": {"mode": "run", "stdinEncoding": "utf8", "outputMode": "fail"}, "status": {"phase": "Frozen", "decision": {"verdict": "allowed"},
                 "sandbox": {"supervisor": "Sidecar", "layers": ["GVisor", "gvisor", "Moat"]}, "result": {"outcome": "exited", "stdoutEncoding": "Hex"},
                 "error": {"type": "capabilityError", "kind": ""},
                 "audit": {"sources": [{"events": [{"eventType": "Whatever", "result": "DENIED"}]}]}}}""");

        // Then
        assertThat(spec.trust()).isEqualTo(Trust.Unrecognized);
        assertThat(spec.isolation().mode()).isEqualTo(IsolationMode.Unrecognized);
        assertThat(spec.state()).isEqualTo(PolicyState.Unrecognized);
        assertThat(spec.dynamicGrants()).isEqualTo(DynamicGrants.Unrecognized);
        assertThat(run.getSpec().mode()).isEqualTo(RunMode.Unrecognized);
        assertThat(run.getSpec().stdinEncoding()).isEqualTo(StdinEncoding.Unrecognized);
        assertThat(run.getSpec().outputMode()).isEqualTo(OutputMode.Unrecognized);
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Unrecognized);
        assertThat(run.getStatus().decision().verdict()).isEqualTo(Verdict.Unrecognized);
        assertThat(run.getStatus().sandbox().supervisor()).isEqualTo(SupervisorSource.Unrecognized);
        assertThat(run.getStatus().sandbox().layers())
                .containsExactly(Layer.GVisor, Layer.Unrecognized, Layer.Unrecognized);
        assertThat(run.getStatus().result().outcome()).isEqualTo(Outcome.Unrecognized);
        assertThat(run.getStatus().result().stdoutEncoding()).isEqualTo(OutputEncoding.Unrecognized);
        assertThat(run.getStatus().error().type()).isEqualTo(ErrorType.Unrecognized);
        assertThat(run.getStatus().error().kind()).isEqualTo(ErrorKind.Unrecognized);
        var event = run.getStatus().audit().sources().getFirst().events().getFirst();
        assertThat(event.eventType()).isEqualTo(AuditEventType.Unrecognized);
        assertThat(event.result()).isEqualTo(AuditResult.Unrecognized);
    }

    /** Also the word itself, which no object may carry. */
    @ParameterizedTest
    @ValueSource(strings = {"\"Unrecognized\"", "\"\"", "\" Active\"", "7", "true", "1.5"})
    void whatIsNoValueOfTheEnumIsUnrecognized(String json) {
        assertThat(policy("{\"spec\": {\"state\": " + json + "}}").getSpec().state())
                .isEqualTo(PolicyState.Unrecognized);
    }

    @Test
    void unknownKeysOfPermissionsAreCapturedAtEveryLevelAlsoNull() {
        // When
        var permissions = policy("""
                {"spec": {"permissions": {"netwrok": {"allow": []}, "ipc": null,
                  "environment": {"allow": [{"key": "LANG", "vale": "C", "x": null}], "allows": [1]},
                  "resources": {"io": null, "limits": {"memmory": "1Gi", "gpu": null, "cpu": "500m"}}}}}""").getSpec().permissions();

        // Then
        assertThat(permissions.unknown()).containsOnlyKeys("netwrok", "ipc").containsEntry("ipc", null);
        assertThat(permissions.environment().unknown()).containsOnlyKeys("allows");
        assertThat(permissions.environment().allow().getFirst().unknown()).containsOnlyKeys("vale", "x");
        assertThat(permissions.resources().unknown()).containsOnlyKeys("io");
        assertThat(permissions.resources().limits().unknown()).containsOnlyKeys("memmory", "gpu");
        assertThat(permissions.resources().limits().cpu()).hasToString("500m");
    }

    @Test
    void unknownKeysElsewhereAreIgnored() {
        // When
        var policy = policy("""
                {"future": 1, "spec": {"stages": [{}], "isolation": {"runtimeClassName": "gvisor", "zone": {}},
                 "tools": [{"name": "a", "lifecycle": "Stable"}]},
                 "status": {"runs": {"active": 3}, "conditions": [{"type": "Ready", "since": 1}]}}""");
        var run = run("""
                {"future": [], "spec": {"mode": "DecideOnly", "policyRef": {"name": "p", "kind": "X"}, "env": [{"name": "A", "valueFrom": {}}]},
                 "status": {"changes": {"added": 1}, "decision": {"x": 1, "reasons": [{"y": 2}]}, "effective": {"network": [], "limits": {"gpu": 1}},
                  "sandbox": {"warm": true}, "attempts": [{"number": 1, "z": 1}], "execution": {"z": 1}, "result": {"z": 1}, "error": {"capability": "X"},
                  "audit": {"z": 1, "sources": [{"z": 1, "events": [{"z": {}, "detail": {"a": "b"}}]}]}}}""");

        // Then
        assertThat(policy.getSpec().tools()).extracting(Tool::name).containsExactly("a");
        assertThat(policy.getStatus().conditions().getFirst().getType()).isEqualTo("Ready");
        assertThat(run.getSpec().policyRef().name()).isEqualTo("p");
        assertThat(run.getStatus().attempts().getFirst().number()).isEqualTo(1);
        assertThat(run.getStatus()
                        .audit()
                        .sources()
                        .getFirst()
                        .events()
                        .getFirst()
                        .detail())
                .isEqualTo(Map.of("a", "b"));
    }

    @Test
    void nullMeansAbsent() {
        // When
        var policy = policy("""
                {"spec": {"trust": null, "isolation": null, "tools": [null, {"name": "a", "command": null}], "state": null,
                  "permissions": {"environment": {"allow": null}, "resources": null}}, "status": {"conditions": null}}""");
        var run = run("""
                {"spec": {"args": null, "env": [null], "cancel": null, "stdinEncoding": null},
                 "status": {"phase": null, "conditions": [null], "attempts": null, "settled": null, "decision": {"reasons": null},
                  "audit": {"sources": [null, {"events": [{"detail": {"a": null, "b": "c"}}]}]}}}""");

        // Then
        assertThat(policy.getSpec().trust()).isNull();
        assertThat(policy.getSpec().tools())
                .hasSize(1)
                .allSatisfy(tool -> assertThat(tool.command()).isEmpty());
        assertThat(policy.getSpec().permissions().environment().allow()).isEmpty();
        assertThat(policy.getStatus().conditions()).isEmpty();
        assertThat(run.getSpec().args()).isEmpty();
        assertThat(run.getSpec().env()).isEmpty();
        assertThat(run.getStatus().phase()).isNull();
        assertThat(run.getStatus().conditions()).isEmpty();
        assertThat(run.getStatus()
                        .audit()
                        .sources()
                        .getFirst()
                        .events()
                        .getFirst()
                        .detail())
                .isEqualTo(Map.of("b", "c"));
    }

    /** A quantity that this version cannot read is for the compiler to refuse, not for the decoder to fail on. */
    @ParameterizedTest
    @ValueSource(strings = {"\"much\"", "\"\"", "0", "9007199254740993", "\"1e3\"", "0.5", "[1]", "{}"})
    void anyQuantityDecodes(String json) {
        assertThat(policy("{\"spec\": {\"permissions\": {\"resources\": {\"limits\": {\"cpu\": " + json + "}}}}}")
                        .getSpec()
                        .permissions()
                        .resources()
                        .limits()
                        .cpu())
                .isNotNull();
    }

    static Stream<Class<? extends Enum<?>>> enums() {
        return Stream.of(
                AuditEventType.class,
                AuditResult.class,
                DynamicGrants.class,
                ErrorKind.class,
                ErrorType.class,
                IsolationMode.class,
                Layer.class,
                Outcome.class,
                OutputEncoding.class,
                Phase.class,
                PolicyState.class,
                RunMode.class,
                StdinEncoding.class,
                SupervisorSource.class,
                Trust.class,
                Verdict.class);
    }

    @ParameterizedTest
    @MethodSource("enums")
    void everyOtherValueOfEveryEnumDecodesToItself(Class<? extends Enum<?>> type) {
        assertThat(Arrays.stream(type.getEnumConstants())
                        .filter(value -> !value.name().equals("Unrecognized")))
                .isNotEmpty()
                .allSatisfy(value -> assertThat((Object) serialization.unmarshal("\"" + value.name() + "\"", type))
                        .isEqualTo(value));
    }
}
