package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.record.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every reason for which a run may be refused is an error of a documented class, with a documented exit code. */
class DeniedEndingTest {
    private static final Map<String, List<String>> CODES = codes("""
            ConfigurationError/Configuration/2: PolicyNotFound PolicyNotReady TimeoutExceedsPolicy EnvironmentRepeated SecretRepeated
            ConfigurationError/Configuration/2: ArgumentsRefused CredentialInSpec InvalidSpec HostInvalid HostUnresolved PathInvalid
            ConfigurationError/Configuration/2: KeyReused KeyConsumed
            RegistryError/Registry/3: ToolNotRegistered
            CapabilityError/Capability/5: PolicySuspended NamespaceSuspended StageUnknown LifecycleDenied ReviewRequired ToolDisabled EnvironmentNotGranted SourceNotGranted CommitNotGranted CapabilityNotGranted
            CapabilityError/Capability/5: RateExceeded CircuitOpen KeysExhausted
            CapabilityError/Capability/5: HostNotAllowed HostDenied AddressNotAllowed AddressDenied AddressOnFloor PathNotAllowed PathDenied
            ExternalCommandError/Capability/5: ProgramNotAllowed
            SecretAccessError/Capability/5: SecretNotAllowed
            """);

    private static final Set<String> PASS_BY_THEMSELVES = Set.of("RateExceeded", "CircuitOpen", "KeysExhausted");

    @TestFactory
    Stream<DynamicTest> eachCodeIsAnError() {
        return CODES.entrySet().stream()
                .flatMap(row -> row.getValue().stream()
                        .map(code -> DynamicTest.dynamicTest(code, () -> {
                            Ending ending = Endings.denied(List.of(new DecisionReason(code, "r", "m")));

                            assertThat(ending.phase()).isEqualTo(Phase.Denied);
                            assertThat(ending.error().type() + "/"
                                            + ending.error().kind() + "/" + ending.exitCode())
                                    .isEqualTo(row.getKey());
                            assertThat(ending.error().resource()).isEqualTo("r");
                            assertThat(ending.error().retryable()).isEqualTo(PASS_BY_THEMSELVES.contains(code));
                        })));
    }

    /** The codes of a decision come first among the reasons, up to the one that is about the sandbox. */
    @Test
    void noCodeOfADecisionIsLeftOut() {
        assertThat(CODES.values().stream().flatMap(List::stream))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Reason.values())
                        .filter(reason ->
                                reason.compareTo(Reason.Allowed) > 0 && reason.compareTo(Reason.SandboxUnavailable) < 0)
                        .map(Reason::name)
                        .toList());
    }

    private static Map<String, List<String>> codes(String table) {
        Map<String, List<String>> codes = new TreeMap<>();
        table.lines()
                .forEach(line -> codes.merge(
                        line.substring(0, line.indexOf(':')),
                        List.of(line.substring(line.indexOf(':') + 2).split(" ")),
                        (some, more) ->
                                Stream.concat(some.stream(), more.stream()).toList()));
        return codes;
    }
}
