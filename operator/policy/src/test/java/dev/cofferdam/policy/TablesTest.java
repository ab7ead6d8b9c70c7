package dev.cofferdam.policy;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.DecisionReason;
import dev.cofferdam.api.v1alpha1.NetworkProtocol;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.policy.match.Address;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The rows of {@code src/test/resources/tables}, and of the tables in docs/policy.md that are of the same kinds. */
class TablesTest {
    private static final Path DOCUMENTATION = Path.of("../../docs/policy.md");

    private static final Map<String, CompiledPolicy> POLICIES = new ConcurrentHashMap<>();

    private static final Map<String, Consumer<Table>> KINDS = Map.ofEntries(
            entry("host", TablesTest::host),
            entry("resolve", TablesTest::resolve),
            entry("path", TablesTest::path),
            entry("program", TablesTest::program),
            entry("secret", row -> is(row, 1, policy(row).grants().secret(row.cell(0)))),
            entry("trust", StandingRows::rules),
            entry("refused", TablesTest::refused),
            entry("compiles", row -> policy(row, 0)),
            entry("limits", TablesTest::limits),
            entry("equal", row -> assertThat(policy(row, 0)).isEqualTo(policy(row, 1))),
            entry(
                    "different",
                    row -> assertThat(policy(row, 0).version())
                            .isNotEqualTo(policy(row, 1).version())),
            entry("policy", TablesTest::findings),
            entry("alert", AlertRows::fires),
            entry("counted", AlertRows::counted),
            entry("fact", AlertRows::facts),
            entry("type", AlertRows::types),
            entry("schema", ArgumentRows::fits),
            entry("no schema", ArgumentRows::none),
            entry("capability", CapabilityRows::written),
            entry("no capability", CapabilityRows::none),
            entry("within", row -> is(row, 2, CapabilityRows.within(policy(row), row))),
            entry("too much", row -> CapabilityRows.tooMuch(policy(row), row)));

    @TestFactory
    Stream<DynamicTest> rows() throws IOException {
        return Table.rows().stream().map(row -> {
            assertThat(KINDS).as("a table of %s, in %s", row.kind(), row.file()).containsKey(row.kind());
            return test(row);
        });
    }

    /** What the page for people says is so; its tables that ask nothing are for them alone. */
    @TestFactory
    Stream<DynamicTest> documentation() throws IOException {
        List<Table> rows = Table.rows(DOCUMENTATION);
        assertThat(rows.stream().map(Table::kind))
                .contains("host", "path", "program", "secret", "trust", "limits", "schema", "alert", "counted", "type");

        return rows.stream().filter(row -> KINDS.containsKey(row.kind())).map(TablesTest::test);
    }

    /** A combination in no row would be a promise that nobody made, one in two rows a promise that nobody can read. */
    @Test
    void theTableOfTrustHasEveryCombinationOnce() throws IOException {
        assertThat(Table.rows(DOCUMENTATION).stream()
                        .filter(row -> row.kind().equals("trust"))
                        .flatMap(row -> StandingRows.combinations(row).stream()))
                .containsExactlyInAnyOrderElementsOf(StandingRows.EVERY);
    }

    private static DynamicTest test(Table row) {
        return DynamicTest.dynamicTest(
                row.toString(), () -> KINDS.get(row.kind()).accept(row));
    }

    private static void host(Table row) {
        List<Address> addresses = Arrays.stream(row.cell(3).split(" "))
                .filter(text -> !text.isEmpty())
                .map(text -> Address.parse(text).orElseThrow())
                .toList();
        is(row, 4, policy(row).grants().connect(destination(row), addresses, Floor.EVERYWHERE));
    }

    private static void path(Table row) {
        is(row, 2, policy(row).grants().access(unescaped(row.cell(0)), access(row.cell(1))));
    }

    private static void program(Table row) {
        is(row, 1, policy(row).grants().start(unescaped(row.cell(0))));
    }

    private static void resolve(Table row) {
        is(row, 3, policy(row).grants().resolve(destination(row)));
    }

    private static Destination destination(Table row) {
        NetworkProtocol protocol = Arrays.stream(NetworkProtocol.values())
                .filter(value -> value.text().equals(row.cell(2)))
                .findFirst()
                .orElse(NetworkProtocol.Unrecognized);
        return new Destination(unescaped(row.cell(0)), Integer.parseInt(row.cell(1)), protocol);
    }

    private static StorageAccess access(String text) {
        return Arrays.stream(StorageAccess.values())
                .filter(value -> value.text().equals(text))
                .findFirst()
                .orElse(StorageAccess.Unrecognized);
    }

    private static void refused(Table row) {
        Compilation compilation = Policies.compile(row.cell(0));

        assertThat(compilation).isInstanceOf(Compilation.Refused.class);
        String at = row.cell(1).startsWith("spec.")
                ? row.cell(1)
                : row.cell(1).isEmpty() ? "spec.permissions" : "spec.permissions." + row.cell(1);
        assertThat(((Compilation.Refused) compilation).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.path()).isEqualTo(at))
                .satisfies(problem -> assertThat(problem.message()).contains(row.cell(2)));
    }

    private static void findings(Table row) {
        List<Finding> findings = Findings.of(policy(row, 0));
        List<String> words =
                row.cell(1).isEmpty() ? List.of() : List.of(row.cell(1).split("; "));

        assertThat(findings).as(findings.toString()).hasSameSizeAs(words);
        for (int at = 0; at < words.size(); at++) {
            assertThat(findings.get(at).message()).contains(words.get(at));
        }
    }

    private static void limits(Table row) {
        Limits limits = Policies.compiled("resources: " + row.cell(0)).limits();

        assertThat(limits.cpu().getNumericalAmount())
                .isEqualByComparingTo(new Quantity(row.cell(1)).getNumericalAmount());
        assertThat(limits.memory().getNumericalAmount())
                .isEqualByComparingTo(new Quantity(row.cell(2)).getNumericalAmount());
        assertThat(Durations.text(limits.timeout())).isEqualTo(row.cell(3));
    }

    private static CompiledPolicy policy(Table row, int at) {
        return Policies.compiled(row.cell(at));
    }

    private static CompiledPolicy policy(Table row) {
        return POLICIES.computeIfAbsent(row.policy(), Policies::compiled);
    }

    private static void is(Table row, int at, Answer answer) {
        List<DecisionReason> reasons = switch (answer) {
            case Answer.Allowed allowed -> List.of();
            case Answer.Denied denied -> denied.reasons();
        };
        assertThat(answer.getClass().getSimpleName() + " "
                        + reasons.stream().map(DecisionReason::code).collect(Collectors.joining(" ")))
                .as(() -> reasons.toString())
                .isEqualTo(row.cell(at) + " " + row.cell(at + 1));
        assertThat(reasons).allSatisfy(reason -> {
            assertThat(reason.resource()).isNotBlank();
            assertThat(reason.message()).isNotBlank();
            assertThat(reason.message().chars().filter(Character::isISOControl)).isEmpty();
        });
    }

    /** {@code \0} and {@code \n}, which a table cannot hold. */
    private static String unescaped(String cell) {
        return cell.replace("\\0", "\0").replace("\\n", "\n");
    }
}
