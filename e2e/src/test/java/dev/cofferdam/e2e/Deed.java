package dev.cofferdam.e2e;

import dev.cofferdam.e2e.tenant.Caller;
import dev.cofferdam.e2e.tenant.Persona;
import dev.cofferdam.e2e.tenant.Tenant;

/** Something that a persona may try in the scene of {@link Rights}; always as a dry run, which passes the same admission. */
enum Deed {
    RUN_UNDER_USED("POST", "toolruns", run(Persona.USED)),
    RUN_UNDER_UNUSED("POST", "toolruns", run(Persona.UNUSED)),
    RUN_UNDER_MISSING("POST", "toolruns", run("missing")),
    RUN_IN_OWN_NAME("POST", "toolruns", runInNameOf("$USER")),
    RUN_IN_ANOTHER_NAME("POST", "toolruns", runInNameOf("somebody")),
    WRITE_POLICY("PATCH", "sandboxpolicies/used", "{\"spec\":{\"tools\":[]}}"),
    DELETE_POLICY("DELETE", "sandboxpolicies/used", ""),
    SUSPEND_POLICY("PATCH", "sandboxpolicies/used", state("\"Suspended\"")),
    WRITE_STOPPED("PATCH", "sandboxpolicies/stopped", "{\"spec\":{\"tools\":[]}}"),
    RESUME_STOPPED("PATCH", "sandboxpolicies/stopped", state("\"Active\"")),
    UNSET_STOPPED("PATCH", "sandboxpolicies/stopped", state("null")),
    DELETE_STOPPED("DELETE", "sandboxpolicies/stopped", ""),
    QUARANTINE_STOPPED("PATCH", "sandboxpolicies/stopped", state("\"Quarantined\"")),
    RESUME_QUARANTINED("PATCH", "sandboxpolicies/quarantined", state("\"Active\"")),
    SUSPEND_QUARANTINED("PATCH", "sandboxpolicies/quarantined", state("\"Suspended\"")),
    DELETE_POLICIES("DELETE", "sandboxpolicies", ""),
    REVIEW_POLICY("PATCH", "sandboxpolicies/used", "{\"metadata\":{\"annotations\":{\"cofferdam.dev/review\":\"x\"}}}"),
    RESUME_TOOL("PATCH", "sandboxpolicies/used", "{\"metadata\":{\"annotations\":{\"cofferdam.dev/resume\":\"x\"}}}"),
    RESUME_ALERTED(
            "PATCH", "sandboxpolicies/alerted", "{\"metadata\":{\"annotations\":{\"cofferdam.dev/resume\":\"x\"}}}"),
    WRITE_ALERTED("PATCH", "sandboxpolicies/alerted", "{\"spec\":{\"tools\":[],\"alerts\":null}}"),
    DELETE_DISABLED("DELETE", "sandboxpolicies/disabled", ""),
    DELETE_ALERTED("DELETE", "sandboxpolicies/alerted", ""),
    BIND_REVIEWER("POST", Text.RBAC + "rolebindings", binding("cofferdam-reviewer")),
    SHED_MARK("PATCH", "sandboxpolicies/generated", tool(Persona.GENERATED, "another.example/image:1")),
    SHED_MARK_BY_NAME("PATCH", "sandboxpolicies/generated", tool("renamed", Persona.GENERATED_IMAGE)),
    REMOVE_MARKED("PATCH", "sandboxpolicies/generated", tool("another", "another.example/image:1")),
    MAKE_POLICY("POST", "sandboxpolicies", policy("SemiTrusted", "Hardcoded")),
    MAKE_GENERATED("POST", "sandboxpolicies", policy("SemiTrusted", "AgentGenerated")),
    MAKE_UNTRUSTED("POST", "sandboxpolicies", policy("Untrusted", "Hardcoded")),
    EDIT_GENERATED(
            "PATCH",
            "sandboxpolicies/generated",
            "{\"spec\":{\"permissions\":{\"environment\":{\"allow\":[{\"key\":\"LANG\"}]}}}}"),
    NAME_A_SECRET(
            "PATCH",
            "sandboxpolicies/used",
            secrets("[{\"name\":\"a\",\"secretKeyRef\":{\"name\":\"s\",\"key\":\"k\"}}]")),
    NAME_NO_SECRET("PATCH", "sandboxpolicies/used", secrets("[]")),
    LIST_A_CLAIM("PATCH", "sandboxpolicies/generated", sources("{\"persistentVolumeClaim\":{\"claimName\":\"c\"}}")),
    LIST_A_CONFIG_MAP("PATCH", "sandboxpolicies/generated", sources("{\"configMap\":{\"name\":\"c\"}}")),
    LIST_INLINE("PATCH", "sandboxpolicies/generated", sources("{\"inline\":true}")),
    WRITE_SECRETIVE("PATCH", "sandboxpolicies/secretive", "{\"spec\":{\"tools\":[]}}"),
    SUSPEND_SECRETIVE("PATCH", "sandboxpolicies/secretive", state("\"Suspended\"")),
    EMPTY_SECRETIVE("PATCH", "sandboxpolicies/secretive", secrets("[]")),
    CLAIM_A_KEY("POST", Text.LEASES, Text.LEASE),
    TAKE_A_KEY("PATCH", Text.LEASES + "/" + Text.CLAIMED, "{\"spec\":{\"holderIdentity\":\"another\"}}"),
    LET_A_KEY_GO("DELETE", Text.LEASES + "/" + Text.CLAIMED, ""),
    LET_ALL_KEYS_GO("DELETE", Text.LEASES, ""),
    GRANT_USE("POST", Text.RBAC + "roles", role("use")),
    GRANT_RESUME("POST", Text.RBAC + "roles", role("resume")),
    BIND_AGENT("POST", Text.RBAC + "rolebindings", binding("cofferdam-agent")),
    BIND_RESPONDER("POST", Text.RBAC + "rolebindings", binding("cofferdam-responder")),
    RESUME_NAMESPACE("PATCH", Text.NAMESPACE, Text.STATE_REMOVED),
    RESUME_NAMESPACE_BY_STATUS("PATCH", Text.NAMESPACE + "/status", Text.STATE_REMOVED),
    QUARANTINE_NAMESPACE("PATCH", Text.NAMESPACE, Text.STATE_REMOVED.replace("null", "\"Quarantined\"")),
    DELETE_NAMESPACE("DELETE", Text.NAMESPACE, "");

    private static final String API = "/apis/cofferdam.dev/v1alpha1/namespaces/$NAMESPACE/";

    private final String method;
    private final String path;
    private final String body;

    Deed(String method, String path, String body) {
        this.method = method;
        this.path = path;
        this.body = body;
    }

    Caller.Answer by(Persona persona, Tenant tenant) {
        String whole = (path.startsWith("/") ? path : API + path).replace("$NAMESPACE", tenant.namespace());
        return method.equals("DELETE")
                ? persona.caller().send(method, whole, Attack.JSON, Attack.DRY)
                : persona.caller()
                        .send(
                                method,
                                whole + "?dryRun=All",
                                method.equals("PATCH") ? Attack.MERGE : Attack.JSON,
                                body.replace("$USER", persona.user()));
    }

    private static String state(String value) {
        return "{\"spec\":{\"state\":" + value + "}}";
    }

    private static String sources(String source) {
        return "{\"spec\":{\"workspace\":{\"sources\":[" + source + "]}}}";
    }

    private static String secrets(String allowed) {
        return "{\"spec\":{\"permissions\":{\"secrets\":{\"allow\":" + allowed + "}}}}";
    }

    private static String tool(String name, String image) {
        return "{\"spec\":{\"tools\":[{\"name\":\"%s\",\"image\":\"%s\",\"command\":[\"c\"]}]}}".formatted(name, image);
    }

    private static String policy(String trust, String source) {
        return """
                {"apiVersion":"cofferdam.dev/v1alpha1","kind":"SandboxPolicy","metadata":{"name":"anew"},"spec":{"trust":"%s",
                "tools":[{"name":"%s","image":"%s","command":["c"],"source":"%s"}]}}""".formatted(trust, Persona.GENERATED, Persona.GENERATED_IMAGE, source);
    }

    private static String role(String verb) {
        return """
                {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"granted"},
                "rules":[{"apiGroups":["cofferdam.dev"],"resources":["sandboxpolicies"],"verbs":["%s"]}]}""".formatted(verb);
    }

    private static String binding(String role) {
        return """
                {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"bound"},
                "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"%s"},
                "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"e2e-friend"}]}""".formatted(role);
    }

    private static String runInNameOf(String user) {
        return run(Persona.USED).replace("\"tool\"", "\"requestedBy\":\"" + user + "\",\"tool\"");
    }

    private static String run(String policy) {
        return """
                {"apiVersion":"cofferdam.dev/v1alpha1","kind":"ToolRun","metadata":{"generateName":"deed-"},
                "spec":{"policyRef":{"name":"%s"},"tool":"sh","args":["true"]}}""".formatted(policy);
    }

    /** What an enum's own constants cannot be given otherwise. */
    private static final class Text {
        static final String NAMESPACE = "/api/v1/namespaces/$NAMESPACE";
        static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/$NAMESPACE/leases";
        static final String CLAIMED = Persona.CLAIMED_KEY;
        static final String LEASE = """
                {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"cofferdam-key-free"},"spec":{"holderIdentity":"me"}}""";
        static final String RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/$NAMESPACE/";
        static final String STATE_REMOVED = "{\"metadata\":{\"labels\":{\"cofferdam.dev/state\":null}}}";
    }
}
