package dev.cofferdam.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A folder a case: a policy (or none), a run, and what is decided. {@code -Dgolden.write=true} writes the decisions anew, to be read before they are committed. */
class GoldenTest {
    private static final Path CASES = Path.of("src/test/resources/golden");
    private static final String POLICY = "in-policy.yaml";
    private static final String RUN = "in-run.yaml";
    private static final String DECISION = "out-decision.yaml";

    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .disable(YAMLGenerator.Feature.SPLIT_LINES)
                    .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    @TestFactory
    Stream<DynamicTest> decides() throws IOException {
        try (Stream<Path> folders = Files.list(CASES)) {
            return folders.sorted().toList().stream()
                    .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> decides(folder)));
        }
    }

    private void decides(Path folder) throws IOException {
        // Given
        assertThat(files(folder)).isSubsetOf(POLICY, RUN, DECISION).contains(RUN);
        Optional<Compilation> compilation = Optional.empty();
        if (Files.exists(folder.resolve(POLICY))) {
            SandboxPolicy policy = YAML.readValue(folder.resolve(POLICY).toFile(), SandboxPolicy.class);
            compilation = Optional.of(PolicyCompiler.compile(policy, Served.NOW));
        }
        ToolRun run = YAML.readValue(folder.resolve(RUN).toFile(), ToolRun.class);

        // When
        String decided = YAML.writeValueAsString(shown(compilation, Decider.decide(compilation, run.getSpec())));

        // Then
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(folder.resolve(DECISION), decided, StandardCharsets.UTF_8);
        }
        assertThat(decided).isEqualTo(Files.readString(folder.resolve(DECISION), StandardCharsets.UTF_8));
    }

    private static Map<String, Object> shown(Optional<Compilation> compilation, Ruling ruling) {
        Map<String, Object> shown = new LinkedHashMap<>();
        if (compilation.isPresent() && compilation.get() instanceof Compilation.Refused refused) {
            shown.put("problems", new ArrayList<>(refused.problems()));
        }
        switch (ruling) {
            case Ruling.Granted granted -> {
                shown.put("verdict", "Allowed");
                shown.put("policyVersion", granted.policyVersion());
                shown.put("tool", granted.tool());
                shown.put("effective", granted.effective());
                shown.put("job", job(granted.job()));
            }
            case Ruling.Refused refused -> {
                shown.put("verdict", "Denied");
                shown.put("policyVersion", refused.policyVersion());
                shown.put("reasons", refused.reasons());
            }
        }
        return shown;
    }

    private static Map<String, Object> job(Job job) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("argv", job.argv());
        shown.put("environment", job.environment());
        if (!job.secrets().isEmpty()) {
            shown.put("secrets", job.secrets());
        }
        shown.put("stdin", Base64.getEncoder().encodeToString(job.stdin()));
        shown.put("timeoutMillis", job.limits().timeout().toMillis());
        shown.put("scratchBytes", job.limits().scratchBytes());
        if (!job.workspace().equals(Job.Files.NONE)) {
            shown.put("workspace", job.workspace());
        }
        return shown;
    }

    private static Set<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
