package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.SandboxPolicyStatus;
import dev.cofferdam.e2e.tenant.Persona;
import dev.cofferdam.e2e.tenant.Tenant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Who may do what: one line a deed, one column a persona. */
final class Rights {
    /**
     * {@code yes}; {@code RBAC}, which never heard of such a right, or lets nobody grant more than they have; the admission policy that refuses it, without its prefix, and a counter-test shows that it
     * does so alone; or {@code two} of them.
     */
    private static final String TABLE = """
            deed                       | ADMIN         | NAMESPACE_ADMIN | EDITOR  | AGENT         | OTHER_AGENT | REVIEWER      | KEEPER           | RESPONDER      | AUTHOR
            RUN_UNDER_USED             | yes           | yes             | run-use | yes           | run-use     | RBAC          | RBAC             | RBAC           | RBAC
            RUN_UNDER_UNUSED           | yes           | yes             | run-use | run-use       | run-use     | RBAC          | RBAC             | RBAC           | RBAC
            RUN_UNDER_MISSING          | yes           | yes             | run-use | run-use       | run-use     | RBAC          | RBAC             | RBAC           | RBAC
            RUN_IN_OWN_NAME            | yes           | yes             | run-use | yes           | run-use     | RBAC          | RBAC             | RBAC           | RBAC
            RUN_IN_ANOTHER_NAME        | run-requester | run-requester   | two     | run-requester | two         | RBAC          | RBAC             | RBAC           | RBAC
            WRITE_POLICY               | yes           | yes             | RBAC    | RBAC          | RBAC        | policy-review | RBAC             | yes            | yes
            DELETE_POLICY              | yes           | yes             | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | yes            | yes
            SUSPEND_POLICY             | yes           | yes             | RBAC    | RBAC          | RBAC        | policy-review | RBAC             | yes            | yes
            WRITE_STOPPED              | yes           | yes             | RBAC    | RBAC          | RBAC        | policy-review | RBAC             | yes            | yes
            RESUME_STOPPED             | yes           | policy-resume   | RBAC    | RBAC          | RBAC        | two           | RBAC             | yes            | policy-resume
            UNSET_STOPPED              | yes           | policy-resume   | RBAC    | RBAC          | RBAC        | two           | RBAC             | yes            | policy-resume
            DELETE_STOPPED             | yes           | policy-resume   | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | yes            | policy-resume
            QUARANTINE_STOPPED         | yes           | yes             | RBAC    | RBAC          | RBAC        | policy-review | RBAC             | yes            | yes
            RESUME_QUARANTINED         | yes           | policy-resume   | RBAC    | RBAC          | RBAC        | two           | RBAC             | yes            | policy-resume
            SUSPEND_QUARANTINED        | yes           | policy-resume   | RBAC    | RBAC          | RBAC        | two           | RBAC             | yes            | policy-resume
            DELETE_POLICIES            | yes           | two             | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            RESUME_TOOL                | yes           | tool-resume     | RBAC    | RBAC          | RBAC        | tool-resume   | RBAC             | yes            | tool-resume
            RESUME_ALERTED             | yes           | tool-resume     | RBAC    | RBAC          | RBAC        | tool-resume   | RBAC             | yes            | tool-resume
            WRITE_ALERTED              | yes           | yes             | RBAC    | RBAC          | RBAC        | policy-review | RBAC             | yes            | yes
            DELETE_DISABLED            | yes           | tool-resume     | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | yes            | tool-resume
            DELETE_ALERTED             | yes           | tool-resume     | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | yes            | tool-resume
            REVIEW_POLICY              | yes           | policy-review   | RBAC    | RBAC          | RBAC        | yes           | RBAC             | policy-review  | policy-review
            SHED_MARK                  | yes           | policy-marks    | RBAC    | RBAC          | RBAC        | two           | RBAC             | two            | two
            SHED_MARK_BY_NAME          | yes           | policy-marks    | RBAC    | RBAC          | RBAC        | two           | RBAC             | two            | two
            REMOVE_MARKED              | yes           | yes             | RBAC    | RBAC          | RBAC        | two           | RBAC             | policy-vouch   | policy-vouch
            MAKE_POLICY                | yes           | yes             | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | policy-vouch
            MAKE_GENERATED             | yes           | yes             | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | yes
            MAKE_UNTRUSTED             | yes           | yes             | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | yes
            EDIT_GENERATED             | yes           | yes             | RBAC    | RBAC          | RBAC        | policy-review | RBAC             | yes            | yes
            NAME_A_SECRET              | yes           | yes             | RBAC    | RBAC          | RBAC        | two           | RBAC             | two            | two
            NAME_NO_SECRET             | yes           | yes             | RBAC    | RBAC          | RBAC        | two           | RBAC             | policy-vouch   | policy-vouch
            LIST_A_CLAIM               | yes           | yes             | RBAC    | RBAC          | RBAC        | two           | RBAC             | policy-sources | policy-sources
            LIST_A_CONFIG_MAP          | yes           | yes             | RBAC    | RBAC          | RBAC        | two           | RBAC             | policy-sources | policy-sources
            LIST_INLINE                | yes           | yes             | RBAC    | RBAC          | RBAC        | policy-review | RBAC             | yes            | yes
            WRITE_SECRETIVE            | yes           | yes             | RBAC    | RBAC          | RBAC        | two           | RBAC             | policy-secrets | policy-secrets
            SUSPEND_SECRETIVE          | yes           | yes             | RBAC    | RBAC          | RBAC        | policy-review | RBAC             | yes            | yes
            EMPTY_SECRETIVE            | yes           | yes             | RBAC    | RBAC          | RBAC        | two           | RBAC             | policy-vouch   | policy-vouch
            CLAIM_A_KEY                | yes           | keys            | keys    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            TAKE_A_KEY                 | keys          | keys            | keys    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            LET_A_KEY_GO               | keys          | keys            | keys    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            LET_ALL_KEYS_GO            | keys          | keys            | keys    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            GRANT_USE                  | yes           | yes             | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            GRANT_RESUME               | yes           | RBAC            | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            BIND_AGENT                 | yes           | yes             | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            BIND_RESPONDER             | yes           | RBAC            | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            BIND_REVIEWER              | yes           | RBAC            | RBAC    | RBAC          | RBAC        | RBAC          | RBAC             | RBAC           | RBAC
            RESUME_NAMESPACE           | yes           | RBAC            | RBAC    | RBAC          | RBAC        | RBAC          | namespace-resume | yes            | RBAC
            RESUME_NAMESPACE_BY_STATUS | yes           | RBAC            | RBAC    | RBAC          | RBAC        | RBAC          | namespace-resume | yes            | RBAC
            QUARANTINE_NAMESPACE       | yes           | RBAC            | RBAC    | RBAC          | RBAC        | RBAC          | yes              | yes            | RBAC
            DELETE_NAMESPACE           | yes           | RBAC            | RBAC    | RBAC          | RBAC        | RBAC          | namespace-resume | yes            | RBAC
            """;

    private Rights() {}

    /** One of which an alert has stopped a tool. */
    static final String DISABLED = "disabled";

    /** One that an alert has stopped altogether. */
    static final String ALERTED = "alerted";

    private static final String ALERT = """
            tools: [{name: sh, image: cofferdam.local/shell:1, command: [sh, -c]}]
            alerts: {any: {condition: "permission_denials > 0 per day", action: %s}}
            """;

    /** Lets everybody in, has alerts fire, and stops the namespace. */
    static void scene(Tenant tenant) {
        Persona.enter(tenant);
        alert(
                tenant,
                DISABLED,
                "disable_component",
                status -> !status.tools().isEmpty() && status.tools().getFirst().disabled() != null);
        alert(tenant, ALERTED, "quarantine", status -> status.quarantined() != null);
        assertThat(tenant.kubectl("label", "namespace", tenant.namespace(), "cofferdam.dev/state=Suspended")
                        .exitCode())
                .isZero();
    }

    private static void alert(Tenant tenant, String policy, String action, Predicate<SandboxPolicyStatus> stopped) {
        tenant.policy(policy, ALERT.formatted(action));
        tenant.run(tool("sh", "true").withPolicy(policy).withEnv("FORBIDDEN", "x"));
        await().atMost(Tenant.PATIENCE)
                .until(() -> Optional.ofNullable(tenant.client()
                                .resources(SandboxPolicy.class)
                                .inNamespace(tenant.namespace())
                                .withName(policy)
                                .require()
                                .getStatus())
                        .filter(stopped)
                        .isPresent());
    }

    /** @param answer as in the table */
    record Cell(Deed deed, Persona persona, String answer) {
        boolean allowed() {
            return answer.equals("yes");
        }

        boolean byRbac() {
            return answer.equals("RBAC");
        }

        /** Name of the admission policy that refuses it; empty where it is not one alone. */
        Optional<String> policy() {
            return Set.of("yes", "RBAC", "two").contains(answer)
                    ? Optional.empty()
                    : Optional.of("cofferdam-" + answer);
        }

        String title() {
            return persona + ": " + deed + ": " + answer;
        }
    }

    /** Names of the policies that refuse, without another one's help, what no RBAC refuses. */
    static Set<String> policies() {
        return cells().stream().flatMap(cell -> cell.policy().stream()).collect(Collectors.toSet());
    }

    static List<Cell> cells() {
        List<List<String>> lines = TABLE.lines()
                .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
                .toList();
        List<Cell> cells = new ArrayList<>();
        for (List<String> line : lines.subList(1, lines.size())) {
            for (int column = 1; column < line.size(); column++) {
                cells.add(new Cell(
                        Deed.valueOf(line.getFirst()),
                        Persona.valueOf(lines.getFirst().get(column)),
                        line.get(column)));
            }
        }
        return cells;
    }
}
