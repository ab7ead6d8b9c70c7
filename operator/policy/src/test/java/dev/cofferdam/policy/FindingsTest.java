package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the compiler finds too broad, admission warns of, as far as it can see it. That it does is tried on a cluster, by the rows of tables/findings.md. */
class FindingsTest {
    private static final Path ADMISSION = Path.of("../../manifests/base/admission-policy-breadth.yaml");

    @Test
    void admissionKnowsTheSameShells() throws IOException {
        String list = Files.readAllLines(ADMISSION).stream()
                .filter(line -> line.contains("['sh', "))
                .findFirst()
                .orElseThrow();
        Set<String> shells = new HashSet<>();
        Matcher names = Pattern.compile("'([a-z]+)'").matcher(list);
        while (names.find()) {
            shells.add(names.group(1));
        }

        assertThat(shells).isEqualTo(Findings.SHELLS);
    }
}
