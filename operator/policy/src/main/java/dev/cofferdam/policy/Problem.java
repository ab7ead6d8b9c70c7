package dev.cofferdam.policy;

/**
 * Why a policy cannot be enforced as it is written.
 *
 * @param path where, as a path from the object's root, such as {@code spec.tools[0].image}
 * @param message what is wrong there, and what to write instead; text from the policy is quoted, bounded and escaped
 */
public record Problem(String path, String message) {
    @Override
    public String toString() {
        return path + ": " + message;
    }
}
