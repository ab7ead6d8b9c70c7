package dev.cofferdam.policy.match;

import java.util.List;

/**
 * An absolute path without {@code .}, {@code ..}, empty names, and symbolic links that would have to be followed: what a path is before a rule may speak of it.
 *
 * @param names from the root on; empty is the root
 */
public record FilePath(List<String> names) {
    static final int BYTES_MOST = 4096;

    public FilePath {
        names = List.copyOf(names);
    }

    public static Parsed<FilePath> parse(String text) {
        if (Text.absent(text) || text.charAt(0) != '/') {
            return Parsed.bad(text, "is not an absolute path; it must begin with \"/\"");
        }
        if (text.length() > BYTES_MOST) {
            return Parsed.bad(text, "is longer than the " + BYTES_MOST + " characters of a path");
        }
        return names(text.substring(1), text).map(FilePath::new);
    }

    /** The names of a path that has no root. */
    static Parsed<List<String>> names(String relative, String shown) {
        if (relative.isEmpty()) {
            return Parsed.good(List.of());
        }
        List<String> names = List.of(relative.split("/", -1));
        for (String name : names) {
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                return Parsed.bad(shown, "has an empty name, \".\" or \"..\" in it; write the path in full");
            }
            if (name.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
                return Parsed.bad(shown, "has a control character in it; no rule may speak of such a file");
            }
        }
        return Parsed.good(names);
    }

    @Override
    public String toString() {
        return "/" + String.join("/", names);
    }
}
