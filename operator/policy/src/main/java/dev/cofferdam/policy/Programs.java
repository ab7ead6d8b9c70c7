package dev.cofferdam.policy;

import dev.cofferdam.policy.match.FilePath;
import dev.cofferdam.policy.match.Parsed;
import dev.cofferdam.policy.match.Text;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A set of programs.
 *
 * @param commands names that are looked up in the usual directories, absolute paths, or {@code *} for all
 */
public record Programs(SortedSet<String> commands) {
    static final String ALL = "*";

    /** Where the box looks up a name (searchPath in sandbox-image/box). A file of that name elsewhere, in /tmp say, is another program. */
    static final Set<String> DIRECTORIES =
            Set.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

    private static final int COMMAND_MOST = 4096;

    public Programs {
        commands = Collections.unmodifiableSortedSet(new TreeSet<>(commands));
    }

    static Programs of(String... commands) {
        return new Programs(new TreeSet<>(List.of(commands)));
    }

    /** One command as a policy or a capability writes it. */
    static Parsed<String> parse(String text) {
        if (ALL.equals(text)) {
            return Parsed.good(ALL);
        }
        if (!Text.isGraphic(text, COMMAND_MOST)) {
            return Parsed.bad(
                    text,
                    "is no program; write its name or its absolute path, without arguments: what a program is given cannot be ruled here");
        }
        if (text.indexOf('*') >= 0) {
            return Parsed.bad(text, "has a * in it; write whole names, or * alone for all programs of the image");
        }
        if (text.indexOf('/') < 0) {
            return text.equals(".") || text.equals("..")
                    ? Parsed.bad(text, "is a directory; write a program")
                    : Parsed.good(text);
        }
        return switch (FilePath.parse(text)) {
            case Parsed.Bad<FilePath> bad -> new Parsed.Bad<>(bad.why());
            case Parsed.Good<FilePath> path ->
                path.value().names().isEmpty()
                        ? Parsed.bad(text, "is a directory; write a program")
                        : Parsed.good(text);
        };
    }

    /** The programs that are in both sets: of two ways to write one program, the narrower. */
    Programs and(Programs other) {
        SortedSet<String> both = new TreeSet<>();
        commands.stream().filter(other::covers).forEach(both::add);
        other.commands.stream().filter(this::covers).forEach(both::add);
        return new Programs(both);
    }

    boolean contains(FilePath program) {
        if (commands.contains(ALL) || commands.contains(program.toString())) {
            return true;
        }
        List<String> names = program.names();
        return !names.isEmpty()
                && commands.contains(names.getLast())
                && DIRECTORIES.contains(new FilePath(names.subList(0, names.size() - 1)).toString());
    }

    /** Whether the command, as a policy writes it, is among them. */
    boolean covers(String command) {
        if (commands.contains(ALL) || commands.contains(command)) {
            return true;
        }
        return command.indexOf('/') >= 0
                && FilePath.parse(command).found().filter(this::contains).isPresent();
    }
}
