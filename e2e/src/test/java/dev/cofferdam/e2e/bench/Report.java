package dev.cofferdam.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** docs/benchmarks.md, a chapter at a time. What is not measured stays as it was; each chapter says when and on what that was. */
final class Report {
    /** In the order of the page. */
    enum Chapter {
        SERIAL("One at a time"),
        PHASES("Where the time of a cold run goes"),
        WRITES("Writes to the API"),
        AT_ONCE("All at once"),
        CONSUMPTION("What controller and gateway use"),
        PASSAGE("The way out"),
        WORKSPACES("Workspaces, changes and programs"),
        KILL_SWITCH("The kill switch"),
        SIMULATED("The control plane alone"),
        START("Start of the controller");

        private final String title;

        Chapter(String title) {
            this.title = title;
        }
    }

    private static final String HEAD = """
            # Benchmarks

            Written by `make bench`. A number stands beside what it is compared with, measured in the same run; each chapter says when that was, and on what machine.
            """;

    private final Map<Chapter, String> texts = new EnumMap<>(Chapter.class);
    private String moment = "";

    /** @param now what is said of when and on what it was, of all that is added from here on */
    void begin(String now) {
        moment = now;
    }

    void add(Chapter chapter, String text) {
        texts.put(chapter, text + "\n" + moment + "\n");
        System.out.println("\n## " + chapter.title + "\n" + text);
    }

    void write(Path file) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, page(Files.exists(file) ? Files.readString(file) : ""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String page(String before) {
        StringBuilder page = new StringBuilder(HEAD);
        for (Chapter chapter : Chapter.values()) {
            String heading = "\n## " + chapter.title + "\n";
            page.append(heading).append(texts.computeIfAbsent(chapter, other -> kept(heading, before)));
        }
        return page.toString();
    }

    private static String kept(String heading, String before) {
        int at = before.indexOf(heading);
        if (at < 0) {
            return "\nNot measured.\n";
        }
        String rest = before.substring(at + heading.length());
        int end = rest.indexOf("\n## ");
        return end < 0 ? rest : rest.substring(0, end);
    }

    /** A table; the first row is its head. */
    static String table(List<List<String>> rows) {
        String head = line(rows.getFirst());
        String rule = line(rows.getFirst().stream().map(cell -> "---").toList());
        return head + rule + rows.stream().skip(1).map(Report::line).collect(Collectors.joining());
    }

    private static String line(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    static String millis(Duration duration) {
        return duration.toMillis() + " ms";
    }

    /** How often the second goes into the first. */
    static double ratio(Duration one, Duration other) {
        return (double) one.toNanos() / other.toNanos();
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    static String verdict(boolean met) {
        return met ? "met" : "**missed**";
    }
}
