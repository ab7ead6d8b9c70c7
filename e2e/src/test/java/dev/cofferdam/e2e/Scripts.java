package dev.cofferdam.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Programs of attackers, from the folder attacks of the tests' resources. */
final class Scripts {
    private Scripts() {}

    /** The files, one behind the other, as one program. */
    static String of(String... files) {
        return Arrays.stream(files).map(Scripts::read).collect(Collectors.joining("\n"));
    }

    private static String read(String name) {
        try (InputStream file = Scripts.class.getResourceAsStream("/attacks/" + name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
