package dev.cofferdam.policy;

import java.util.Optional;

/**
 * Why a list of capabilities cannot be had as it is written.
 *
 * @param path where, as a path from the object's root, such as {@code spec.capabilities[0]}
 * @param capability what is more than there is, or served by nothing; empty where the text is no capability at all
 * @param message what is wrong, and what to write instead; text from the object is quoted, bounded and escaped
 */
record Excess(String path, Optional<Capability> capability, String message) {
    Excess(String path, String message) {
        this(path, Optional.empty(), message);
    }
}
