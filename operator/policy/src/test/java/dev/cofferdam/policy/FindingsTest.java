package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the compiler finds too broad, admission warns of, as far as it can see it. That it does is tried on a cluster, by the rows of tables/findings.md. */
class FindingsTest {
    private static final Path ADMISSION = Path.of("../../manifests/base/admission-policy-breadth.yaml");

    @Test
    void admissionKnowsTheSameShells() throws IOException {
        assertThat(names("['sh', ", "'([a-z]+)'")).isEqualTo(Findings.SHELLS);
    }

    @Test
    void admissionKnowsTheSameInterpreters() throws IOException {
        assertThat(names("^(python", "[(|]([A-Za-z]+)")).isEqualTo(Findings.INTERPRETERS);
    }

    /** Whoever tries Cofferdam meets these before any other, and no warning. */
    @Test
    void theFirstPoliciesThatAnybodySeesAreNarrow() throws IOException {
        String readme = Files.readString(Path.of("../../README.md"));
        int policy = readme.indexOf("apiVersion: cofferdam.dev/v1alpha1\nkind: SandboxPolicy");
        String hello = Files.readString(Path.of("../../policy-examples/hello/policy.yaml"));

        for (String text : List.of(readme.substring(policy, readme.indexOf("```", policy)), hello)) {
            assertThat(Policies.compile(Policies.spec(text), Served.NOW))
                    .isInstanceOfSatisfying(
                            Compilation.Compiled.class,
                            compiled ->
                                    assertThat(Findings.of(compiled.policy())).isEmpty());
        }
    }

    private static Set<String> names(String where, String form) throws IOException {
        String list = Files.readAllLines(ADMISSION).stream()
                .filter(line -> line.contains(where))
                .findFirst()
                .orElseThrow();
        Set<String> found = new HashSet<>();
        Matcher names = Pattern.compile(form).matcher(list);
        while (names.find()) {
            found.add(names.group(1));
        }
        return found;
    }
}
