package dev.cofferdam.policy;

/** A command for people that annotates a policy: to be pasted as it is, whatever namespace is theirs. */
final class Annotating {
    private Annotating() {}

    /** @param namespace null where the policy is in none, as one that is only tried */
    static String command(String namespace, String policy, String annotation, String value) {
        return "kubectl annotate --overwrite " + (namespace == null ? "" : "-n " + namespace + " ") + "sandboxpolicy "
                + policy + " " + annotation + "=" + value;
    }
}
