package dev.cofferdam.e2e;

import dev.cofferdam.e2e.tenant.Caller;

/**
 * A request that an admission policy must refuse. In the path and the body, {@code $NAMESPACE}, {@code $RUN}, {@code $POD} and {@code $UID} stand for a running
 * run and its pod, and {@code $OTHER} for a pod of the tenant's own.
 *
 * @param policy which refuses it, alone
 * @param open HTTP status code of the answer where the policy's binding is taken away
 */
record Attack(
        String policy, String what, Caller caller, String method, String path, String type, String body, int open) {
    static final String JSON = "application/json";

    /** A deletion's body counts, and not its query. */
    static final String DRY = "{\"dryRun\":[\"All\"]}";

    static final String MERGE = "application/merge-patch+json";

    static Attack get(String policy, String what, Caller caller, String path, int open) {
        return new Attack(policy, what, caller, "GET", path, "", "", open);
    }

    static Attack post(String policy, String what, Caller caller, String path, String body) {
        return new Attack(policy, what, caller, "POST", path + "?dryRun=All", JSON, body, 201);
    }

    static Attack patch(String policy, String what, Caller caller, String path, String body) {
        return new Attack(policy, what, caller, "PATCH", path + "?dryRun=All", MERGE, body, 200);
    }

    static Attack delete(String policy, String what, Caller caller, String path) {
        return new Attack(policy, what, caller, "DELETE", path, JSON, DRY, 200);
    }

    Caller.Answer on(Scene scene) {
        return caller.send(method, scene.fill(path), type, scene.fill(body));
    }

    /** How an answer begins that this policy gave. */
    String refusal() {
        return "ValidatingAdmissionPolicy '" + policy + "' with binding '" + policy + "' denied request: ";
    }

    String title() {
        return policy + ": " + what + ", as " + caller;
    }
}
