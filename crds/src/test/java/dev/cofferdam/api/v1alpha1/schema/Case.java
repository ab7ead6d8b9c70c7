package dev.cofferdam.api.v1alpha1.schema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * An example of the API and what the API server says to it.
 *
 * <p>{@code valid-*.yaml} can be created, {@code invalid-*.yaml} cannot. A folder {@code update-*} holds {@code before.yaml}, which can be created, and
 * {@code after.yaml}, written over it; {@code status-*} is the same for the status subresource. A refused file begins with the text that the refusal contains.
 *
 * @param name file or folder, from the folder of cases on
 * @param before what is stored first
 * @param after what is sent
 * @param refusal part of the refusal's message; empty where {@code after} is accepted
 */
record Case(String name, Action action, Optional<String> before, String after, Optional<String> refusal) {
    enum Action {
        CREATE,
        UPDATE,
        UPDATE_STATUS
    }

    private static final Path FOLDER = Path.of("src/test/resources/cases");
    private static final String REFUSED = "# refused: ";

    /** Every case. Fails on a file that belongs to none. */
    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        try (var kinds = Files.list(FOLDER)) {
            for (Path kind : kinds.sorted().toList()) {
                try (var entries = Files.list(kind)) {
                    for (Path entry : entries.sorted().toList()) {
                        cases.add(read(entry));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cases;
    }

    private static Case read(Path path) throws IOException {
        String file = path.getFileName().toString();
        String name = FOLDER.relativize(path).toString();
        if (!Files.isDirectory(path)) {
            return checked(
                    file, new Case(name, Action.CREATE, Optional.empty(), Files.readString(path), refusal(path)));
        }
        var files = new TreeSet<String>();
        try (var entries = Files.list(path)) {
            entries.forEach(entry -> files.add(entry.getFileName().toString()));
        }
        Action action =
                file.startsWith("update-") ? Action.UPDATE : file.startsWith("status-") ? Action.UPDATE_STATUS : null;
        if (action == null || !files.equals(new TreeSet<>(List.of("before.yaml", "after.yaml")))) {
            throw new IllegalStateException("Nobody reads " + name + " with " + files);
        }
        Path after = path.resolve("after.yaml");
        return checked(
                file.substring("update-".length()),
                new Case(
                        name,
                        action,
                        Optional.of(Files.readString(path.resolve("before.yaml"))),
                        Files.readString(after),
                        refusal(after)));
    }

    private static Case checked(String file, Case read) {
        String prefix = read.refusal().isPresent() ? "invalid-" : "valid-";
        if (!file.startsWith(prefix) || (read.action() == Action.CREATE && !file.endsWith(".yaml"))) {
            throw new IllegalStateException("Nobody reads " + read.name() + ": a file that begins with '" + REFUSED
                    + "' is invalid-*.yaml, another one valid-*.yaml");
        }
        return read;
    }

    private static Optional<String> refusal(Path path) throws IOException {
        String first = Files.readString(path).lines().findFirst().orElse("");
        return first.startsWith(REFUSED) ? Optional.of(first.substring(REFUSED.length())) : Optional.empty();
    }

    @Override
    public String toString() {
        return name;
    }
}
