package dev.cofferdam.policy.match;

import dev.cofferdam.policy.match.PathPattern.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Paths of URLs that a rule is about, exactly: unlike a directory of files, {@code /a} says nothing of {@code /a/b}, nor of {@code /a/}. A path is compared as it is written, and one
 * that a server could take for another is none (RFC 3986, 6): dot segments, empty ones, parameters after a semicolon, and octets that are escaped for nothing or hide a slash.
 */
public record UrlPattern(List<Segment> segments) implements Comparable<UrlPattern> {
    private static final int MOST = 256;
    private static final String FORM = "; write a path such as \"/repos/**\"";
    private static final String UNRESERVED = "-._~";
    private static final String DELIMITERS = "!$&'()+,=:@";

    public UrlPattern {
        segments = List.copyOf(segments);
    }

    public static Parsed<UrlPattern> parse(String text) {
        if (Text.absent(text) || text.length() > MOST || text.charAt(0) != '/') {
            return Parsed.bad(text, "is no path of a URL" + FORM);
        }
        List<Segment> segments = new ArrayList<>();
        List<String> names = List.of(text.substring(1).split("/", -1));
        for (int at = 0; at < names.size(); at++) {
            String name = names.get(at);
            int star = name.indexOf('*');
            if (name.equals("**")) {
                segments.add(new Segment.Deep());
            } else if (!isName(name.replace("*", ""), false) || name.isEmpty() && at < names.size() - 1) {
                return Parsed.bad(
                        text,
                        "has " + Text.quoted(name)
                                + " in it, which servers read in several ways, or is no part of a path; write it plainly, or * in its place");
            } else if (star < 0) {
                segments.add(new Segment.Literal(name));
            } else if (name.indexOf('*', star + 1) >= 0) {
                return Parsed.bad(
                        text,
                        "has " + Text.quoted(name)
                                + " in it; ** must be a segment of its own, and another one may have one *, such as \"*.json\"");
            } else {
                segments.add(new Segment.Star(name.substring(0, star), name.substring(star + 1)));
            }
        }
        return Parsed.good(new UrlPattern(segments));
    }

    /** The segments of a path that can be taken for one thing only; empty where it can be taken for another one, too. */
    public static Optional<List<String>> path(String path) {
        if (!path.startsWith("/")) {
            return Optional.empty();
        }
        List<String> names = List.of(path.substring(1).split("/", -1));
        for (int at = 0; at < names.size(); at++) {
            if (!isName(names.get(at), true) || names.get(at).isEmpty() && at < names.size() - 1) {
                return Optional.empty();
            }
        }
        return Optional.of(names);
    }

    /** @param names as {@link #path} has them */
    public boolean matches(List<String> names) {
        return PathPattern.matches(segments, names, false, Segment::matches);
    }

    private static boolean isName(String name, boolean escaped) {
        if (name.equals(".") || name.equals("..")) {
            return false;
        }
        for (int at = 0; at < name.length(); at++) {
            char c = name.charAt(at);
            if (c == '%' && escaped && isNeeded(name, at)) {
                at += 2;
            } else if (!isPlain(c) && DELIMITERS.indexOf(c) < 0 && !(escaped && c == '*')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(int c) {
        return c < 0x80 && Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0;
    }

    /** Whether an octet had to be escaped, and stands for nothing that divides a path. */
    private static boolean isNeeded(String name, int at) {
        if (at + 2 >= name.length()) {
            return false;
        }
        int high = name.charAt(at + 1) < 0x80 ? Character.digit(name.charAt(at + 1), 16) : -1;
        int low = name.charAt(at + 2) < 0x80 ? Character.digit(name.charAt(at + 2), 16) : -1;
        int octet = high < 0 || low < 0 ? 0 : high << 4 | low;
        return octet >= ' ' && octet != 0x7f && !isPlain(octet) && "/\\;%?#*".indexOf(octet) < 0;
    }

    @Override
    public int compareTo(UrlPattern other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return "/" + String.join("/", segments.stream().map(Segment::toString).toList());
    }
}
