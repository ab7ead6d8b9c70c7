package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.Attack.delete;
import static dev.cofferdam.e2e.Attack.get;
import static dev.cofferdam.e2e.Attack.patch;
import static dev.cofferdam.e2e.Attack.post;
import static dev.cofferdam.e2e.tenant.Caller.ADMIN;
import static dev.cofferdam.e2e.tenant.Caller.CONTROLLER;
import static dev.cofferdam.e2e.tenant.Caller.DEVELOPER;
import static dev.cofferdam.e2e.tenant.Caller.GATEWAY;

import dev.cofferdam.e2e.tenant.Caller;
import java.util.List;
import java.util.stream.Stream;

/** Requests that admission refuses, one by one. Most are dry runs, which pass the same admission. What the controller's pods look like: PodShapeAttacks. */
final class Attacks {
    static final String CORE = "/api/v1/namespaces/$NAMESPACE";
    static final String POD = CORE + "/pods/$POD";
    private static final String RUNS = "/apis/cofferdam.dev/v1alpha1/namespaces/$NAMESPACE";
    private static final String POLICIES = "/apis/networking.k8s.io/v1/namespaces/$NAMESPACE/networkpolicies";

    private static final String STRATEGIC = "application/strategic-merge-patch+json";

    private static final int UPGRADE_REQUIRED = 400;
    private static final int NOT_REACHED = 503;

    private Attacks() {}

    static Stream<Attack> all() {
        return Stream.of(tokens(), names(), access(), labels(), statuses(), networkPolicy(), keys(), deletion())
                .flatMap(List::stream);
    }

    private static List<Attack> tokens() {
        String policy = "cofferdam-tokens";
        return List.of(
                token(policy, "a token equal to the sandbox's own", DEVELOPER, "\"cofferdam\""),
                token(policy, "the same", ADMIN, "\"cofferdam\""),
                token(policy, "a token for two audiences", DEVELOPER, "\"elsewhere\",\"cofferdam\""));
    }

    private static Attack token(String policy, String what, Caller caller, String audiences) {
        return post(policy, what, caller, CORE + "/serviceaccounts/default/token", tokenRequest(audiences));
    }

    static String tokenRequest(String audiences) {
        return """
                {"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"audiences":[%s],
                "boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"$POD","uid":"$UID"}}}""".formatted(audiences);
    }

    private static List<Attack> names() {
        String policy = "cofferdam-pod-names";
        return List.of(
                post(policy, "a pod with our prefix", DEVELOPER, CORE + "/pods", pod("\"name\":\"cofferdam-x\"", "")),
                post(policy, "the same", ADMIN, CORE + "/pods", pod("\"name\":\"cofferdam-x\"", "")),
                post(policy, "generated", DEVELOPER, CORE + "/pods", pod("\"generateName\":\"cofferdam-\"", "")),
                patch(policy, "an annotation", DEVELOPER, POD, "{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}"),
                patch(policy, "another run's label", DEVELOPER, POD, label("cofferdam.dev/run", "another")),
                patch(policy, "a deadline", ADMIN, POD, "{\"spec\":{\"activeDeadlineSeconds\":1}}"),
                patch(policy, "how it ended", ADMIN, POD + "/status", "{\"status\":{\"reason\":\"Evicted\"}}"),
                patch(policy, "a label by way of the status", ADMIN, POD + "/status", label("x", "y")));
    }

    private static List<Attack> access() {
        String policy = "cofferdam-pod-access";
        return List.of(
                get(policy, "exec", DEVELOPER, POD + "/exec?command=id&stdout=true", UPGRADE_REQUIRED),
                get(policy, "exec", ADMIN, POD + "/exec?command=id&stdout=true", UPGRADE_REQUIRED),
                get(policy, "attach", DEVELOPER, POD + "/attach?stdout=true", UPGRADE_REQUIRED),
                get(policy, "portforward", DEVELOPER, POD + "/portforward?ports=1", UPGRADE_REQUIRED),
                get(policy, "proxy", DEVELOPER, POD + "/proxy/", NOT_REACHED),
                get(policy, "proxy to a port", DEVELOPER, POD + ":1/proxy/", NOT_REACHED),
                get(policy, "proxy by a scheme", DEVELOPER, CORE + "/pods/http:$POD:1/proxy/", NOT_REACHED),
                get(policy, "proxy by an empty scheme", DEVELOPER, CORE + "/pods/:$POD:1/proxy/", NOT_REACHED),
                patch(policy, "a container more", ADMIN, POD + "/ephemeralcontainers", ephemeral()),
                new Attack(policy, "more", ADMIN, "PATCH", POD + "/resize?dryRun=All", STRATEGIC, resize(), 200),
                post(policy, "eviction", DEVELOPER, POD + "/eviction", """
                        {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"$POD","namespace":"$NAMESPACE"},
                        "deleteOptions":{"dryRun":["All"]}}"""));
    }

    private static List<Attack> labels() {
        String policy = "cofferdam-pod-labels";
        String ours = "app.kubernetes.io/managed-by";
        return List.of(
                post(
                        policy,
                        "a pod with our label",
                        DEVELOPER,
                        CORE + "/pods",
                        pod("\"name\":\"mine\",\"labels\":{\"" + ours + "\":\"cofferdam\"}", "")),
                patch(policy, "our label", DEVELOPER, CORE + "/pods/$OTHER", label(ours, "cofferdam")),
                patch(
                        policy,
                        "our label, by the status",
                        ADMIN,
                        CORE + "/pods/$OTHER/status",
                        label(ours, "cofferdam")),
                post(policy, "our token by a volume", DEVELOPER, CORE + "/pods", pod("\"name\":\"mine\"", """
                        ,"volumes":[{"name":"t","projected":{"sources":[{"serviceAccountToken":{"audience":"cofferdam","path":"t"}}]}}]""")));
    }

    private static List<Attack> statuses() {
        String policy = "cofferdam-run-status";
        String status = RUNS + "/toolruns/$RUN/status";
        String result = "{\"status\":{\"result\":{\"podUID\":\"$UID\",\"outcome\":\"Exited\",\"exitCode\":0}}}";
        String judgement = "{\"status\":{\"exitCode\":7}}";
        return List.of(
                patch(policy, "a judgement", ADMIN, status, judgement),
                patch(policy, "a result", ADMIN, status, result),
                patch(policy, "a judgement", GATEWAY, status, judgement),
                patch(policy, "a phase", GATEWAY, status, "{\"status\":{\"phase\":\"Pending\"}}"),
                patch(policy, "the controller's audit", GATEWAY, status, "{\"status\":{\"audit\":{\"sources\":[]}}}"),
                patch(policy, "a result", CONTROLLER, status, result),
                patch(policy, "a start", CONTROLLER, status, "{\"status\":{\"execution\":{\"podUID\":\"$UID\"}}}"),
                patch(policy, "a gateway's audit", CONTROLLER, status, """
                        {"status":{"audit":{"sources":[{"source":"gateway/x","events":[],"total":0,"head":""}]}}}"""),
                patch(
                        "cofferdam-policy-status",
                        "the status of a policy",
                        ADMIN,
                        RUNS + "/sandboxpolicies/tools/status",
                        "{\"status\":{\"observedGeneration\":9}}"));
    }

    private static List<Attack> networkPolicy() {
        String policy = "cofferdam-network-policy";
        String ours = POLICIES + "/cofferdam-sandboxes";
        String open = "{\"spec\":{\"egress\":[{}]}}";
        String foreign = """
                {"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"mine"},
                "spec":{"podSelector":{},"policyTypes":["Egress"],"egress":[{}]}}""";
        return List.of(
                patch(policy, "egress", DEVELOPER, ours, open),
                patch(policy, "egress", ADMIN, ours, open),
                delete(policy, "deletion", DEVELOPER, ours),
                delete(policy, "deletion", ADMIN, ours),
                delete(policy, "deletion of all", DEVELOPER, POLICIES),
                post(policy, "another one", CONTROLLER, POLICIES, foreign));
    }

    /** RBAC gives the controller all Leases. What people try is in {@link Rights}. */
    private static List<Attack> keys() {
        String policy = "cofferdam-keys";
        String leases = "/apis/coordination.k8s.io/v1/namespaces/$NAMESPACE/leases";
        return List.of(post(policy, "a Lease that claims no key", CONTROLLER, leases, """
                {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"mine"},"spec":{"holderIdentity":"me"}}"""));
    }

    private static List<Attack> deletion() {
        return List.of(delete("cofferdam-pod-deletion", "a pod of others", CONTROLLER, CORE + "/pods/$OTHER"));
    }

    /** A pod that Pod Security {@code restricted} lets in. */
    static String pod(String metadata, String more) {
        return """
                {"apiVersion":"v1","kind":"Pod","metadata":{%s},"spec":{"securityContext":{"runAsNonRoot":true,"seccompProfile":
                {"type":"RuntimeDefault"}},"containers":[{"name":"main","image":"cofferdam.local/shell:1","securityContext":
                {"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]%s}}""".formatted(metadata, more);
    }

    private static String label(String key, String value) {
        return "{\"metadata\":{\"labels\":{\"%s\":\"%s\"}}}".formatted(key, value);
    }

    private static String ephemeral() {
        return """
                {"spec":{"ephemeralContainers":[{"name":"in","image":"cofferdam.local/shell:1","command":["sleep","9"],
                "securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]}}""";
    }

    private static String resize() {
        return """
                {"spec":{"containers":[{"name":"tool","resources":{"requests":{"cpu":"300m"},"limits":{"cpu":"300m"}}}]}}""";
    }
}
