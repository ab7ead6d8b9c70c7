package dev.cofferdam.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The table of what a tool can do with its workspace, which the box's own tests read too. */
final class WorkspaceTable {
    private static final Path FOLDER = Path.of("../sandbox-image/boxtest/workspace");

    /**
     * What is tried in one run.
     *
     * @param storage what stands under {@code spec.permissions}
     * @param files paths; the content of each is its path
     */
    record Section(String title, String storage, List<String> files, List<Row> rows) {
        /** What the tool reads: an operation on each line. */
        String operations() {
            return String.join("\n", rows.stream().map(Row::operation).toList()) + "\n";
        }

        List<String> outcomes() {
            return rows.stream().map(Row::outcome).toList();
        }

        @Override
        public String toString() {
            return title;
        }
    }

    record Row(String operation, String outcome) {}

    private WorkspaceTable() {}

    /** The program that does what the rows say. */
    static String program() {
        return read("operations.py");
    }

    static List<Section> sections() {
        List<Section> sections = new ArrayList<>();
        String[] parts = read("table.md").split("\n## ");
        for (int at = 1; at < parts.length; at++) {
            sections.add(section(parts[at]));
        }
        return sections;
    }

    private static Section section(String text) {
        List<String> files = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        String storage = "";
        List<String> lines = text.lines().toList();
        for (int at = 1; at < lines.size(); at++) {
            String line = lines.get(at);
            if (line.startsWith("storage: ")) {
                storage = line;
            } else if (line.startsWith("Files: ")) {
                files.addAll(List.of(line.substring("Files: ".length()).split(", ")));
            } else if (line.startsWith("| ") && !line.startsWith("| operation ")) {
                String[] cells = line.substring(2).split(" \\|");
                rows.add(new Row(cells[0].strip(), cells[1].strip()));
            }
        }
        return new Section(lines.getFirst(), storage, files, rows);
    }

    private static String read(String name) {
        try {
            return Files.readString(FOLDER.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
