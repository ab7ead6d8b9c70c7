package dev.cofferdam.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SettingsTest {
    private static final Path README = Path.of("README.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(cofferdam\\.[a-z.-]+)` \\|");

    @Test
    void theReadmeHasEveryKeyAndNoOther() throws IOException {
        assertThat(ROW.matcher(Files.readString(README)).results().map(row -> row.group(1)))
                .containsExactlyInAnyOrderElementsOf(
                        keys("cofferdam", Settings.class).toList());
    }

    private static Stream<String> keys(String prefix, Class<?> group) {
        return Arrays.stream(group.getMethods()).flatMap(method -> {
            String key =
                    prefix + "." + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase();
            return method.getReturnType().getEnclosingClass() == Settings.class
                            && method.getReturnType().isInterface()
                    ? keys(key, method.getReturnType())
                    : Stream.of(key);
        });
    }
}
