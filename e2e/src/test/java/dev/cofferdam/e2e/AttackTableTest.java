package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.e2e.table.AttackTable;
import dev.cofferdam.e2e.table.AttackTable.Row;
import dev.cofferdam.e2e.table.Elsewhere;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;

/** That docs/security/attacks.md says what the tests do. Needs no cluster. */
class AttackTableTest {
    private static final Path ROOT = Path.of("..");
    private static final Path DOCUMENT = ROOT.resolve("docs/security/attacks.md");

    /** In these, every test is an attack or shows one succeeding. */
    private static final Set<Class<?>> ATTACKS_ONLY = Set.of(
            BoxAttackTest.class, ChannelAttackTest.class, ImpostorTest.class, StrangerTest.class, RbacTest.class);

    private final List<Row> rows = AttackTable.collect();

    @Test
    void theDocumentIsWhatTheTestsSay() throws IOException {
        String text = AttackTable.render(rows, Elsewhere.ALL, AttackTableTest::cases);
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(DOCUMENT, text);
        }
        assertThat(Files.readString(DOCUMENT)).isEqualTo(text);
    }

    @Test
    void whatReachesForTheHostTheApiServerOrAnotherTenantMeetsTwoGates() {
        assertThat(rows)
                .filteredOn(row -> row.attack().at().needsTwoGates())
                .hasSizeGreaterThan(5)
                .allSatisfy(row -> assertThat(row.attack().by())
                        .as(row.attack().value())
                        .hasSizeGreaterThanOrEqualTo(2)
                        .doesNotHaveDuplicates());
    }

    @Test
    void everyAttackIsSeenToSucceedOrSaysWhyNot() {
        Set<String> tests = tests().map(AttackTable::name).collect(Collectors.toSet());
        assertThat(rows).hasSizeGreaterThan(20).allSatisfy(row -> {
            assertThat(row.attack().opened().isEmpty())
                    .as(row.attack().value() + ": opened, or why not")
                    .isNotEqualTo(row.attack().unopened().isEmpty());
            if (!row.attack().opened().isEmpty()) {
                assertThat(tests).contains(row.attack().opened());
            }
            assertThat(row.attack().by()).as(row.attack().value()).isNotEmpty();
        });
    }

    @Test
    void everyTestOfAttacksIsInTheDocument() {
        Set<String> there = rows.stream()
                .flatMap(row -> Stream.of(row.test(), row.attack().opened()))
                .collect(Collectors.toSet());
        assertThat(tests().filter(test -> ATTACKS_ONLY.contains(test.getDeclaringClass())))
                .extracting(AttackTable::name)
                .isSubsetOf(there);
    }

    @Test
    void everyListOfAttacksIsInTheDocument() {
        assertThat(rows.stream().map(row -> row.attack().policy()).filter(policy -> !policy.isEmpty()))
                .containsExactlyInAnyOrderElementsOf(Stream.of(
                                Attacks.all().map(Attack::policy),
                                Stream.of(PodShapeAttacks.POLICY, CommitterShapeAttacks.POLICY),
                                Rights.policies().stream())
                        .flatMap(policies -> policies)
                        .collect(Collectors.toSet()));
    }

    @Test
    void theTestsOfOtherModulesAreThere() {
        assertThat(Elsewhere.ALL)
                .allSatisfy(other -> assertThat(Files.readString(ROOT.resolve(other.file())))
                        .containsPattern("(func|void) " + other.test() + "\\("));
    }

    private static Stream<Method> tests() {
        return AttackTable.methods()
                .filter(method -> method.isAnnotationPresent(Test.class)
                        || method.isAnnotationPresent(TestFactory.class)
                        || method.isAnnotationPresent(ParameterizedTest.class));
    }

    /** What is tried on an admission policy. */
    private static String cases(String policy) {
        if (policy.equals(PodShapeAttacks.POLICY)) {
            return PodShapeAttacks.ALL.stream()
                    .map(PodShapeAttacks.Change::what)
                    .collect(Collectors.joining("; "));
        }
        if (policy.equals(CommitterShapeAttacks.POLICY)) {
            return CommitterShapeAttacks.ALL.stream()
                    .map(PodShapeAttacks.Change::what)
                    .collect(Collectors.joining("; "));
        }
        return Stream.concat(
                        Attacks.all()
                                .filter(attack -> attack.policy().equals(policy))
                                .map(attack -> attack.what() + " (as " + attack.caller() + ")"),
                        Rights.cells().stream()
                                .filter(cell -> cell.policy().equals(Optional.of(policy)))
                                .map(cell -> words(cell.deed()) + " (as the " + words(cell.persona()) + ")"))
                .collect(Collectors.joining("; "));
    }

    private static String words(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
