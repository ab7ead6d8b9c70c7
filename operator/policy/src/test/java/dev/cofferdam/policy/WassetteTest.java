package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.Address;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A policy file of Wassette, pasted in under {@code spec}, means what it says. */
class WassetteTest {
    private static final String FILE = """
            spec:
              version: "1.0"
              permissions:
                storage:
                  allow:
                    - uri: "fs:///workspace/**"
                      access: ["read", "write"]
                  deny:
                    - uri: "fs:///workspace/secrets/**"

                network:
                  allow:
                    - host: "api.safe-service.com"
                      port: 443
                      protocol: "https"
                  deny:
                    - host: "*.internal.company.com"
            """;

    private static final String MORE = """
            spec:
              version: "1.0"
              description: everything that a file of the older form may say and that holds here
              permissions:
                environment: {allow: [{key: LANG}]}
                runtime: {docker: {security: {privileged: false, no_new_privileges: true, capabilities: {drop: [ALL]}}}}
                resources: {cpu: 50, memory: 512}
            """;

    @Test
    void meansWhatItSays() {
        Grants grants = Policies.compiled(FILE).grants();

        assertThat(grants.access("/workspace/a", StorageAccess.Write).isAllowed())
                .isTrue();
        assertThat(grants.storage()
                        .decide("/workspace/secrets/a", StorageAccess.Read)
                        .isAllowed())
                .isFalse();
        assertThat(connects(grants, "api.safe-service.com", 443)).isTrue();
        assertThat(connects(grants, "api.safe-service.com", 80)).isFalse();
        assertThat(connects(grants, "a.internal.company.com", 443)).isFalse();
    }

    @Test
    void isServedAsItIs() {
        assertThat(Policies.compile(Policies.spec(FILE), Served.NOW)).isInstanceOf(Compilation.Compiled.class);
    }

    @Test
    void compilesWhereItAsksForWhatHoldsAnyway() {
        for (String permissions : List.of(
                "network: {}",
                "network: {allow: [{host: a.com}]}",
                "network: {allow: [{host: a.com, protocol: http}]}",
                "network: {deny: [{host: \"*\"}]}",
                "storage: {deny: [{uri: \"fs:///workspace/secrets/**\"}]}",
                "exec: {}",
                "exec: {allow: [{command: \"*\"}]}",
                "exec: {allow: [{command: git}], allowJit: true}",
                "secrets: {allow: []}",
                "secrets: {allow: [{name: a, secretKeyRef: {name: s, key: k}}]}")) {
            assertThat(Policies.compile(Policies.spec(permissions), Served.NOW))
                    .as(permissions)
                    .isInstanceOf(Compilation.Compiled.class);
        }
    }

    /** A deny that nobody enforces must not look as if it held. */
    @Test
    void isRefusedWhereItDeniesWhatIsOpen() {
        for (String permissions : List.of("storage: {deny: [{uri: \"fs:///etc/**\"}]}")) {
            assertThat(Policies.compile(Policies.spec(permissions), Served.NOW))
                    .as(permissions)
                    .isInstanceOf(Compilation.Refused.class);
        }
    }

    @Test
    void olderFormIsConverted() {
        CompiledPolicy policy = Policies.compiled(MORE);

        assertThat(policy.limits().cpu().getNumericalAmount()).isEqualByComparingTo("0.5");
        assertThat(policy.limits().memory().getNumericalAmount()).isEqualByComparingTo("536870912");
        assertThat(policy.environment()).containsExactly("LANG");
    }

    @Test
    void anotherVersionIsRefused() {
        for (String version : List.of("2.0", "1.", "1.x", "1.0.0", "v1", "01", "1.00000")) {
            assertThat(Policies.compile("spec: {version: \"" + version + "\"}"))
                    .as(version)
                    .isInstanceOf(Compilation.Refused.class);
        }
        for (String version : List.of("1", "1.0", "1.12", "")) {
            assertThat(Policies.compile("spec: {version: \"" + version + "\"}"))
                    .as(version)
                    .isInstanceOf(Compilation.Compiled.class);
        }
    }

    private static boolean connects(Grants grants, String host, int port) {
        return grants.connect(
                        new Destination(host, port, NetworkProtocol.Https),
                        List.of(Address.parse("140.82.112.5").orElseThrow()),
                        Floor.EVERYWHERE)
                .isAllowed();
    }
}
