package dev.cofferdam.policy;

import java.time.Duration;

/** Bounds of what a run may carry. The schema holds most of them too; a run that came past it is refused here. */
public final class Bounds {
    public static final Duration TIMEOUT_LEAST = Duration.ofMillis(100);
    public static final Duration TIMEOUT_MOST = Duration.ofHours(24);
    public static final Duration TTL_MOST = Duration.ofDays(365);

    static final int ARGUMENTS_MOST = 256;
    static final int ARGUMENT_BYTES_MOST = 65_536;
    static final int STDIN_BYTES_MOST = 65_536;
    static final int ENVIRONMENT_MOST = 64;
    static final int ENVIRONMENT_BYTES_MOST = 65_536;
    static final int SECRETS_MOST = 64;

    /** Reasons that a decision carries; more would only hide the first ones. */
    static final int REASONS_MOST = 32;

    static final int OUTPUTS_MOST = dev.cofferdam.api.v1alpha1.Bounds.OUTPUTS;

    private Bounds() {}
}
