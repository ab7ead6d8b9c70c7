package dev.cofferdam.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Cases as folders of files. {@code -Dgolden.write=true} writes the outputs anew, to be read before they are committed. */
public final class Golden {
    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .disable(YAMLGenerator.Feature.SPLIT_LINES)
                    .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private Golden() {}

    public static List<Path> cases(String folder) {
        try (Stream<Path> cases = Files.list(Path.of("src/test/resources", folder))) {
            return cases.sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Fails on a file that nobody reads. */
    public static void hasOnly(Path folder, Set<String> files) throws IOException {
        try (Stream<Path> there = Files.list(folder)) {
            assertThat(there.map(file -> file.getFileName().toString())).isSubsetOf(files);
        }
    }

    public static <T> T read(Path file, Class<T> type) throws IOException {
        return YAML.readValue(file.toFile(), type);
    }

    /** Compares as plain values, so that the file reads like what kubectl would print. */
    public static void check(Path file, Object value) throws IOException {
        String text = YAML.writeValueAsString(YAML.convertValue(value, Object.class));
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(file, text);
        }
        assertThat(text).isEqualTo(Files.readString(file));
    }
}
