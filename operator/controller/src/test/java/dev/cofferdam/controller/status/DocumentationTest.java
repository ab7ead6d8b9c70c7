package dev.cofferdam.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.AuditEventType;
import dev.cofferdam.api.v1alpha1.Phase;
import dev.cofferdam.api.v1alpha1.Result;
import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.record.AccessEnd;
import dev.cofferdam.record.AccessReason;
import dev.cofferdam.record.ConditionType;
import dev.cofferdam.record.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That whoever meets a word of ours in a status or in the audit stream finds it in the documents, and finds none that is no more. */
class DocumentationTest {
    private static final Path DOCS = Path.of("../../docs");
    private static final Path ROOT = Path.of("../..");
    private static final Pattern WORD = Pattern.compile("[A-Z][A-Za-z]+");
    private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$|`[^`\n]*`");
    private static final Pattern LINK = Pattern.compile("]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]*))?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

    @Test
    void everyReasonHasItsRow() throws IOException {
        assertThat(words("operations.md", "## What a reason means, and what to do", 1))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Reason.values()).map(Reason::name).collect(Collectors.toSet()));
    }

    @Test
    void everyConditionHasItsRow() throws IOException {
        Set<String> conditions =
                Arrays.stream(ConditionType.values()).map(ConditionType::name).collect(Collectors.toSet());
        conditions.addAll(List.of(
                PolicyStatus.READY,
                PolicyStatus.ACTIVE,
                PolicyStatus.ALERTING,
                PolicyStatus.REVIEWED,
                PolicyStatus.SANDBOX_AVAILABLE,
                PolicyStatus.NETWORK_ISOLATED,
                PolicyStatus.LEAST_PRIVILEGE));
        assertThat(words("operations.md", "## Conditions", 2)).isEqualTo(conditions);
    }

    @Test
    void everyKubernetesEventHasItsRow() throws IOException {
        Set<String> events = Stream.of(
                        Reason.Retrying, Reason.Unschedulable, Reason.Committed, Reason.AlertFired, Reason.CircuitOpen)
                .map(Reason::name)
                .collect(Collectors.toSet());
        events.addAll(List.of(Denials.REASON, PolicyNews.CLOSED, PolicyNews.RESUMED));
        // What is wrong with a policy has the reason of the condition that says so.
        events.addAll(PolicyNews.WATCHED);
        assertThat(words("operations.md", "## Events", 2)).isEqualTo(events);
    }

    @Test
    void everyKindOfEventHasItsRow() throws IOException {
        assertThat(words("security/audit.md", "## What is written", 1))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(AuditEventType.values())
                        .filter(type -> type != AuditEventType.Unrecognized)
                        .map(AuditEventType::name)
                        .collect(Collectors.toSet()));
    }

    /** And what a gateway puts on record is one of these words, which its own tests see. */
    @Test
    void everyReasonOfAConnectionHasItsRow() throws IOException {
        Stream<String> early =
                Arrays.stream(AccessEnd.values()).filter(AccessEnd::isEarly).map(AccessEnd::text);
        assertThat(firstCells("security/audit.md", "| `detail.reason` |"))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(Arrays.stream(AccessReason.values()).map(AccessReason::name), early)
                                .toList());
    }

    @Test
    void everyEndOfAConnectionHasItsRow() throws IOException {
        assertThat(firstCells("security/audit.md", "| `detail.ended` |"))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(AccessEnd.values()).map(AccessEnd::text).toList());
    }

    /** Those by which a run is cancelled that was at work: the gateway's order is what the result says of it. */
    @Test
    void everyStopIsInWhatKubectlExplains() throws IOException {
        String schema = Files.readString(Path.of("../../crds/yaml/toolruns.cofferdam.dev.yaml"));
        Matcher stopReason =
                Pattern.compile("stopReason:\\s+description: \"([^\"]*)\"").matcher(schema);
        assertThat(stopReason.find()).isTrue();
        Set<String> reasons = Arrays.stream(Reason.values()).map(Reason::name).collect(Collectors.toSet());

        assertThat(WORD.matcher(stopReason.group(1)).results().map(MatchResult::group))
                .filteredOn(reasons::contains)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Reason.values())
                        .filter(DocumentationTest::isCancelledBy)
                        .map(Reason::name)
                        .toList());
    }

    @Test
    void everyLinkLeadsToAFileAndAHeading() throws IOException {
        List<Path> pages = pages();

        assertThat(pages).hasSizeGreaterThan(20);
        for (Path page : pages) {
            assertThat(LINK.matcher(CODE.matcher(Files.readString(page)).replaceAll(""))
                            .results())
                    .as("links of " + page)
                    .allSatisfy(link -> assertThat(leads(page, link.group(1), link.group(2)))
                            .as(link.group())
                            .isTrue());
        }
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return Set.of("target", "build", ".git")
                                .contains(folder.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".md")) {
                    pages.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return pages;
    }

    /** @param heading as GitHub names it: in lower case, without punctuation, a hyphen for each space; null: the whole page */
    private static boolean leads(Path page, String file, String heading) throws IOException {
        Path target = file.isEmpty() ? page : page.resolveSibling(file);
        if (heading == null || !Files.isRegularFile(target)) {
            return heading == null && Files.exists(target);
        }
        return HEADING.matcher(Files.readString(target))
                .results()
                .map(found -> found.group(1).toLowerCase(Locale.ROOT))
                .map(words -> words.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
                .anyMatch(heading::equals);
    }

    private static boolean isCancelledBy(Reason reason) {
        Result stopped = Serialization.unmarshal("podUID: p\noutcome: Stopped", Result.class);
        ToolRun run = Serialization.unmarshal("kind: ToolRun\nspec: {tool: t}", ToolRun.class);
        return Endings.told(run, stopped, true, Optional.of(reason), false).phase() == Phase.Cancelled;
    }

    /** The words in one column of the table below a heading. */
    private static Set<String> words(String document, String heading, int column) throws IOException {
        String text = Files.readString(DOCS.resolve(document));
        String section =
                text.substring(text.indexOf(heading) + heading.length()).split("\n## ", 2)[0];
        return section.lines()
                .filter(line -> line.startsWith("| "))
                .map(line -> line.split("\\|")[column])
                .flatMap(cell -> WORD.matcher(cell).results().map(word -> word.group()))
                .collect(Collectors.toSet());
    }

    /** What the first column of the one table that begins like this names, in each row one or more with a comma between. */
    private static List<String> firstCells(String document, String header) throws IOException {
        String text = Files.readString(DOCS.resolve(document));
        assertThat(text).containsOnlyOnce(header);
        return text.substring(text.indexOf(header))
                .lines()
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .flatMap(line -> Stream.of(line.split("\\|")[1].strip().split(", ")))
                .toList();
    }
}
