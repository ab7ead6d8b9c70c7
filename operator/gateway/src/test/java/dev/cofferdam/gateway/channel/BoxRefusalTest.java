package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoxRefusalTest {
    @ParameterizedTest
    @CsvSource({
        "resolve, example.com, NotAllowed, HostNotAllowed",
        "resolve, 10.0.0.1, NotAllowed, HostNotAllowed",
        "connect, example.com:443, NotAllowed, HostNotAllowed",
        "connect, 8.8.8.8:443, NotAllowed, HostNotAllowed",
        "connect, other addresses, NotAllowed, HostNotAllowed",
        "connect, 10.244.0.57:8081, NotAllowed, AddressNotAllowed",
        "connect, '[fd00::1]:443', NotAllowed, AddressNotAllowed",
        "connect, 169.254.169.254:80, NotAllowed, AddressNotAllowed",
        "connect, ':80', NotAllowed, HostNotAllowed",
        "connect, example.com:443, NoRoom, TooManyConnections",
        "connect, 10.244.0.57:8081, NoRoom, TooManyConnections",
        "resolve, a.example.com, NoRoom, TooManyNames",
        "connect, example.com:443, GatewayUnreachable, GatewayUnreachable",
        "connect, other addresses, Abandoned, Abandoned",
    })
    void whatCameToNothingHasAReasonByItsKind(
            String action, String resource, SupervisorFrame.Cause cause, String reason) {
        assertThat(BoxRefusal.detail(new SupervisorFrame.Event(
                        AuditEventType.NetworkAccess,
                        resource,
                        action,
                        cause.result(),
                        Map.of("count", "2", "cause", cause.name()))))
                .containsExactly(Map.entry("count", "2"), Map.entry("reason", reason));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/usr/bin/nc", "10.0.0.1:80"})
    void aProgramThatWasDeniedHasOneReason(String program) {
        assertThat(BoxRefusal.detail(new SupervisorFrame.Event(
                        AuditEventType.ProcessExec, program, "exec", AuditResult.Denied, Map.of("count", "2"))))
                .containsExactly(Map.entry("count", "2"), Map.entry("reason", "ProgramNotAllowed"));
    }

    @Test
    void whatWasAllowedHasNone() {
        Map<String, String> detail = Map.of("count", "1", "calledAs", "git");

        assertThat(BoxRefusal.detail(new SupervisorFrame.Event(
                        AuditEventType.ProcessExec, "/usr/bin/git", "exec", AuditResult.Allowed, detail)))
                .isEqualTo(detail);
    }
}
