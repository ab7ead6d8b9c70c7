package dev.cofferdam.e2e.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.api.v1alpha1.Api;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Those who have to do with a tenant's namespace, each with the roles that docs/install.md tells an admin to give. */
public enum Persona {
    /** Administers the cluster. */
    ADMIN,
    NAMESPACE_ADMIN("ClusterRole/admin"),
    /** One of the namespace's people, who is no agent. */
    EDITOR("ClusterRole/edit"),
    /** May use the policy {@link #USED}. */
    AGENT("ClusterRole/cofferdam-agent", "Role/use-one"),
    /** May make runs, and use no policy. */
    OTHER_AGENT("ClusterRole/cofferdam-agent"),
    /** Writes policies for an agent, and answers for no tool. */
    AUTHOR("ClusterRole/cofferdam-author"),
    /** Confirms what others write. */
    REVIEWER("ClusterRole/cofferdam-reviewer"),
    /** May change and delete the namespace itself. */
    KEEPER("Role/keep"),
    /** The same, and answers for incidents. */
    RESPONDER("Role/keep", "ClusterRole/cofferdam-responder");

    /** The one policy that the agent may use. */
    public static final String USED = "used";

    /** One that it may not. */
    public static final String UNUSED = "unused";

    /** One that somebody suspended. */
    public static final String STOPPED = "stopped";

    /** One that somebody quarantined. */
    public static final String QUARANTINED = "quarantined";

    /** One that names a Secret. */
    public static final String SECRETIVE = "secretive";

    /** One with a tool of that name that an agent wrote. */
    public static final String GENERATED = "generated";

    public static final String GENERATED_IMAGE = "cofferdam.local/shell:1";

    /** The Lease of an idempotency key that somebody has. */
    public static final String CLAIMED_KEY = "cofferdam-key-claimed";

    private static final String ROLES = """
            apiVersion: coordination.k8s.io/v1
            kind: Lease
            metadata: {name: cofferdam-key-claimed}
            spec: {holderIdentity: somebody}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: keep}
            rules: [{apiGroups: [""], resources: [namespaces, namespaces/status], verbs: [get, update, patch, delete]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: use-one}
            rules: [{apiGroups: [cofferdam.dev], resources: [sandboxpolicies], resourceNames: [used], verbs: [use]}]
            """;

    private final List<String> roles;

    Persona(String... roles) {
        this.roles = List.of(roles);
    }

    /** Gives each their roles in a tenant's namespace, and makes the policies. */
    public static void enter(Tenant tenant) {
        tenant.policy(USED, Tenant.TOOLS);
        tenant.policy(UNUSED, Tenant.TOOLS);
        tenant.policy(
                SECRETIVE,
                Tenant.TOOLS + "  secrets: {allow: [{name: token, secretKeyRef: {name: registry, key: token}}]}\n");
        tenant.policy(
                GENERATED,
                "tools: [{name: %s, image: %s, command: [c], source: AgentGenerated}]\n"
                        .formatted(GENERATED, GENERATED_IMAGE));
        tenant.policy(STOPPED, Tenant.TOOLS + "state: Suspended\n");
        tenant.policy(QUARANTINED, Tenant.TOOLS + "state: Quarantined\n");
        String rights = Stream.concat(
                        Stream.of(ROLES),
                        Stream.of(values())
                                .flatMap(persona -> persona.roles.stream().map(role -> persona.binding(role))))
                .collect(Collectors.joining("---\n"));
        Kubectl.Answer answer =
                Kubectl.kubectl(rights, List.of("--namespace=" + tenant.namespace(), "create", "--filename=-"));
        assertThat(answer.exitCode()).as(answer.text()).isZero();
        // The API server's authorizer learns of them in the order in which they were made.
        Persona last = values()[values().length - 1];
        await().atMost(Tenant.PATIENCE).until(() -> AGENT.may("use", tenant) && last.may("get", tenant));
    }

    private boolean may(String verb, Tenant tenant) {
        return caller().may(verb, Api.GROUP, "sandboxpolicies", tenant.namespace(), USED);
    }

    public Caller caller() {
        return new Caller(user(), this == ADMIN ? List.of("system:masters") : List.of("system:authenticated"));
    }

    /** The name by which the API server knows them. */
    public String user() {
        return "e2e-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private String binding(String role) {
        String[] kindAndName = role.split("/");
        return """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {generateName: e2e-}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: %s, name: %s}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}]
                """.formatted(kindAndName[0], kindAndName[1], user());
    }
}
