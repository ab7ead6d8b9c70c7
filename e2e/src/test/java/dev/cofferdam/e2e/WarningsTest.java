package dev.cofferdam.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.cofferdam.e2e.tenant.Kubectl;
import dev.cofferdam.e2e.tenant.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Whoever applies a policy that is broader than it has to be is told so at once, and it is applied all the same. */
@ClusterTest
class WarningsTest {
    /** The table by which the compiler's findings are tested. */
    private static final Path FINDINGS = Path.of("../operator/policy/src/test/resources/tables/findings.md");

    private static final String WARNING =
            "Warning: Validation failed for ValidatingAdmissionPolicy 'cofferdam-policy-breadth'";

    @TestFactory
    Stream<DynamicTest> admissionWarnsOfWhatTheCompilerFinds(Tenant tenant) throws IOException {
        List<List<String>> rows = Files.readAllLines(FINDINGS).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> Arrays.stream(line.substring(1).split("\\|", -1))
                        .map(cell -> cell.strip().replaceAll("^`|`$", ""))
                        .toList())
                .toList();
        assertThat(rows)
                .hasSizeGreaterThan(10)
                .anyMatch(WarningsTest::isWarnedOf)
                .anyMatch(row -> !isWarnedOf(row));

        return rows.stream()
                .map(row -> dynamicTest(row.getFirst(), () -> {
                    String policy = row.getFirst();
                    Kubectl.Answer answer = apply(
                            tenant,
                            policy.startsWith("spec:") ? policy : "spec: {permissions: " + permissions(policy) + "}");

                    if (isWarnedOf(row)) {
                        assertThat(answer.text())
                                .contains(WARNING)
                                .contains(row.get(1).split("; "));
                    } else {
                        assertThat(answer.text()).doesNotContain("Warning: ");
                    }
                    assertThat(answer.exitCode()).as(answer.text()).isZero();
                }));
    }

    @Test
    void theListOfHostsThatNobodySeesIsNamed(Tenant tenant) {
        assertThat(apply(tenant, "spec: {permissions: {network: {allow: [{defaults: true}]}}}")
                        .text())
                .contains(WARNING)
                .contains("about 80 hosts");
    }

    /** That the warnings are this policy's. */
    @Test
    void nobodyIsWarnedWithoutIt(Tenant tenant) {
        String broad = "spec: {permissions: {exec: {allow: [{command: bash}, {command: python3}]}}}";

        OpenedGate.without(
                "cofferdam-policy-breadth",
                tenant,
                () -> apply(tenant, broad).text().contains(WARNING),
                () -> assertThat(apply(tenant, broad)).satisfies(answer -> {
                    assertThat(answer.text()).doesNotContain("Warning: ");
                    assertThat(answer.exitCode()).isZero();
                }));
    }

    @Test
    void whatHasNoFormIsLeftToTheCompiler(Tenant tenant) {
        for (String none : List.of(
                "{network: {allow: [5, {host: 5}, {cidr: 10.0.0.0}, {cidr: 5, ports: 5}, {cidr: x/8, ports: [5]}]}}",
                "{storage: {allow: 5}}")) {
            Kubectl.Answer answer = apply(tenant, "spec: {permissions: " + none + "}");

            assertThat(answer.text()).doesNotContain("cofferdam-policy-breadth");
        }
    }

    private static String permissions(String row) {
        return row.startsWith("{") ? row : "{" + row + "}";
    }

    private static boolean isWarnedOf(List<String> row) {
        return row.get(2).equals("yes");
    }

    private static Kubectl.Answer apply(Tenant tenant, String spec) {
        String policy = "apiVersion: cofferdam.dev/v1alpha1\nkind: SandboxPolicy\nmetadata: {name: broad}\n" + spec;
        return Kubectl.kubectl(
                policy, List.of("--namespace=" + tenant.namespace(), "apply", "--dry-run=server", "--filename=-"));
    }
}
