package dev.cofferdam.e2e;

import static dev.cofferdam.e2e.tenant.RunRequest.shell;
import static dev.cofferdam.e2e.tenant.RunRequest.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cofferdam.e2e.tenant.Metrics;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That docs/operations.md tells of every metric of ours, and of none that is not there. */
@ClusterTest
class MetricsTest {
    private static final Path DOCUMENT = Path.of("../docs/operations.md");
    private static final Pattern ROW =
            Pattern.compile("^\\| `(cofferdam_[a-z_]+)` \\|([^|]+)\\|([^|]*)\\|", Pattern.MULTILINE);
    private static final Pattern SAMPLE =
            Pattern.compile("^(cofferdam_[a-z_]+?)(?:_bucket|_sum|_count)?(?:\\{([^}]*)})? ", Pattern.MULTILINE);
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");

    @Test
    void theDocumentedMetricsAreThoseThatAreThere(Tenant tenant) throws IOException {
        tenant.withTools();
        tenant.run(shell("true"));
        tenant.run(shell("true").withTimeout("23h"));

        String text = Files.readString(DOCUMENT);
        // The two of them are counted after they are stored.
        await().atMost(Tenant.PATIENCE).untilAsserted(() -> {
            assertThat(there(Names.CONTROLLER)).isEqualTo(documented(text, "controller"));
            assertThat(there(Names.GATEWAY)).isEqualTo(documented(text, "gateway"));
        });
    }

    @Test
    void whatARunWasDeniedIsCountedByItsComponent(Tenant tenant) {
        tenant.withTools();
        String denied = "cofferdam_audit_events_total{component=\"" + Tenant.POLICY
                + "/sh\",event_type=\"PolicyViolation\",result=\"Denied\"}";
        double before = Metrics.value(Names.CONTROLLER, denied);

        tenant.run(shell("true").withTimeout("23h"));

        // Others may be denied the same meanwhile.
        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() ->
                        assertThat(Metrics.value(Names.CONTROLLER, denied)).isGreaterThanOrEqualTo(before + 1));
    }

    @Test
    void namesThatACallerMadeUpAreNoLabels(Tenant tenant) {
        tenant.withTools();
        tenant.run(tool("made-up"));

        await().atMost(Tenant.PATIENCE)
                .untilAsserted(() -> assertThat(Metrics.of(Names.CONTROLLER))
                        .contains("cofferdam_audit_events_total{component=\"unknown\"")
                        .doesNotContain("made-up"));
    }

    private static Map<String, Set<String>> documented(String text, String part) {
        return ROW.matcher(text)
                .results()
                .filter(row -> row.group(2).strip().equals(part)
                        || row.group(2).strip().equals("both"))
                .collect(Collectors.toMap(
                        row -> row.group(1),
                        row -> Arrays.stream(row.group(3).split("[`, ]+"))
                                .filter(label -> !label.isEmpty())
                                .collect(Collectors.toCollection(TreeSet::new)),
                        (one, other) -> one,
                        TreeMap::new));
    }

    /** Every metric of ours that a part has, and the labels of its samples. */
    private static Map<String, Set<String>> there(String part) {
        Map<String, Set<String>> metrics = new TreeMap<>();
        SAMPLE.matcher(Metrics.of(part)).results().forEach(sample -> {
            Set<String> labels = metrics.computeIfAbsent(sample.group(1), name -> new TreeSet<>());
            Stream.ofNullable(sample.group(2))
                    .flatMap(all -> LABEL.matcher(all).results())
                    .map(label -> label.group(1))
                    .filter(label -> !label.equals("le"))
                    .forEach(labels::add);
        });
        return metrics;
    }
}
