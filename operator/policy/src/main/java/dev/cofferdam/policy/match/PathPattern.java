package dev.cofferdam.policy.match;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * Paths that a rule is about: names one by one from the root on.
 *
 * <p>Both sides are walked once. Where a {@code **} has taken too little, it takes one name more and the walk goes on behind it; an earlier {@code **} is never
 * tried again, because what it could gain the later one can, too. So the time is at most the product of both lengths, never more.
 */
public record PathPattern(List<Segment> segments) {
    private static final String SCHEME = "fs://";
    private static final String FORM = "; write one such as \"fs:///workspace/src/**\"";

    /** Where relative paths begin. */
    public static final String WORKSPACE = "/workspace";

    /** Names that one step of a pattern matches. */
    public sealed interface Segment {
        /** Whether it stands for exactly this one name. */
        boolean matches(String name);

        /** This name. */
        record Literal(String name) implements Segment {
            @Override
            public boolean matches(String other) {
                return name.equals(other);
            }

            @Override
            public String toString() {
                return name;
            }
        }

        /** Names that begin and end so, one star between. */
        record Star(String begin, String end) implements Segment {
            @Override
            public boolean matches(String name) {
                return name.length() >= begin.length() + end.length() && name.startsWith(begin) && name.endsWith(end);
            }

            @Override
            public String toString() {
                return begin + "*" + end;
            }
        }

        /** Any number of names, also none. */
        record Deep() implements Segment {
            @Override
            public boolean matches(String name) {
                return false;
            }

            @Override
            public String toString() {
                return "**";
            }
        }
    }

    private static final Segment DEEP = new Segment.Deep();

    public static final PathPattern EVERYTHING = new PathPattern(List.of(DEEP));

    public PathPattern {
        segments = List.copyOf(segments);
    }

    /** {@code fs:///x} is absolute, {@code fs://x} relative to /workspace. */
    public static Parsed<PathPattern> parseUri(String uri) {
        return uri == null || !uri.startsWith(SCHEME)
                ? Parsed.bad(uri, "is not a URI of files" + FORM)
                : parse(uri.substring(SCHEME.length()), uri);
    }

    /** {@code /x} is absolute, {@code x} relative to /workspace. */
    public static Parsed<PathPattern> parse(String path) {
        return parse(path, path);
    }

    private static Parsed<PathPattern> parse(String path, String shown) {
        if (Text.absent(path) || path.length() > FilePath.BYTES_MOST) {
            return Parsed.bad(shown, "is no path" + FORM);
        }
        Optional<String> strange = "?#%[]{}\\"
                .chars()
                .filter(c -> path.indexOf(c) >= 0)
                .mapToObj(Character::toString)
                .findFirst();
        if (strange.isPresent()) {
            return Parsed.bad(
                    shown,
                    "has a " + Text.quoted(strange.get())
                            + ", which stands for something else in other patterns and for nothing here; use * or ** in its place");
        }
        boolean absolute = path.charAt(0) == '/';
        String bare = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        return switch (FilePath.names(absolute ? bare.substring(1) : bare, shown)) {
            case Parsed.Bad<List<String>> bad -> new Parsed.Bad<>(bad.why());
            case Parsed.Good<List<String>> names -> segments(names.value(), absolute, shown);
        };
    }

    private static Parsed<PathPattern> segments(List<String> names, boolean absolute, String shown) {
        List<Segment> segments = new ArrayList<>();
        if (!absolute) {
            segments.add(new Segment.Literal(WORKSPACE.substring(1)));
        }
        for (String name : names) {
            int star = name.indexOf('*');
            if (name.equals("**")) {
                if (segments.isEmpty() || !segments.getLast().equals(DEEP)) {
                    segments.add(DEEP);
                }
            } else if (star < 0) {
                segments.add(new Segment.Literal(name));
            } else if (name.indexOf('*', star + 1) >= 0) {
                return Parsed.bad(
                        shown,
                        "has " + Text.quoted(name)
                                + " in it; ** must be a name of its own, and another name may have one *, such as \"*.py\"");
            } else {
                segments.add(new Segment.Star(name.substring(0, star), name.substring(star + 1)));
            }
        }
        return Parsed.good(new PathPattern(segments));
    }

    /** A name that every path has that it matches or that lies below one: the last whole name in it; empty where it has none. */
    public Optional<String> needs() {
        return segments.reversed().stream()
                .filter(Segment.Literal.class::isInstance)
                .map(Segment::toString)
                .findFirst();
    }

    /** Whether it leaves nothing out. */
    public boolean isCatchAll() {
        return segments.isEmpty() || segments.equals(List.of(DEEP));
    }

    /** Under allow: a directory that is named is granted with all below it; a last name with a star is one level and no more. */
    public boolean allows(FilePath path) {
        return matches(segments, path.names(), namesDirectory(), Segment::matches);
    }

    /** Under deny: whatever it matches, and all below that. */
    public boolean denies(FilePath path) {
        return matches(segments, path.names(), true, Segment::matches);
    }

    /** Whether this one, under allow, grants all that the other one would. A false answer may be wrong, a true one never is. */
    public boolean covers(PathPattern other) {
        return matches(segments, other.withWhatIsBelow(), namesDirectory(), PathPattern::coversSegment);
    }

    private boolean namesDirectory() {
        return segments.isEmpty() || segments.getLast() instanceof Segment.Literal;
    }

    private List<Segment> withWhatIsBelow() {
        if (!namesDirectory()) {
            return segments;
        }
        List<Segment> all = new ArrayList<>(segments);
        all.add(DEEP);
        return all;
    }

    private static boolean coversSegment(Segment outer, Segment inner) {
        return switch (inner) {
            case Segment.Literal literal -> outer.matches(literal.name());
            case Segment.Star star ->
                outer instanceof Segment.Star wider
                        && star.begin().startsWith(wider.begin())
                        && star.end().endsWith(wider.end());
            case Segment.Deep deep -> false;
        };
    }

    /** @param below whether all below a match is matched, too */
    static <T> boolean matches(List<Segment> pattern, List<T> names, boolean below, BiPredicate<Segment, T> one) {
        int at = 0;
        int name = 0;
        int deep = -1;
        int taken = 0;
        while (name < names.size()) {
            Segment segment = at < pattern.size() ? pattern.get(at) : null;
            if (segment == null && below) {
                return true;
            }
            if (segment instanceof Segment.Deep) {
                deep = at++;
                taken = name;
            } else if (segment != null && one.test(segment, names.get(name))) {
                at++;
                name++;
            } else if (deep >= 0) {
                at = deep + 1;
                name = ++taken;
            } else {
                return false;
            }
        }
        while (at < pattern.size() && pattern.get(at) instanceof Segment.Deep) {
            at++;
        }
        return at == pattern.size();
    }

    /** The URI of it, absolute. */
    @Override
    public String toString() {
        return SCHEME + "/"
                + String.join("/", segments.stream().map(Segment::toString).toList());
    }
}
