package dev.cofferdam.api.v1alpha1;

/** Names that the whole API shares. */
public final class Api {
    public static final String GROUP = "cofferdam.dev";
    public static final String VERSION = "v1alpha1";

    private Api() {}
}
