package dev.cofferdam.gateway.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.AuditResult;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoxRefusalTest {
    @ParameterizedTest
    @CsvSource({
        "ProcessExec, exec, /usr/bin/nc, ProgramNotAllowed",
        "ProcessExec, exec, 10.0.0.1:80, ProgramNotAllowed",
        "NetworkAccess, resolve, example.com, HostNotAllowed",
        "NetworkAccess, resolve, 10.0.0.1, HostNotAllowed",
        "NetworkAccess, connect, example.com:443, HostNotAllowed",
        "NetworkAccess, connect, 8.8.8.8:443, HostNotAllowed",
        "NetworkAccess, connect, other addresses, HostNotAllowed",
        "NetworkAccess, connect, 10.244.0.57:8081, AddressNotAllowed",
        "NetworkAccess, connect, '[fd00::1]:443', AddressNotAllowed",
        "NetworkAccess, connect, 169.254.169.254:80, AddressNotAllowed",
        "NetworkAccess, connect, ':80', HostNotAllowed",
    })
    void whatTheBoxRefusedHasTheReasonOfADecision(AuditEventType type, String action, String resource, String reason) {
        assertThat(BoxRefusal.detail(
                        new SupervisorFrame.Event(type, resource, action, AuditResult.Denied, Map.of("count", "2"))))
                .containsExactly(Map.entry("count", "2"), Map.entry("reason", reason));
    }

    @Test
    void whatWasAllowedHasNone() {
        Map<String, String> detail = Map.of("count", "1", "calledAs", "git");

        assertThat(BoxRefusal.detail(new SupervisorFrame.Event(
                        AuditEventType.ProcessExec, "/usr/bin/git", "exec", AuditResult.Allowed, detail)))
                .isEqualTo(detail);
    }
}
