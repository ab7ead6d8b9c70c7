package dev.cofferdam.policy;

/**
 * Something that a policy may say, and that is more than its tools are likely to need.
 *
 * @param path where, as a path from the object's root
 * @param message what it opens, and what would be narrower; text from the policy is quoted, bounded and escaped
 */
public record Finding(String path, String message) {
    @Override
    public String toString() {
        return path + ": " + message;
    }
}
