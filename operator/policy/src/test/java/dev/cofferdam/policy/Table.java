package dev.cofferdam.policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * One row of a Markdown file of {@code src/test/resources/tables}, whose README says how they are written.
 *
 * @param file the file and line, for the name of the test
 * @param policy the YAML block above it; empty where there is none
 * @param kind the head of the first column
 * @param cells without the marks of code
 */
record Table(String file, String policy, String kind, List<String> cells) {
    private static final Path FOLDER = Path.of("src/test/resources/tables");

    String cell(int at) {
        return at < cells.size() ? cells.get(at) : "";
    }

    /** All rows of all files but the README. */
    static List<Table> rows() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<Table> rows = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                if (!file.endsWith("README.md")) {
                    rows.addAll(rows(file));
                }
            }
            return rows;
        }
    }

    static List<Table> rows(Path file) throws IOException {
        List<Table> rows = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        String policy = "";
        String kind = "";
        for (int at = 0; at < lines.size(); at++) {
            String line = lines.get(at);
            if (line.startsWith("#")) {
                policy = "";
                kind = "";
            } else if (line.equals("```yaml")) {
                int end = at + 1;
                while (!lines.get(end).equals("```")) {
                    end++;
                }
                policy = String.join("\n", lines.subList(at + 1, end));
                at = end;
            } else if (line.isBlank()) {
                kind = "";
            } else if (line.startsWith("|")) {
                List<String> cells = cells(line);
                if (kind.isEmpty()) {
                    kind = cells.getFirst();
                    at++;
                } else {
                    rows.add(new Table(file.getFileName() + ":" + (at + 1), policy, kind, cells));
                }
            }
        }
        return rows;
    }

    private static List<String> cells(String line) {
        String[] cells = line.substring(1).split("\\|", -1);
        return Arrays.stream(cells, 0, cells.length - 1)
                .map(String::strip)
                .map(cell -> cell.startsWith("`") && cell.endsWith("`") ? cell.substring(1, cell.length() - 1) : cell)
                .toList();
    }

    @Override
    public String toString() {
        return file + " " + String.join(" | ", cells);
    }
}
