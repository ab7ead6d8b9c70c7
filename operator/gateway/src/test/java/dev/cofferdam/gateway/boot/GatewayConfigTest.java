package dev.cofferdam.gateway.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class GatewayConfigTest {
    private static final Path README = Path.of("README.md");
    private static final String PREFIX = "cofferdam.gateway";
    private static final Pattern KEY = Pattern.compile("`(?:" + Pattern.quote(PREFIX) + ")?(\\.[a-z-]+)`");

    /** Where several keys share a row, the README leaves the prefix out from the second on. */
    @Test
    void theReadmeHasEveryKeyAndNoOther() throws IOException {
        Set<String> keys = Arrays.stream(GatewayConfig.class.getMethods())
                .map(method -> PREFIX + "."
                        + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase())
                .collect(Collectors.toSet());

        assertThat(Files.readAllLines(README).stream()
                        .filter(line -> line.startsWith("| `" + PREFIX + "."))
                        .map(line -> line.split("\\|")[1])
                        .flatMap(cell -> KEY.matcher(cell).results())
                        .map(key -> PREFIX + key.group(1)))
                .containsExactlyInAnyOrderElementsOf(keys);
    }
}
