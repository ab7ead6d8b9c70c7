package dev.cofferdam.record;

/** Names that the parts of Cofferdam, and people who script against it, rely on. */
public final class Names {
    public static final String SYSTEM_NAMESPACE = "cofferdam-system";
    public static final String CONTROLLER = "cofferdam-controller";
    public static final String GATEWAY = "cofferdam-gateway";

    /** Field managers of the two writers of {@code ToolRun.status}: judgements and facts. */
    public static final String CONTROLLER_FIELD_MANAGER = CONTROLLER;

    public static final String GATEWAY_FIELD_MANAGER = GATEWAY;

    /** Audience of the projected token by which a sandbox pod shows who it is. */
    public static final String AUDIENCE = "cofferdam";

    /** Pods with this prefix are ours alone. */
    public static final String POD_PREFIX = "cofferdam-";

    public static final String CONTAINER = "tool";

    /** The container that writes a run's changes into a volume. */
    public static final String COMMITTER = "committer";

    /** The one NetworkPolicy of a tenant namespace; it selects all our pods there. */
    public static final String NETWORK_POLICY = "cofferdam-sandboxes";

    public static final String MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
    public static final String MANAGED_BY = "cofferdam";
    public static final String PART_OF_LABEL = "app.kubernetes.io/part-of";
    public static final String PART_OF = "cofferdam";
    public static final String POLICY_LABEL = "cofferdam.dev/policy";
    public static final String RUN_LABEL = "cofferdam.dev/run";

    /** On a SandboxPolicy: the digest of its spec that somebody with the verb {@code review} has confirmed. */
    public static final String REVIEW_ANNOTATION = "cofferdam.dev/review";

    /** On a SandboxPolicy: the firings of alerts, with commas between, whose tools somebody with the verb {@code resume} lets run again. */
    public static final String RESUME_ANNOTATION = "cofferdam.dev/resume";

    /** On a namespace: no tool runs in it, whatever the value is; on {@link #SYSTEM_NAMESPACE}: nowhere. */
    public static final String STATE_LABEL = "cofferdam.dev/state";

    /** On a namespace: its stage, which the stages of policies name. */
    public static final String STAGE_LABEL = "cofferdam.dev/stage";

    /** Port of the gateway's run channel, on its pods and on its Service. */
    public static final int CHANNEL_PORT = 8443;

    /** Path and subprotocol of the run channel; see sandbox-image/channel. */
    public static final String CHANNEL_PATH = "/v1/channel";

    /** Where a supervisor puts, and a committer gets, the contents of a run's changes, on the same port. */
    public static final String CHANGES_PATH = "/v1/changes";

    /** Path of a request for a tunnel, on the same port. */
    public static final String TUNNEL_PATH = "/v1/tunnel";

    public static final String CHANNEL_PROTOCOL = "cofferdam.v1";

    /** Name in the gateway's certificate. */
    public static final String GATEWAY_SERVER_NAME = GATEWAY + "." + SYSTEM_NAMESPACE + ".svc";

    /** The Secret that holds the gateway's certificate and session key; only the certificate component touches it through the API. */
    public static final String GATEWAY_TLS_SECRET = "cofferdam-gateway-tls";

    /** The ConfigMap, key {@code ca.crt}, that holds the CA bundle by which supervisors know the gateway. */
    public static final String GATEWAY_CA_CONFIG_MAP = "cofferdam-gateway-ca";

    /** On a Lease: it claims an idempotency key. */
    public static final String KEY_LABEL = "cofferdam.dev/key";

    /** On such a Lease: the key, the name of the run that has it, and the digest of that run's spec. */
    public static final String KEY_ANNOTATION = "cofferdam.dev/key";

    public static final String KEY_RUN_ANNOTATION = "cofferdam.dev/run";
    public static final String KEY_SPEC_ANNOTATION = "cofferdam.dev/spec";

    /** Leases with this prefix are ours alone. */
    public static final String KEY_PREFIX = "cofferdam-key-";

    private Names() {}

    /** The only Lease that claims an idempotency key in its namespace. */
    public static String keyLease(String key) {
        return KEY_PREFIX + Digest.hex(key);
    }

    /** The only name that the pod of an attempt may have. Attempts count from 1. */
    public static String podName(String runUid, int attempt) {
        return POD_PREFIX + runUid + "-" + attempt;
    }

    /** The only name that the pod may have that writes the changes of a run: so there is one at a time, whoever makes it. */
    public static String committerName(String runUid) {
        return POD_PREFIX + runUid + "-commit";
    }
}
