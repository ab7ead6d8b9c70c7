package dev.cofferdam.api.v1alpha1;

/** The bounds and forms that the schema enforces, for those who write or check the same values elsewhere. Patterns are RE2 and hold for the whole value. */
public final class Bounds {
    /** Names of tool runs and policies end up in a pod's labels and, with a suffix, in names of its objects. In characters. */
    public static final int NAME = 52;

    /** A DNS label: tool names. In characters. */
    public static final int LABEL = 63;

    /** A DNS subdomain: names of Kubernetes objects. In characters. */
    public static final int SUBDOMAIN = 253;

    public static final int UID = 128;
    /** A user name, as the API server's authentication gives it. In characters. */
    public static final int USER = 1024;

    public static final int IMAGE = 512;
    public static final int TOOLS = 64;
    public static final int COMMAND = 64;
    public static final int COMMAND_WORD = 4096;

    public static final int ARGS = 256;
    /** All arguments of a run together, in bytes of UTF-8. */
    public static final int ARGS_BYTES = 65_536;

    /** Standard input, decoded, in bytes. */
    public static final int STDIN_BYTES = 65_536;
    /** The Base64 text of {@link #STDIN_BYTES}, in characters. */
    public static final int STDIN_TEXT = (STDIN_BYTES + 2) / 3 * 4;

    public static final int ENV = 64;
    public static final int ENV_NAME = 256;
    public static final int ENV_VALUE = 32_768;
    /** All names and values of a run's environment together, in bytes of UTF-8. */
    public static final int ENV_BYTES = 65_536;

    public static final int ENV_RULES = 256;
    /** Rules of one list of network. */
    public static final int RULES = 1024;

    /** Rules of one list of network, in their canonical form: they travel to the box, and into the status of every run. */
    public static final int NETWORK_RULES = 64;

    public static final int EXEC_RULES = 256;
    public static final int SECRET_RULES = 64;
    /** Secrets of one run. */
    public static final int SECRETS = 64;

    public static final int CIDR = 64;
    public static final int PORTS = 64;
    /** A port, or a range of ports, in characters. */
    public static final int PORT_TEXT = 11;

    public static final String PORT_FORM = "^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?$";
    /** Rules of one list of storage: they travel to the box, and into the status of every run. */
    public static final int STORAGE_RULES = 64;
    /** Pattern of a path, in bytes. */
    public static final int STORAGE_URI = 512;

    public static final int CHANGED_FILES = 1024;
    /** In bytes. */
    public static final int CHANGED_PATH = 1024;

    public static final int MODE = 4;

    /** Paths that a result names, and the bytes of each. */
    public static final int NAMED_PATHS = 8;

    public static final int NAMED_PATH = 256;

    /** Pods that are made for one commit. */
    public static final int COMMITTERS = 5;

    /** Rules that were denied when a run was granted, and when its changes were approved. */
    public static final int COMMIT_DENIED = 2 * STORAGE_RULES;

    /** {@code sha256:} and 64 hexadecimal digits, or empty, which means absent. */
    public static final String APPROVED_FORM = "^(sha256:[0-9a-f]{64})?$";

    public static final int OUTPUTS = 16;
    /** The contents of all files that come back, in bytes. */
    public static final int OUTPUTS_BYTES = 32_768;
    /** Base64 text of {@link #OUTPUTS_BYTES}, in characters. */
    public static final int OUTPUT_TEXT = (OUTPUTS_BYTES + 2) / 3 * 4;

    public static final int SOURCES = 16;
    public static final int INLINE_FILES = 64;
    /** In bytes of UTF-8. */
    public static final int INLINE_PATH = 256;
    /** In characters. */
    public static final int INLINE_CONTENT = 65_536;
    /** The contents of all files that a run brings, in bytes of UTF-8. */
    public static final int INLINE_BYTES = 131_072;

    /** Capabilities of one list, and the written form of each, in characters: few enough to be shown in a status as they are. */
    public static final int CAPABILITIES = 64;

    public static final int CAPABILITY = 512;

    public static final int STAGES = 16;
    /** How many lifecycles there are. */
    public static final int LIFECYCLES = 4;

    /** An idempotency key, in characters. */
    public static final int IDEMPOTENCY_KEY = 128;

    /** What a field selector takes as it is; or empty, which means absent. */
    public static final String IDEMPOTENCY_KEY_FORM = "^([A-Za-z0-9][A-Za-z0-9._:-]*)?$";

    public static final int RETRY_ATTEMPTS_LEAST = 1;
    public static final int RETRY_ATTEMPTS_MOST = 10;
    public static final int RETRY_MULTIPLIER_MOST = 10;

    public static final int CIRCUIT_MOST = 100;
    public static final int ACTIVE_LEAST = 1;
    public static final int ACTIVE_MOST = 10_000;
    public static final int QUEUED_MOST = 10_000;

    public static final int ALERTS = 16;
    /** The condition of an alert, in characters. */
    public static final int CONDITION = 512;

    /** Counts with a window of one condition. */
    public static final int ALERT_SERIES = 4;
    /** Alerts that a status tells of: those of the policy, and those that it had and of whose firings nobody was told yet. */
    public static final int ALERTS_TOLD = 2 * ALERTS;
    /** Characters of a condition that is no longer the alert's. */
    public static final int ALERT_FORMER_CONDITION = 200;
    /** Windows of one alert that a status keeps: each is of one count and, where the alert is about tools, of one tool. */
    public static final int ALERT_WINDOWS = 64;
    /** Counts of one window. */
    public static final int ALERT_COUNTS = 61;
    /** What a count was, for people. In characters. */
    public static final int ALERT_COUNT_TEXT = 128;

    public static final int ALERT_FIRINGS = 10;

    /** Firings of an alert with those that nobody was told of yet: one of each tool. */
    public static final int ALERT_FIRINGS_UNTOLD = TOOLS;
    /** Base64 text of 256 hosts of eight bytes. In characters. */
    public static final int ALERT_HOSTS_TEXT = 2732;

    public static final int DESCRIPTION = 4096;

    public static final int FORM_VERSION = 8;
    /** A version of the form of a policy, or empty, which means absent. */
    public static final String FORM_VERSION_FORM = "^(1(\\.[0-9]{1,4})?)?$";

    public static final int DURATION = 32;
    public static final int QUANTITY = 32;

    public static final int PROCESSES_LEAST = 1;
    public static final int PROCESSES_MOST = 1024;
    public static final int OPEN_FILES_LEAST = 16;
    public static final int OPEN_FILES_MOST = 65_536;
    public static final int OUTPUT_BYTES_MOST = 262_144;

    public static final int HTTP_METHODS = 16;
    public static final int HTTP_METHOD = 16;
    public static final int HTTP_PATHS = 32;
    /** In characters. */
    public static final int HTTP_PATH = 256;

    public static final int NETWORK_CONNECTIONS_MOST = 1_000_000;
    public static final int NETWORK_REQUESTS_MOST = 10_000_000;

    public static final int CONDITIONS = 16;
    public static final int ATTEMPTS = 16;
    public static final int REASONS = 64;
    public static final int MESSAGE = 16_384;
    /** What a decision or an event is about: a name, a host, a path. In characters. */
    public static final int RESOURCE = 1024;
    /** A reason or another word of ours. In characters. */
    public static final int WORD = 64;
    /** Network, address and port. In characters. */
    public static final int OPEN = 80;

    /** An object that would be made, as YAML. In characters. */
    public static final int PLANNED = 65_536;

    public static final int POLICY_VERSION = 128;
    public static final int TIME = 64;
    public static final int HASH = 128;

    /** A stream in a result, in characters; Base64 text where the bytes are not UTF-8. */
    public static final int STREAM = 262_144;

    public static final int AUDIT_SOURCES = 16;
    public static final int AUDIT_EVENTS = 100;
    public static final int AUDIT_DETAILS = 16;

    public static final String LABEL_FORM = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
    public static final String SUBDOMAIN_FORM = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
    /** As {@link #SUBDOMAIN_FORM}, or empty, which means absent. */
    public static final String OPTIONAL_SUBDOMAIN_FORM =
            "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$";

    public static final String ENV_NAME_FORM = "^[A-Za-z_][A-Za-z0-9_]*$";
    /** Names with a slash between. RE2 cannot leave out . and .., so a rule does. */
    public static final String INLINE_PATH_FORM = "^[^/\\x00-\\x1f\\x7f]+(/[^/\\x00-\\x1f\\x7f]+)*$";

    /** As {@link #INLINE_PATH_FORM}, or empty, which means absent. */
    public static final String OPTIONAL_PATH_FORM = "^([^/\\x00-\\x1f\\x7f]+(/[^/\\x00-\\x1f\\x7f]+)*)?$";

    public static final String SECRET_NAME_FORM = "^[A-Za-z_][A-Za-z0-9_.-]*$";
    public static final String SECRET_KEY_FORM = "^[A-Za-z0-9_.-]+$";
    public static final String IMAGE_FORM = "^[A-Za-z0-9\\[][A-Za-z0-9._:/@\\[\\]-]*$";

    /** Whole numbers with a unit, largest unit first, each at most once; or empty, which means absent. Enough digits for a year in each unit. */
    public static final String DURATION_FORM = "^([0-9]{1,4}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?([0-9]{1,11}ms)?$";

    public static final String QUANTITY_FORM = "^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$";
    public static final String WORD_FORM = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$";

    private Bounds() {}
}
