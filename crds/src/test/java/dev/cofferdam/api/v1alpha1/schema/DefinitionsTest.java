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

    @Test
    void checkedInDefinitionsAreCurrent() throws IOException {
        // Given
        var expected = new TreeMap<String, String>();
        Definitions.generate().forEach((name, definition) -> expected.put(file(name), Definitions.yaml(definition)));

        // When
        if (Boolean.getBoolean("crds.rewrite")) {
            for (var entry : expected.entrySet()) {
                Files.writeString(FOLDER.resolve(entry.getKey()), entry.getValue());
            }
        }

        // Then
        for (var entry : expected.entrySet()) {
            assertThat(FOLDER.resolve(entry.getKey())).hasContent(entry.getValue());
        }
        var present = new TreeSet<String>();
        try (var files = Files.list(FOLDER)) {
            files.map(path -> path.getFileName().toString()).filter(name -> !name.equals("kustomization.yaml")).forEach(present::add);
        }
        assertThat(present).isEqualTo(expected.keySet());
    }

    /** sandboxpolicies.cofferdam.dev → the same, with the group last: kubectl's name of the definition. */
    private static String file(String name) {
        return name + ".yaml";
    }
}
