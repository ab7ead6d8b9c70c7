package dev.cofferdam.api.v1alpha1.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is checked in is what the records say. {@code -Dcrds.rewrite=true} writes it anew. */
class DefinitionsTest {
    private static final Path FOLDER = Path.of("yaml");
    private static final Path REFERENCE = Path.of("../docs/api.md");

    @Test
    void checkedInDefinitionsAreCurrent() throws IOException {
        // Given
        var expected = new TreeMap<String, String>();
        Definitions.generate()
                .forEach((name, definition) -> expected.put(name + ".yaml", Definitions.yaml(definition)));

        // When
        for (var entry : expected.entrySet()) {
            rewriteIfAsked(FOLDER.resolve(entry.getKey()), entry.getValue());
        }

        // Then
        for (var entry : expected.entrySet()) {
            assertThat(FOLDER.resolve(entry.getKey())).hasContent(entry.getValue());
        }
        var present = new TreeSet<String>();
        try (var files = Files.list(FOLDER)) {
            files.map(path -> path.getFileName().toString())
                    .filter(name -> !name.equals("kustomization.yaml"))
                    .forEach(present::add);
        }
        assertThat(present).isEqualTo(expected.keySet());
        assertThat(Files.readString(FOLDER.resolve("kustomization.yaml"))).contains(expected.keySet());
    }

    @Test
    void checkedInReferenceIsCurrent() throws IOException {
        // Given
        String expected = Reference.markdown(Definitions.generate().values());

        // When
        rewriteIfAsked(REFERENCE, expected);

        // Then
        assertThat(REFERENCE).hasContent(expected);
    }

    private static void rewriteIfAsked(Path path, String content) throws IOException {
        if (Boolean.getBoolean("crds.rewrite")) {
            Files.createDirectories(path.getParent());
            Files.writeString(path, content);
        }
    }
}
