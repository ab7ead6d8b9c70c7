package dev.cofferdam.e2e.table;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All attacks of the tests, as the document has them. */
public final class AttackTable {
    private static final String PACKAGE = "dev.cofferdam.e2e";

    /** One attack, and where it is made. */
    public record Row(String test, Withstands attack) {}

    private AttackTable() {}

    public static List<Row> collect() {
        return methods()
                .flatMap(method -> Arrays.stream(method.getAnnotationsByType(Withstands.class))
                        .map(attack -> new Row(name(method), attack)))
                .toList();
    }

    /** All methods of the tests' classes, in the order of their names. */
    public static Stream<Method> methods() {
        return new ClassFileImporter()
                .importPackages(PACKAGE).stream()
                        .flatMap(type -> type.getMethods().stream())
                        .filter(method -> method.getRawReturnType() != null)
                        .map(JavaMethod::reflect)
                        .sorted(Comparator.comparing(AttackTable::name));
    }

    public static String name(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }

    /** @param cases what the attacks on an admission policy are, by its name */
    public static String render(List<Row> rows, List<Elsewhere> elsewhere, Function<String, String> cases) {
        StringBuilder text = new StringBuilder("""
                # Attacks, and what stops them

                Written from the tests, by `mvn -pl e2e -am test -Dtest=AttackTableTest -Dgolden.write=true -Dsurefire.failIfNoSpecifiedTests=false`; do not edit.
                Each row is tried on a real cluster by every `make e2e`. The gates are in the order in which the attack meets them. A test begins where
                somebody stands who has got past the gates that it opens; *opened* is a test in which the same attack succeeds because its gate is
                open, which shows that it is this gate that holds, or it says why there is none. What reaches for the host, the API server or another tenant meets
                two gates at least; AttackTableTest sees to it.
                Who the attackers are, and what is left: [threat model](threat-model.md).
                """);
        for (Aim aim : Aim.values()) {
            List<Row> of = rows.stream().filter(row -> row.attack().at() == aim).toList();
            text.append("\n## At ")
                    .append(aim.title())
                    .append("\n| attack | stopped by | test | opened |\n|---|---|---|---|\n");
            of.forEach(row -> text.append(line(row, cases)));
        }
        text.append("""

                ## Tried elsewhere
                Where a gate stands alone: in the supervisor's tests under gVisor, and in the gateway's with its real server.

                | attack | test |
                |---|---|
                """);
        elsewhere.forEach(other ->
                text.append("| %s | [%s](../../%s) |\n".formatted(other.attack(), other.test(), other.file())));
        return text.toString();
    }

    private static String line(Row row, Function<String, String> cases) {
        Withstands attack = row.attack();
        String what = attack.policy().isEmpty() ? attack.value() : attack.value() + ": " + cases.apply(attack.policy());
        String gates = Arrays.stream(attack.by())
                .map(gate -> gate == Gate.Admission && !attack.policy().isEmpty()
                        ? gate.title() + " `" + attack.policy() + "`"
                        : gate.title())
                .collect(Collectors.joining(" → "));
        String opened = attack.opened().isEmpty() ? attack.unopened() : attack.opened();
        return "| %s | %s | %s | %s |\n".formatted(what, gates, row.test(), opened);
    }
}
